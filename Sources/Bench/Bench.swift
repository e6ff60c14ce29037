import ArgumentParser
import Foundation

/// Measures the service against a baseline in the same run: figures that mean something on any machine are ratios.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger-bench",
        abstract: "Measures the service, each figure against a baseline in the same run.",
        subcommands: [
            RunCommand.self, BackfillBench.self, CompareCommand.self, IdleCommand.self, ListenCommand.self,
            RebuildCommand.self,
            ServiceCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run")

    enum Part: String, ExpressibleByArgument, CaseIterable {
        case deliveries, rebuild
    }

    @Option(help: "Events of the log that is rebuilt.")
    var events = 1_000_000

    @Option(help: "Seconds of each load.")
    var seconds = 4.0

    @Option(help: "Loads of each kind, of which the median counts.")
    var rounds = 3

    @Option(parsing: .upToNextOption, help: "Numbers of connections.")
    var connections = [1, 32, 128]

    @Option(help: "Only this part.")
    var only: Part?

    @Option(help: "A folder for the files, 5 GB for 1,000,000 events; they are deleted at the end.")
    var folder = FileManager.default.temporaryDirectory.path

    func run() async throws {
        let work = folder + "/ledger-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: work) }
        Output.line(try Machine.facts())
        if only != .rebuild {
            let bench = DeliveryBench(seconds: seconds, rounds: rounds, connections: connections, folder: work)
            let (lines, meanBody) = try bench.run()
            Report.deliveries(lines, meanBody: meanBody)
        }
        if only != .deliveries {
            Report.rebuild(try await RebuildBench(events: events, folder: work).run())
        }
    }
}
