import ArgumentParser
import Foundation
import Ledger
import Projector
import SQLiteStore
import Sandbox
import Synchronization

/// How fast events of the System Log are appended and folded: those that the hook brought before, and those that it did not.
struct BackfillBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Measures events of the System Log, appended and folded, with and without the hook's copies before."
    )

    @Option(help: "Events.")
    var events = 100_000

    @Option(help: "A folder for the files; they are deleted at the end.")
    var folder = FileManager.default.temporaryDirectory.path

    func run() async throws {
        let work = folder + "/ledger-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: work) }
        Output.line(try Machine.facts())
        try await measure("the System Log alone", hook: false, path: work + "/log.db")
        try await measure("copies of what the hook brought", hook: true, path: work + "/both.db")
    }

    private func measure(_ what: String, hook: Bool, path: String) async throws {
        let clock = Mutex<Int64>(0)
        let store = try Store.open(path, mode: .create, clock: { clock.withLock { $0 } })
        defer { store.close() }
        var generator = OktaGenerator(
            seed: 20_251_125,
            organisation: OktaOrganisation(users: 10_000, groups: 1_000, candidatesPerGroup: 200),
            pace: OktaGenerator.Pace(meanGapMilliseconds: 100)
        )
        let made = (0..<events).map { _ in generator.change() }
        clock.withLock { $0 = generator.now / 1_000 }
        let projection = try Projection(store)
        if hook {
            let deliveries = made.map { generator.delivery(of: [$0]) }
            try await append(deliveries.map { ($0.eventID ?? "", $0.body) }, .oktaDelivery, to: store)
            _ = try fold(projection)
        }
        let start = Machine.nanoseconds()
        try await append(made.map { ($0.uuid, $0.bytes) }, .oktaLogEvent, to: store)
        let appended = Double(Machine.nanoseconds() - start) / 1e9
        let folded = try fold(projection)
        let begin = Machine.nanoseconds()
        try projection.rebuild()
        let rebuilt = Double(Machine.nanoseconds() - begin) / 1e9
        let text = String(format: "appended in %.2f s, folded in %.2f s, rebuilt in %.2f s", appended, folded, rebuilt)
        Output.line("\(events) events, \(what): \(text)")
    }

    /// Folds to the end of the log, as the service does; gives the seconds.
    private func fold(_ projection: Projection) throws -> Double {
        let start = Machine.nanoseconds()
        while try projection.follow().folded > 0 {}
        return Double(Machine.nanoseconds() - start) / 1e9
    }

    private func append(_ entries: [(key: String, body: [UInt8])], _ kind: Kind, to store: Store) async throws {
        for begin in stride(from: 0, to: entries.count, by: 1_000) {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for entry in entries[begin..<min(begin + 1_000, entries.count)] {
                    tasks.addTask {
                        _ = try await store.append(NewEntry(kind: kind, key: EntryKey(entry.key), body: entry.body))
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }
}
