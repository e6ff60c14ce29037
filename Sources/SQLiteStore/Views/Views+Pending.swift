import Projector

/// What is still to do, why it waits, and when it is tried next.
extension Views {
    /// One row a pair that the push has something to do for. Found by the partial index on pairs that differ.
    static func pending(_ tables: ViewTables) -> String {
        """
        SELECT q.group_id, q.group_name, q.user_id, q.user_login, q.desired, q.applied,
            q.decided_by, q.decided_position,
            q.since, \(ViewExpressions.utc(microseconds: "q.since")) AS since_utc,
            q.reason, q.detail,
            q.waiting_since, \(ViewExpressions.utc(microseconds: "q.waiting_since")) AS waiting_since_utc,
            q.last_attempt,
            (SELECT a.at FROM \(tables.attempt) AS a WHERE a.attempt_id = q.last_attempt) AS last_attempt_at,
            (SELECT \(ViewExpressions.utc(microseconds: "a.at")) FROM \(tables.attempt) AS a
                WHERE a.attempt_id = q.last_attempt) AS last_attempt_at_utc,
            (SELECT \(result) FROM \(tables.attempt) AS a WHERE a.attempt_id = q.last_attempt) AS last_attempt_result,
            q.refusals, q.failures, q.next_at, \(ViewExpressions.utc(microseconds: "q.next_at")) AS next_at_utc
        FROM (
            SELECT p.group_id, g.name AS group_name, p.user_id, u.login AS user_login,
                CASE p.removes WHEN 0 THEN 'present' ELSE 'absent' END AS desired, p.applied,
                p.uuid AS decided_by, p.position AS decided_position,
                -- The first copy: one that confirms it later makes nothing younger.
                coalesce((SELECT e.recorded_at FROM entry AS e WHERE e.position =
                    coalesce((SELECT min(v.position) FROM \(tables.event) AS v WHERE v.uuid = p.uuid), p.position)),
                    p.applied_at) AS since,
                \(waiting(tables, \.reason)) AS reason,
                \(waiting(tables, \.detail)) AS detail,
                \(waiting(tables, \.since)) AS waiting_since,
                \(waiting(tables, \.next)) AS next_at,
                (SELECT a.attempt_id FROM \(tables.attempt) AS a
                    WHERE a.group_id = p.group_id AND a.position > p.position
                    AND EXISTS (SELECT 1 FROM json_each(a.body, '$.changes') AS c
                        WHERE \(ViewExpressions.member("user", of: "c.value")) = p.user_id)
                    ORDER BY a.position DESC LIMIT 1) AS last_attempt,
                p.refusals, g.failures
            FROM \(tables.pair) AS p
                JOIN \(tables.group) AS g ON g.group_id = p.group_id
                JOIN \(tables.control) AS k
                LEFT JOIN \(tables.user) AS u ON u.user_id = p.user_id
            WHERE p.differs AND g.in_scope
                AND NOT (coalesce(p.removes, 1) AND (g.finding IS 'gone' OR u.finding IS 'gone'))
        ) AS q
        """
    }

    /// Something that a pair can wait for, as SQL over the pair `p`, its group `g`, its user `u` and the control row `k`.
    private struct Wait {
        let condition: String
        let reason: String
        var detail = "NULL"
        var since = "NULL"
        var next = "NULL"
    }

