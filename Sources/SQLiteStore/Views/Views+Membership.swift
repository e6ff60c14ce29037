/// What follows from what Okta sent, and what is known of the directory.
extension Views {
    /// One row a pair: what is desired, by which event, and what is applied.
    static func membership(_ tables: ViewTables) -> String {
        """
        SELECT p.group_id, g.name AS group_name, p.user_id, u.login AS user_login, u.display_name AS user_name,
            coalesce(g.in_scope, 0) AS in_scope,
            CASE p.removes WHEN 0 THEN 'present' WHEN 1 THEN 'absent'
                ELSE iif(p.applied IS NULL, NULL, 'absent') END AS desired,
            p.uuid AS decided_by,
            \(ViewExpressions.utc(nanoseconds: "p.ns")) AS decided_at, p.ns AS decided_at_ns,
            CASE WHEN p.uuid IS NULL THEN NULL WHEN \(isByBaseline) THEN 'okta.baseline'
                WHEN p.uuid IS NOT p.own_uuid THEN 'group.lifecycle.delete'
                WHEN p.removes THEN 'group.user_membership.remove' ELSE 'group.user_membership.add' END AS decided_type,
            p.tie AS decided_by_tie, p.position AS decided_position,
            (SELECT e.recorded_at FROM entry AS e WHERE e.position = p.position) AS learned_at,
            (SELECT \(ViewExpressions.utc(microseconds: "e.recorded_at")) FROM entry AS e WHERE e.position = p.position)
                AS learned_at_utc,
            p.applied, p.applied_at, \(ViewExpressions.utc(microseconds: "p.applied_at")) AS applied_at_utc,
            p.differs, p.open_attempt,
            \(coverage(tables)) AS coverage,
            (SELECT count(*) FROM (\(gaps(tables))) AS q
                WHERE g.baseline_asked_at IS NULL OR q.until_at IS NULL OR q.until_at > g.baseline_asked_at) AS coverage_gaps
        FROM \(tables.pair) AS p
            LEFT JOIN \(tables.group) AS g ON g.group_id = p.group_id
            LEFT JOIN \(tables.user) AS u ON u.user_id = p.user_id
        """
    }

    private static func coverage(_ tables: ViewTables) -> String {
        """
        CASE WHEN g.baseline_ns IS NOT NULL
            THEN 'complete since the baseline at ' || \(ViewExpressions.utc(nanoseconds: "g.baseline_ns"))
            ELSE 'from events only' || coalesce((SELECT ' since ' || \(ViewExpressions.utc(microseconds: "min(from_at)"))
                FROM (SELECT from_at FROM \(tables.span) UNION ALL SELECT from_at FROM \(tables.cover))), '') END
        """
    }

    /// One row for each event that counts for a pair, in the pair's order, with the state from then on. The end of a
    /// group counts for each of its pairs, and so does each baseline of it.
    static func membershipHistory(_ tables: ViewTables) -> String {
        let own = "v.event_type = 'group.user_membership.remove'"
        let order = "PARTITION BY h.group_id, h.user_id ORDER BY h.published_ns, h.ticks, h.rank, h.uuid"
        return """
            SELECT h.group_id, (SELECT g.name FROM \(tables.group) AS g WHERE g.group_id = h.group_id) AS group_name,
                h.user_id, (SELECT u.login FROM \(tables.user) AS u WHERE u.user_id = h.user_id) AS user_login,
                h.number, h.state,
                h.state IS NOT coalesce(h.former, 'absent') AS changes,
                \(ViewExpressions.utc(nanoseconds: "h.published_ns")) AS published, h.published_ns,
                \(ViewExpressions.utc(nanoseconds: "h.until_ns")) AS until, h.until_ns,
                h.uuid AS event_uuid, h.event_type, h.source, h.position, h.ordinal,
                (SELECT e.recorded_at FROM entry AS e WHERE e.position = h.position) AS recorded_at,
                (SELECT \(ViewExpressions.utc(microseconds: "e.recorded_at")) FROM entry AS e
                    WHERE e.position = h.position) AS recorded_at_utc,
                h.actor_id, h.actor_login, h.actor_name
            FROM (
                SELECT h.*, CASE h.removes WHEN 0 THEN 'present' ELSE 'absent' END AS state,
                    row_number() OVER pair AS number,
                    lag(CASE h.removes WHEN 0 THEN 'present' ELSE 'absent' END) OVER pair AS former,
                    lead(h.published_ns) OVER pair AS until_ns
                FROM (
                    SELECT p.group_id, p.user_id, v.published_ns,
                        \(ViewExpressions.ticks("v", removes: own)) AS ticks, \(own) AS removes, \(own) AS rank,
                        v.uuid, v.event_type, v.source, v.position, v.ordinal, v.actor_id, v.actor_login, v.actor_name
                    FROM \(tables.pair) AS p
                        JOIN \(tables.event) AS v ON v.group_id = p.group_id AND v.user_id = p.user_id
                    WHERE v.state = 'counts'
                        AND v.event_type IN ('group.user_membership.add', 'group.user_membership.remove')
                    UNION ALL
                    SELECT p.group_id, p.user_id, v.published_ns,
                        \(ViewExpressions.ticks("v", removes: "1")), 1, 1,
                        v.uuid, v.event_type, v.source, v.position, v.ordinal, v.actor_id, v.actor_login, v.actor_name
                    FROM \(tables.pair) AS p JOIN \(tables.event) AS v ON v.group_id = p.group_id
                    WHERE coalesce(p.own_uuid, p.named) IS NOT NULL AND v.state = 'counts'
                        AND v.event_type = 'group.lifecycle.delete'
                    UNION ALL
                    SELECT p.group_id, p.user_id, b.instant_ns, -9223372036854775807 - 1, m.user_id IS NULL, 0,
                        'baseline:' || b.run, 'okta.baseline', 'baseline', b.position, coalesce(m.ordinal, 0),
                        NULL, NULL, NULL
                    FROM \(tables.pair) AS p JOIN \(tables.baseline) AS b ON b.group_id = p.group_id
                        LEFT JOIN \(tables.baselineMember) AS m ON m.position = b.position AND m.user_id = p.user_id
                    WHERE coalesce(p.own_uuid, p.named) IS NOT NULL
                ) AS h WINDOW pair AS (\(order))
            ) AS h
            ORDER BY h.group_id, h.user_id, h.number
            """
    }
}
