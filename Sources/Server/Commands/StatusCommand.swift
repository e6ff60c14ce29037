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
        let alarms: [Alarm]
        let ledger: Projection.Summary
        /// Of the last seven days.
        let missed: Projection.Missed
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
        let settings = try database.settings(for: .database)
        let store = try Store.openReadOnly(settings.database)
        defer { store.close() }
        let projection = Projection(readOnly: store)
        let service = await Self.live(store.path)
        let known = try projection.coverage()
        var coverage = Coverage.lines(known, try projection.baselines())
        if service == nil, let last = known.listening.last, last.until == nil {
            coverage.append("Not listening now: the service ended without saying so.")
        }
        let summary = try projection.summary()
        let now = SystemSource.microseconds()
        let alarms = Alarm.all(summary.concerns, removalAge: settings.alarmRemovalAge, now: now)
        let report = Report(
            alarms: alarms,
            ledger: summary,
            missed: try projection.missed(from: now - Self.missedFor, until: now),
            coverage: coverage,
            holds: try Hold.open(in: store),
            service: service
        )
        if output.json { try Output.json(report) } else { Self.show(report, now: now) }
        if report.ledger.pending > 0 { throw Exit.unfinished.code }
    }

    /// For so many microseconds what the hook has missed is told.
    private static let missedFor: Int64 = 7 * 86_400_000_000

    /// What the service tells of itself; `nil` where none answers.
    private static func live(_ database: String) async -> ControlListener.Live? {
        guard let client = try? ControlClient(database: database) else { return nil }
        let live = try? await client.live()
        await client.close()
        return live
    }

    private static func show(_ report: Report, now: Int64) {
        let ledger = report.ledger
        // What the brake holds is told group by group.
        for alarm in report.alarms where alarm.kind != .brake {
            Output.line("ALARM      \(TablePrinter.visible(alarm.text))")
        }
        for hold in report.holds { Output.line("ALARM      the brake holds \(hold.line)") }
        if let service = report.service {
            Output.line(
                "service    running: pid \(service.pid), version \(service.version), up \(service.uptimeSeconds) s"
            )
            if !service.pushing { Output.line("push       off (push.mode): what is pending is only shown") }
            if let backfill = service.backfill { Output.line("backfill   \(TablePrinter.visible(backfill))") }
        } else {
            Output.line("service    not running")
        }
        Output.line("log        \(ledger.entries) entries, \(ledger.folded) folded")
        Output.line("scope      \(ledger.groupsInScope) of \(ledger.groups) groups; \(ledger.pairs) pairs known")
        if let trouble = ledger.concerns.directory { Output.line("directory  \(words(trouble, now: now))") }
        if let paused = ledger.concerns.paused { Output.line("paused     \(TablePrinter.visible(paused))") }
        Output.line("pending    \(ledger.pending) pairs, of which \(ledger.pendingRemovals) removals")
        for waiting in ledger.waiting {
            let next = waiting.next.map { "; next try at \($0)" } ?? ""
            Output.line("           \(waiting.pairs): \(TablePrinter.visible(waiting.reason))\(next)")
        }
        if let removal = ledger.concerns.oldestRemoval {
            let age = max(0, (now - removal.since) / 1_000_000)
            Output.line(
                "oldest     removal of \(TablePrinter.visible(removal.login ?? removal.user)) from "
                    + "\(TablePrinter.visible(removal.groupName ?? removal.group)): \(age) s, since \(removal.sinceUTC ?? "-")"
            )
        }
        Output.line(
            "events     \(ledger.held) held, \(ledger.unreadable) unreadable, \(ledger.conflicts) in conflict, "
                + "\(ledger.concerns.unconfirmed) not in Okta's own record"
        )
        if report.missed.events > 0 {
            Output.line(
                "missed     \(report.missed.events) event(s) of the last 7 days came by the System Log only, "
                    + "\(report.missed.whileNotListening) of them from times when nobody listened"
            )
        }
        Output.line("requests   \(ledger.openAttempts) without an outcome yet")
        for line in report.coverage { Output.line("coverage   \(line)") }
    }

    private static func words(_ trouble: DirectoryTrouble, now: Int64) -> String {
        let detail = trouble.detail.map { " (\(TablePrinter.visible($0)))" } ?? ""
        let next = Coverage.utc(trouble.next(after: now))
        return "\(trouble.kind.words)\(detail) since \(Coverage.utc(trouble.since)); next try at \(next)"
    }
}
