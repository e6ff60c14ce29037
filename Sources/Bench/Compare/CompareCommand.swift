import ArgumentParser
import Foundation
import Sandbox

/// Gives the same backlog to several ways of pushing it, and counts what each sends to the sandbox's directory.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Counts the requests of several ways to push the same backlog."
    )

    @Option(help: "People of the organisation.")
    var users = 300

    @Option(help: "Its groups.")
    var groups = 30

    @Option(help: "Memberships that begin or end.")
    var events = 2_000

    @Option(help: "Decides who enters and leaves what.")
    var seed: UInt64 = 4

    @Option(help: "A folder for this service's ledger, which is deleted at the end.")
    var folder = FileManager.default.temporaryDirectory.path

    func run() async throws {
        let work = folder + "/ledger-compare-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: work) }
        let backlog = Backlog(users: users, groups: groups, events: events, seed: seed)
        let own = OwnWay(backlog, folder: work)
        let ways: [(String, DirectoryCore)] = [
            ("this service, the backlog at once", try await own.run(atOnce: true)),
            ("this service, each event before the next", try await own.run(atOnce: false)),
            ("one PATCH per member", try backlog.onePatchPerMember()),
            ("list everything per event", try backlog.listEverythingPerEvent()),
        ]
        Output.line("| way | reads | PATCHes | requests | at AWS's limits |")
        Output.line("| --- | --- | --- | --- | --- |")
        for (name, core) in ways {
            guard core.membership() == backlog.truth else { throw BenchError("\(name) ends wrong") }
            let (reads, writes) = (core.record.count("GET"), core.record.count("PATCH"))
            let seconds = max(Double(reads) / 40, Double(writes) / 25)
            Output.line("| \(name) | \(reads) | \(writes) | \(reads + writes) | \(String(format: "%.1f", seconds)) s |")
        }
    }
}
