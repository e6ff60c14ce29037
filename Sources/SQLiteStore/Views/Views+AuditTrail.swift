/// All that happened, in the order in which it was recorded.
extension Views {
    /// One row for what an entry tells, and one a pair where it tells of several.
    static func auditTrail(_ tables: ViewTables) -> String {
        """
        SELECT t.position, t.ordinal, t.at, \(ViewExpressions.utc(microseconds: "t.at")) AS at_utc,
            t.what, t.who, t.group_id, (SELECT g.name FROM \(tables.group) AS g WHERE g.group_id = t.group_id) AS group_name,
            t.user_id, (SELECT u.login FROM \(tables.user) AS u WHERE u.user_id = t.user_id) AS user_login,
            t.reference, t.result, t.detail
        FROM (
            \(events(tables))
            UNION ALL
            \(requests(tables))
            UNION ALL
            \(outcomes(tables))
            UNION ALL
            \(notes(tables))
            UNION ALL
            \(baselines(tables))
            UNION ALL
            \(baselineMembers(tables))
            UNION ALL
            \(life)
        ) AS t
        ORDER BY t.position, t.ordinal
        """
    }

    private static func events(_ tables: ViewTables) -> String {
        """
        SELECT w.position, w.ordinal, e.recorded_at AS at, coalesce(w.event_type, 'unreadable') AS what,
            coalesce(w.actor_login, w.actor_id) AS who, w.group_id, w.user_id, w.uuid AS reference,
            \(standing(tables)) AS result, \(standingReason) AS detail
        FROM (\(copies(tables))) AS w CROSS JOIN entry AS e ON e.position = w.position
        """
    }

    private static func requests(_ tables: ViewTables) -> String {
        """
        SELECT a.position, c.key, a.at, 'request ' || \(requested), 'ledger', p.group_id, p.user_id, a.attempt_id,
            \(result), \(body("method")) || ' ' || \(body("path"))
        FROM \(changes(tables))
        """
    }

    private static func outcomes(_ tables: ViewTables) -> String {
        """
        SELECT (SELECT e.position FROM entry AS e WHERE e.kind = 'scim.outcome' AND e.key = a.attempt_id),
            c.key, a.ended_at, 'outcome ' || \(requested), 'directory', p.group_id, p.user_id, a.attempt_id, a.result,
            coalesce('HTTP ' || \(outcome("status")) || ' ', '') || coalesce(\(outcome("detail")), '')
        FROM \(changes(tables)) AND a.result IS NOT NULL
        """
    }

    private static func notes(_ tables: ViewTables) -> String {
        """
        SELECT n.position, n.ordinal, e.recorded_at, n.what, n.who, n.group_id, n.user_id, n.reference, n.result, n.detail
        FROM \(tables.note) AS n JOIN entry AS e ON e.position = n.position
        """
    }

    private static func baselines(_ tables: ViewTables) -> String {
        """
        SELECT b.position, 0, e.recorded_at, 'okta.baseline', 'okta', b.group_id, NULL, 'baseline:' || b.run,
            iif(b.found, 'found', 'gone'), b.members || ' member(s) as of ' || \(ViewExpressions.utc(nanoseconds: "b.instant_ns"))
        FROM \(tables.baseline) AS b JOIN entry AS e ON e.position = b.position
        """
    }

    private static func baselineMembers(_ tables: ViewTables) -> String {
        """
        SELECT m.position, m.ordinal, e.recorded_at, 'baseline present', 'okta', b.group_id, m.user_id,
            'baseline:' || b.run, m.status, m.login
        FROM \(tables.baselineMember) AS m JOIN \(tables.baseline) AS b ON b.position = m.position
            JOIN entry AS e ON e.position = m.position
        """
    }

    private static let life = """
        SELECT e.position, 0, e.recorded_at, e.kind, 'ledger', NULL, NULL, NULL, NULL, CAST(b.bytes AS TEXT)
        FROM entry AS e LEFT JOIN body AS b ON b.position = e.position
        WHERE e.kind IN ('ledger.configured', 'ledger.started', 'ledger.stopped', 'okta.cursor')
        """
}
