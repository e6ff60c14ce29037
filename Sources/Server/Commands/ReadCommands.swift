import ArgumentParser
import Foundation
import GRDB
import Ledger
import SQLiteStore

/// `ledger members`.
struct MembersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members",
        abstract: "Who is to be in a group, by which event, and what the directory is known to hold; or all groups."
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The Okta group's id or name; all groups where left out.")
    var group: String?

    @Flag(help: "Also those who are to be absent and are.")
    var all = false

    func run() async throws {
        let store = try database.openForReading()
        defer { store.close() }
        guard let group else {
            try TablePrinter.show(
                store.table(
                    """
                    SELECT group_id, group_name, in_scope, sum(desired = 'present') AS present,
                        sum(differs AND in_scope) AS pending, coverage, coverage_gaps
                    FROM membership GROUP BY group_id ORDER BY in_scope DESC, group_name, group_id
                    """
                ),
                json: output.json,
                empty: "No event has told of a group yet."
            )
            return try Coverage.noteGaps(of: store)
        }
        let id = try GroupName.resolve(group, in: store)
        try TablePrinter.show(
            store.table(
                """
                SELECT user_login, user_id, desired, decided_at, decided_by, applied, applied_at_utc, coverage, coverage_gaps
                FROM membership WHERE group_id = ? AND (desired = 'present' OR in_scope AND differs OR ?) ORDER BY user_login, user_id
                """,
                [id, all]
            ),
            json: output.json,
            empty: "No member is known."
        )
        try Coverage.noteGaps(of: store)
    }
}

/// `ledger history`.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "What happened: to a user, in a group, to one of the two, or everything."
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "An Okta user id or a login.")
    var user: String?

    @Option(help: "An Okta group id or a name.")
    var group: String?

    @Flag(help: "Only events that are held, with what to approve.")
    var held = false

    @Flag(help: "Only events that deliveries told and that Okta's System Log does not have.")
    var unconfirmed = false

    @Option(help: "The last so many rows.")
    var last = 200

    func validate() throws {
        guard !held || !unconfirmed else { throw ValidationError("--held and --unconfirmed ask for two lists.") }
        guard last > 0 else { throw ValidationError("--last takes a number of 1 or more.") }
    }

    func run() async throws {
        let store = try database.openForReading()
        defer { store.close() }
        let table =
            try held
            ? heldEvents(in: store) : unconfirmed ? unconfirmedEvents(in: store) : trail(in: store)
        try TablePrinter.show(table, json: output.json, empty: "Nothing is known of that.")
        if !held, !unconfirmed, table.rows.count == last {
            Output.note("Only the last \(last) rows: --last N shows more.")
        }
        try Coverage.noteGaps(of: store)
    }

    private func heldEvents(in store: Store) throws -> Store.Table {
        try store.table(
            """
            SELECT published, recorded_at_utc, reason, event_type, group_name, user_login, actor_login, event_uuid, position
            FROM event WHERE standing = 'held' ORDER BY position
            """
        )
    }

    private func unconfirmedEvents(in store: Store) throws -> Store.Table {
        try store.table(
            """
            SELECT published, recorded_at_utc, event_type, group_name, user_login, actor_login, decides, event_uuid,
                position
            FROM unconfirmed ORDER BY position, ordinal
            """
        )
    }

    private func trail(in store: Store) throws -> Store.Table {
        let groupID = try group.map { try GroupName.resolve($0, in: store) }
        return try store.table(
            """
            SELECT * FROM (
                SELECT at_utc, what, who, group_name, user_login, result, detail, reference, position, ordinal
                FROM audit_trail
                WHERE (?1 IS NULL OR user_id = ?1 OR user_login = ?1) AND (?2 IS NULL OR group_id = ?2)
                ORDER BY position DESC, ordinal DESC LIMIT ?3
            ) ORDER BY position, ordinal
            """,
            [user, groupID, last]
        )
    }
}

/// `ledger verify`.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Checks every entry against its digest and leaf hash, and on request the derived tables against the log."
    )
    @OptionGroup var database: DatabaseOptions

    @Flag(help: "Fold the log anew beside, and compare with the live tables.")
    var projections = false

    func run() async throws {
        let store = try database.openForReading()
        defer { store.close() }
        let report = try Verifier.verify(store)
        let structure = try store.structuralProblems()
        Output.line("\(report.entries) entries checked.")
        for finding in report.findings { Output.line("  position \(finding.position): \(finding.problem)") }
        for problem in structure { Output.line("  \(TablePrinter.visible(problem))") }
        var sound = report.isClean && structure.isEmpty
        if projections { sound = try compareProjections(of: store) && sound }
        Output.line(sound ? "Sound." : "NOT SOUND: keep the file as it is, and restore from a backup.")
        if !sound { throw Exit.unfinished.code }
    }

    private func compareProjections(of store: Store) throws -> Bool {
        let projection = Projection(readOnly: store)
        let live = try projection.digest()
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let rebuilt = try projection.rebuiltDigest(
            until: live.cursor,
            scratch: scratch.appendingPathComponent("fold.db").path
        )
        let same = rebuilt == live.digest
        Output.line("Derived tables at position \(live.cursor): \(same ? "equal to" : "DIFFERENT from") a new fold.")
        return same
    }
}
