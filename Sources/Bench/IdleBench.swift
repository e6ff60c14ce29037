import ArgumentParser
import Foundation
import GRDB
import Projector
import SQLiteStore
import Server

/// What the service costs while nothing happens, and what one change costs, in a large ledger and in a small one.
struct IdleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: "Measures the idle service, and finding one change, in a large ledger and in a small one."
    )

    @Option(help: "Settled pairs of the large ledger.")
    var pairs = 1_000_000

    @Option(help: "Settled pairs of the small ledger.")
    var small = 1_000

    @Option(help: "Seconds for which the service is watched.")
    var seconds = 20.0

    @Option(help: "A folder for the files, 1 GB for 1,000,000 pairs; they are deleted at the end.")
    var folder = FileManager.default.temporaryDirectory.path

    func run() async throws {
        let work = folder + "/ledger-idle-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: work) }
        Output.line(try Machine.facts())
        Output.line(
            "| settled pairs | CPU s in \(seconds) s | RSS MB | found after one change, µs | sought at start, µs |"
        )
        Output.line("| --- | --- | --- | --- | --- |")
        var found: [Double] = []
        for count in [small, pairs] {
            let ledger = SettledLedger(path: "\(work)/\(count).db", pairs: count)
            try await ledger.write()
            let idle = try IdleService(ledger, folder: work).watch(seconds)
            let times = try await FindingBench(ledger).run()
            found.append(times.found)
            Output.line(
                String(
                    format: "| %d | %.2f | %.0f | %.0f | %.0f |",
                    ledger.groups * SettledLedger.usersPerGroup,
                    idle.processorSeconds,
                    idle.megabytes,
                    times.found,
                    times.sought
                )
            )
        }
        Output.line(String(format: "Finding one change, large ÷ small: %.2f", found[1] / found[0]))
    }
}

/// `ledger serve` on a settled ledger, in a process of its own.
private struct IdleService {
    let ledger: SettledLedger
    let folder: String

    init(_ ledger: SettledLedger, folder: String) {
        self.ledger = ledger
        self.folder = folder
    }

    /// - Returns: processor time used in so many seconds without work, and memory held at their end.
    func watch(_ seconds: Double) throws -> (processorSeconds: Double, megabytes: Double) {
        let child = try ChildProcess(
            ["serve"],
            environment: [
                "LEDGER_DATABASE": ledger.path, "LEDGER_OKTA_SECRET": "benchmark", "LEDGER_SCIM_TOKEN": "benchmark",
                "LEDGER_SCIM_URL": SettledLedger.directory, "LEDGER_SCIM_DIALECT": "aws",
                "LEDGER_HOOK_HOST": "127.0.0.1", "LEDGER_HOOK_PORT": "0", "LEDGER_OPS_HOST": "127.0.0.1",
                "LEDGER_OPS_PORT": "0",
            ],
            isQuiet: true
        )
        let queue = try DatabaseQueue(path: ledger.path)
        let isRunning = "SELECT count(*) FROM entry WHERE kind = 'ledger.started'"
        while try queue.read({ try Int.fetchOne($0, sql: isRunning) ?? 0 }) == 0 {
            Thread.sleep(forTimeInterval: 0.1)
        }
        // What a start does is over by then.
        Thread.sleep(forTimeInterval: 5)
        let before = try Machine.processorSeconds(of: child.pid)
        Thread.sleep(forTimeInterval: seconds)
        let used = try Machine.processorSeconds(of: child.pid) - before
        let memory = try Machine.memory(of: child.pid)
        try child.terminate()
        let attempts = "SELECT count(*) FROM entry WHERE kind = 'scim.attempt'"
        let sent = try queue.read { try Int.fetchOne($0, sql: attempts) ?? 0 }
        guard sent == ledger.groups * SettledLedger.usersPerGroup / 100 else {
            throw BenchError("the ledger was not settled: the service sent something")
        }
        return (used, memory)
    }
}

/// The time in which one change is found once it is folded.
private struct FindingBench {
    private let ledger: SettledLedger

    init(_ ledger: SettledLedger) { self.ledger = ledger }

    /// - Returns: microseconds, medians: to find the difference of the group that the fold names, and to seek all groups
    ///   that differ, as a start does.
    func run() async throws -> (found: Double, sought: Double) {
        let store = try Store.open(ledger.path, mode: .existing)
        defer { store.close() }
        let projection = try Projection(store)
        while try projection.follow().folded > 0 {}
        var (found, sought) = ([Int64](), [Int64]())
        for round in 0..<101 {
            // A leaver, who is found to be one change and stays it: each round another group where there are many.
            let group = round % ledger.groups
            let leaver = SettledLedger.delivery(
                users: round..<round + 1,
                group: group,
                present: false,
                published: SystemSource.microseconds() * 1_000
            )
            _ = try await store.append(leaver)
            let touched = try projection.follow().touched
            guard touched == ["00g\(group)"] else { throw BenchError("one change touched \(touched)") }
            var start = Machine.nanoseconds()
            let difference = try projection.differences { try $0.difference(ofGroup: "00g\(group)") }
            found.append(Machine.nanoseconds() - start)
            guard difference?.changes.contains(where: { $0.user == "00u\(round)" }) == true else {
                throw BenchError("the change was not found")
            }
            start = Machine.nanoseconds()
            _ = try projection.differences { try $0.groupsThatDiffer() }
            sought.append(Machine.nanoseconds() - start)
            // As if it had been sent, so that the next round finds one change again.
            try await settle(store, projection, group: group, user: round)
        }
        return (Self.median(found), Self.median(sought))
    }

    private func settle(_ store: Store, _ projection: Projection, group: Int, user: Int) async throws {
        for entry in try SettledLedger.applied(group, users: user..<user + 1, present: false) {
            _ = try await store.append(entry)
        }
        while try projection.follow().folded > 0 {}
    }

    private static func median(_ times: [Int64]) -> Double { Double(times.sorted()[times.count / 2]) / 1_000 }
}

/// The service itself, as a part of this program, so that nothing else need be built.
struct ServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", shouldDisplay: false)

    func run() async { await runLedger() }
}
