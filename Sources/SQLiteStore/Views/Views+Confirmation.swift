import Projector

/// What Okta's own record says of what deliveries told.
extension Views {
    /// Types of which a delivery alone changes access.
    private static let membershipTypes = "('group.user_membership.add', 'group.user_membership.remove')"

    /// Whether the event of a row `w` that counts is confirmed: by the System Log, by an operator, not yet, or not in time.
    /// Nothing for other rows, and for events that change no membership.
    static func confirmation(_ tables: ViewTables) -> String {
        """
        CASE WHEN w.state <> 'counts' OR w.event_type NOT IN \(membershipTypes) THEN NULL
            WHEN w.source = 'log' THEN 'confirmed'
            WHEN EXISTS (SELECT 1 FROM \(tables.approval) AS a WHERE a.uuid = w.uuid) THEN 'approved'
            WHEN EXISTS (SELECT 1 FROM \(tables.told) AS t
                WHERE w.published_ns / 1000 >= t.from_at AND w.published_ns / 1000 < t.until_at) THEN 'missing'
            ELSE 'awaited' END
        """
    }

    /// How many events that count were published between two instants (microseconds since 1970) and came by a backfill only.
    static func missed(_ tables: ViewTables, from: String, until: String) -> String {
        """
        (SELECT count(*) FROM \(tables.event) AS v INDEXED BY \(tables.eventSource)
            WHERE v.state = 'counts' AND v.source = 'log'
            AND v.published_ns >= \(from) * 1000 AND v.published_ns < \(until) * 1000
            AND NOT EXISTS (SELECT 1 FROM \(tables.event) AS o WHERE o.uuid = v.uuid AND o.source = 'hook'))
        """
    }

    /// One row an event that only deliveries have told, and that a backfill which should have told it too did not.
    static func unconfirmed(_ tables: ViewTables) -> String {
        """
        SELECT w.uuid AS event_uuid, w.event_type,
            \(ViewExpressions.utc(nanoseconds: "w.published_ns")) AS published, w.published_ns,
            (SELECT e.recorded_at FROM entry AS e WHERE e.position = w.position) AS recorded_at,
            (SELECT \(ViewExpressions.utc(microseconds: "e.recorded_at")) FROM entry AS e WHERE e.position = w.position)
                AS recorded_at_utc,
            w.group_id, w.group_name, w.user_id, w.user_login, w.actor_id, w.actor_login,
            EXISTS (SELECT 1 FROM \(tables.pair) AS p
                WHERE p.group_id = w.group_id AND p.user_id = w.user_id AND p.uuid = w.uuid) AS decides,
            w.position, w.ordinal
        FROM \(tables.told) AS t CROSS JOIN \(tables.event) AS w INDEXED BY \(tables.eventSource)
        WHERE w.state = 'counts' AND w.source = 'hook'
            AND w.published_ns >= t.from_at * 1000 AND w.published_ns < t.until_at * 1000
            AND w.event_type IN \(membershipTypes)
            AND NOT EXISTS (SELECT 1 FROM \(tables.approval) AS a WHERE a.uuid = w.uuid)
        """
    }
}
