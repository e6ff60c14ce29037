import ArgumentParser
import Projector
import SQLiteStore

/// `ledger status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What is known, what is still to do and why, and whether the service runs."
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    private struct Report: Encodable {
        let ledger: Projection.Summary
        let coverage: [String]
        let service: ControlListener.Live?
    }

    func run() async throws {
        let store = try database.openForReading()
        defer { store.close() }
        let projection = Projection(readOnly: store)
        let service = await Self.live(store.path)
        let known = try projection.coverage()
        var coverage = Coverage.lines(known)
        if service == nil, let last = known.listening.last, last.until == nil {
            coverage.append("Not listening now: the service ended without saying so.")
        }
        let report = Report(ledger: try projection.summary(), coverage: coverage, service: service)
        if output.json { try Output.json(report) } else { Self.show(report) }
        if report.ledger.pending > 0 { throw Exit.unfinished.code }
    }

    /// What the service tells of itself; `nil` where none answers.
    private static func live(_ database: String) async -> ControlListener.Live? {
        guard let client = try? ControlClient(database: database) else { return nil }
        let live = try? await client.live()
        await client.close()
        return live
    }

    private static func show(_ report: Report) {
        let ledger = report.ledger
        if let service = report.service {
            Output.line(
                "service    running: pid \(service.pid), version \(service.version), up \(service.uptimeSeconds) s"
            )
            if !service.pushing { Output.line("push       off (push.mode): what is pending is only shown") }
            if let backfill = service.backfill { Output.line("backfill   \(TablePrinter.visible(backfill))") }
            if let reason = service.directoryReason { Output.line("directory  \(reason)") }
        } else {
            Output.line("service    not running")
        }
        Output.line("log        \(ledger.entries) entries, \(ledger.folded) folded")
        Output.line("scope      \(ledger.groupsInScope) of \(ledger.groups) groups; \(ledger.pairs) pairs known")
        Output.line("pending    \(ledger.pending) pairs, of which \(ledger.pendingRemovals) removals")
        for (reason, count) in ledger.reasons.sorted(by: { $0.key < $1.key }) {
            Output.line("           \(count): \(TablePrinter.visible(reason))")
        }
        if let paused = ledger.paused { Output.line("paused     \(TablePrinter.visible(paused))") }
        Output.line("events     \(ledger.held) held, \(ledger.unreadable) unreadable, \(ledger.conflicts) in conflict")
        Output.line("requests   \(ledger.openAttempts) without an outcome yet")
        for line in report.coverage { Output.line("coverage   \(line)") }
    }
}
