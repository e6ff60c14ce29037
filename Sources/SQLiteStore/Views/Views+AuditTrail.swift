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
            \(events)
            UNION ALL
            \(requests(tables))
            UNION ALL
            \(outcomes(tables))
            UNION ALL
            \(observations)
            UNION ALL
            \(actions)
            UNION ALL
            \(life)
        ) AS t
        """
    }

    private static let events = """
        SELECT v.position, v.ordinal, v.recorded_at AS at, coalesce(v.event_type, 'unreadable') AS what,
            coalesce(v.actor_login, v.actor_id) AS who, v.group_id, v.user_id, v.event_uuid AS reference,
            v.standing AS result, v.reason AS detail
        FROM event AS v
        """

    private static func requests(_ tables: ViewTables) -> String {
        """
        SELECT a.position, c.key, a.at, 'request ' || \(state), 'ledger', p.group_id, p.user_id, a.attempt_id,
            'sent', a.body ->> '$.method' || ' ' || (a.body ->> '$.path')
        FROM \(changes(tables))
        """
    }

    private static func outcomes(_ tables: ViewTables) -> String {
        """
        SELECT e.position, c.key, e.recorded_at, 'outcome ' || \(state), 'directory', p.group_id, p.user_id, a.attempt_id,
            a.result, coalesce('HTTP ' || (a.outcome ->> '$.status') || ' ', '') || coalesce(a.outcome ->> '$.detail', '')
        FROM entry AS e, \(changes(tables)) AND e.kind = 'scim.outcome' AND e.key = a.attempt_id AND a.result IS NOT NULL
        """
    }

    private static var observations: String {
        """
        SELECT o.position, 0, o.recorded_at, 'lookup ' || coalesce(o.body ->> '$.subject', '?'), 'directory',
            CASE o.body ->> '$.subject' WHEN 'group' THEN o.body ->> '$.id' END,
            CASE o.body ->> '$.subject' WHEN 'user' THEN o.body ->> '$.id' END,
            o.body ->> '$.directory_id', o.body ->> '$.finding', o.body ->> '$.detail'
        FROM (\(own("kind = 'scim.observation'"))) AS o
        """
    }

    private static var actions: String {
        """
        SELECT o.position, 0, o.recorded_at, 'operator ' || coalesce(o.body ->> '$.action', '?'), o.body ->> '$.as',
            o.body ->> '$.group', NULL, o.key, NULL,
            o.body ->> '$.reason'
        FROM (\(own("kind = 'operator.action'"))) AS o
        """
    }

    private static var life: String {
        """
        SELECT o.position, 0, o.recorded_at, o.kind, 'ledger', NULL, NULL, o.key, NULL, nullif(o.body, '{}')
        FROM (\(own("kind IN ('ledger.configured', 'ledger.started', 'ledger.stopped')"))) AS o
        """
    }

    /// Entries of our own with their bodies as JSON.
    private static func own(_ condition: String) -> String {
        """
        SELECT e.position, e.kind, e.recorded_at, e.key, \(ViewExpressions.json("b.bytes")) AS body
        FROM entry AS e LEFT JOIN body AS b ON b.position = e.position WHERE e.\(condition)
        """
    }
}
