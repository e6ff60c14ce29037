import ArgumentParser
import Foundation
import GRDB
import Projector
import SQLiteStore

/// `ledger approve`.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Lets held events have their effect, and held changes past the brake.",
        discussion: """
            An event is held where its delivery proves too little: recorded more than 24 h after it was published, or more \
            than 5 min before. Look at it first: ledger history --held. With okta.confirm = adds, approving the event of an \
            addition that waits for the System Log lets it through; and approving an event that Okta's record does not have \
            (ledger history --unconfirmed) ends its alarm.

            The brake holds a group of which too much would change within a short time; ledger status lists its holds. Look at \
            one with --dry-run. What is released are the changes that it lists and that no later event has decided anew; what \
            came since is judged anew.
            """
    )
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Print what would be let through, and do nothing.")
    var dryRun = false

    @Option(name: .customLong("as"), help: "Who you are; kept in the log. Required unless --dry-run.")
    var operatorName: String?

    @Option(help: "Why you do this; kept in the log. Required unless --dry-run.")
    var reason: String?

    @Argument(help: "uuids of held events, and names of holds such as hold-123.")
    var held: [String]

    func validate() throws {
        guard !dryRun else { return }
        guard let operatorName, let reason else {
            throw ValidationError("--as and --reason are required: they are kept in the log.")
        }
        try OperatorOptions.validate(operatorName, reason)
    }

    func run() async throws {
        let settings = try database.settings(for: .database)
        let body = OperatorBody(
            action: .approve,
            operatorName: operatorName ?? "",
            uid: Int(getuid()),
            reason: reason ?? "",
            events: held.filter { HoldBody.position(of: $0) == nil },
            holds: held.filter { HoldBody.position(of: $0) != nil }
        )
        let table = try Self.effects(of: body, settings)
        if !dryRun { try await LedgerAccess.with(settings) { access in try await access.act(body) } }
        try TablePrinter.show(table, json: output.json, empty: "Nothing is left of what was held.")
        guard !output.json else { return }
        Output.line(dryRun ? "Next: ledger approve \(held.joined(separator: " ")) --as NAME --reason WHY" : "Approved.")
    }

    /// What approving lets through, one row an event or a change.
    /// - Throws: `NotHeld` where one of them is not held.
    private static func effects(of body: OperatorBody, _ settings: Settings) throws -> Store.Table {
        let store = try Store.openReadOnly(settings.database)
        defer { store.close() }
        try NotHeld.check(body, in: store)
        let marks = { (names: [String]?) in (names ?? []).map { _ in "?" }.joined(separator: ", ") }
        return try store.table(
            """
            SELECT hold AS held, group_name, user_login, user_id, desired, decided_by, decided_at FROM hold
            WHERE hold IN (\(marks(body.holds))) AND standing = 'held'
            UNION ALL
            SELECT 'event', group_name, user_login, user_id,
                CASE event_type WHEN 'group.user_membership.add' THEN 'present'
                    WHEN 'group.user_membership.remove' THEN 'absent' ELSE event_type END, event_uuid, published
            FROM event WHERE event_uuid IN (\(marks(body.events))) AND \(NotHeld.approvable)
            """,
            StatementArguments((body.holds ?? []) + (body.events ?? []))
        )
    }
}

/// What is to be approved is not held.
struct NotHeld: Error, CustomStringConvertible {
    let description: String

    /// What can be approved of the view `event`: what is held, and what Okta's own record has not told.
    static let approvable = "(standing = 'held' OR confirmation IN ('awaited', 'missing'))"

    /// - Throws: `NotHeld` where an event or a hold that is to be approved is not held now.
    static func check(_ body: OperatorBody, in store: Store) throws {
        for event in body.events ?? [] {
            let sql = "SELECT 1 FROM event WHERE event_uuid = ? AND \(approvable) LIMIT 1"
            guard try store.table(sql, [event]).rows.isEmpty else { continue }
            throw NotHeld(
                description:
                    "No event \(TablePrinter.visible(event)) is held, or waits to be confirmed. `ledger history --held` lists "
                    + "those that are, `ledger history --unconfirmed` those that Okta's record does not have, "
                    + "`ledger status` the holds of the brake. Nothing was approved."
            )
        }
        for name in body.holds ?? [] { try check(hold: name, in: store) }
    }

    private static func check(hold name: String, in store: Store) throws {
        let found = try store.table(
            "SELECT ended_at_utc, max(released_by) FROM hold WHERE hold = ? GROUP BY hold",
            [name]
        ).rows.first
        guard let found else {
            throw NotHeld(
                description:
                    "There is no hold \(TablePrinter.visible(name)). `ledger status` lists those that are open. "
                    + "Nothing was approved."
            )
        }
        guard let ended = found[0] else { return }
        let how =
            found[1].map { "\(name) was released by \(TablePrinter.visible($0))" }
            ?? "\(name) ended because nothing was left of what it listed,"
        throw NotHeld(description: "\(how) at \(ended). Nothing was approved.")
    }
}