    /// What a pair waits for is the first of these that holds.
    private static func waits(_ tables: ViewTables) -> [Wait] {
        [
            Wait(condition: "p.open_attempt IS NOT NULL", reason: "'request under way'"),
            Wait(condition: "k.harm IS NOT NULL", reason: "'the directory did harm'", detail: "k.harm"),
            Wait(condition: "k.paused IS NOT NULL", reason: "'paused'", detail: "k.paused"),
            Wait(
                condition: "\(waitsForLook) AND g.finding IS 'bound' AND coalesce(u.finding, 'bound') = 'bound' "
                    + "AND k.trouble IS NULL AND k.directory IS NOT NULL",
                reason: "'the directory''s members are read first'"
            ),
            Wait(
                condition: awaitsConfirmation(tables),
                reason: "'not confirmed by the System Log yet'",
                detail: "p.uuid",
                since: "(SELECT e.recorded_at FROM entry AS e WHERE e.position = p.position)"
            ),
            Wait(
                condition: "g.hold IS NOT NULL AND p.released IS NULL AND NOT \(isRemovalBesideHeldAdditions(tables))",
                reason: heldByTheBrake(tables)
            ),
            Wait(condition: "k.directory IS NULL", reason: "'no directory configured'"),
            lookup("g", "group"),
            lookup("u", "user"),
            Wait(
                condition: "p.wait_reason IS NOT NULL",
                reason: "p.wait_reason",
                next: later("p.retry_at", later("g.retry_at", troubleNext))
            ),
            Wait(
                condition: "k.trouble IS NOT NULL",
                reason: words(of: "k.trouble", DirectoryTrouble.Kind.allCases.map { ($0.rawValue, $0.words) }),
                detail: "k.trouble_detail",
                since: "k.trouble_since",
                next: later("g.retry_at", troubleNext)
            ),
            Wait(condition: "g.retry_at IS NOT NULL", reason: "g.wait_reason", next: "g.retry_at"),
            Wait(condition: "g.finding IS NULL", reason: "'group not looked up yet'"),
            Wait(condition: "u.finding IS NULL", reason: "'user not looked up yet'"),
            // It goes unless the removals pass a limit of their own, so this comes last.
            Wait(condition: "g.hold IS NOT NULL AND p.released IS NULL", reason: heldByTheBrake(tables)),
        ]
    }

    private static func waiting(_ tables: ViewTables, _ column: KeyPath<Wait, String>) -> String {
        let cases = waits(tables).map { "WHEN \($0.condition) THEN \($0[keyPath: column])" }.joined(separator: "\n    ")
        return "CASE \(cases)\n    ELSE \(column == \.reason ? "'due'" : "NULL") END"
    }

    /// `FoldState.awaitsConfirmation` in SQL, over a pair `p` and the control row `k`. A test holds this against the fold.
    static func awaitsConfirmation(_ tables: ViewTables) -> String {
        """
        (k.confirm IS '\(FoldSettings.Confirm.adds.rawValue)' AND p.removes IS 0
            AND EXISTS (SELECT 1 FROM \(tables.event) AS v
                WHERE v.position = p.position AND v.uuid = p.uuid AND v.source = 'hook')
            AND NOT EXISTS (SELECT 1 FROM \(tables.approval) AS a WHERE a.uuid = p.uuid))
        """
    }

    private static func lookup(_ table: String, _ subject: String) -> Wait {
        let unanswered = ViewExpressions.next(Ladder.connection, since: "\(table).binding_at")
        let others = ViewExpressions.next(Ladder.lookup, since: "\(table).binding_at")
        return Wait(
            condition: "\(table).finding <> '\(Finding.bound.rawValue)'",
            reason: words(of: "\(table).finding", Finding.allCases.map { ($0.rawValue, "\(subject) \($0.words)") }),
            detail: "\(table).binding_detail",
            since: "\(table).binding_at",
            next: later(
                "CASE \(table).finding WHEN '\(Finding.unanswered.rawValue)' THEN \(unanswered) ELSE \(others) END",
                troubleNext
            )
        )
    }

    /// `DirectoryTrouble.next` in SQL; `NULL` without trouble.
    private static let troubleNext = """
        CASE k.trouble WHEN '\(DirectoryTrouble.Kind.throttled.rawValue)'
            THEN coalesce(k.trouble_until, \(ViewExpressions.next(Ladder.connection, since: "k.trouble_since")))
        WHEN '\(DirectoryTrouble.Kind.unauthorized.rawValue)'
            THEN \(later("k.trouble_until", ViewExpressions.next(Ladder.token, since: "k.trouble_since")))
        WHEN '\(DirectoryTrouble.Kind.unreachable.rawValue)'
            THEN \(later("k.trouble_until", ViewExpressions.next(Ladder.connection, since: "k.trouble_since"))) END
        """

    /// The later of two times, either of which may be `NULL`.
    private static func later(_ left: String, _ right: String) -> String {
        "nullif(max(coalesce(\(left), 0), coalesce(\(right), 0)), 0)"
    }

    private static func words(of column: String, _ words: [(name: String, words: String)]) -> String {
        "CASE \(column) " + words.map { "WHEN '\($0.name)' THEN '\($0.words)'" }.joined(separator: " ") + " END"
    }
}
