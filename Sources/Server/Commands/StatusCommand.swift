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
        let holds: [Hold]
        let service: ControlListener.Live?
    }

    /// A group that the brake holds.
    private struct Hold: Encodable {
        let hold, group, groupName, reason, heldAt: String?
        let counted, allowed, changes: Int?
        let next: String

        static func open(in store: Store) throws -> [Hold] {
            try store.table(
                """
                SELECT hold, group_id, group_name, reason, counted, allowed, count(*), held_at_utc
                FROM hold WHERE ended_at IS NULL GROUP BY position ORDER BY position
                """
            ).rows.map { row in
                Hold(
                    hold: row[0],
                    group: row[1],
                    groupName: row[2],
                    reason: row[3],
                    heldAt: row[7],
                    counted: row[4].flatMap { Int($0) },
                    allowed: row[5].flatMap { Int($0) },
                    changes: row[6].flatMap { Int($0) },
                    next: "ledger approve \(row[0] ?? "") --dry-run"
                )
            }
        }

        var line: String {
            let group = TablePrinter.visible(groupName ?? group ?? "")
            return "\(hold ?? "") since \(heldAt ?? ""): \(group), \(changes ?? 0) change(s); \(reason ?? ""): "
                + "\(counted ?? 0) in the window, \(allowed ?? 0) allowed. Next: \(next)"
        }
    }

    func run() async throws {
        let store = try database.openForReading()
        defer { store.close() }
        let projection = Projection(readOnly: store)
        let service = await Self.live(store.path)
        let spans = try projection.listeningSpans()
        var coverage = Coverage.lines(spans)
        if service == nil, let last = spans.last, last.until == nil {
            coverage.append("Not listening now: the service ended without saying so.")
        }
        let report = Report(
            ledger: try projection.summary(),
            coverage: coverage,
            holds: try Hold.open(in: store),
            service: service
        )
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
        for hold in report.holds { Output.line("ALARM      the brake holds \(hold.line)") }
        Output.line("events     \(ledger.held) held, \(ledger.unreadable) unreadable, \(ledger.conflicts) in conflict")
        Output.line("requests   \(ledger.openAttempts) without an outcome yet")
        for line in report.coverage { Output.line("coverage   \(line)") }
    }
}
