/// What Okta sent.
extension Views {
    /// One row a delivery.
    static func delivery(_ tables: ViewTables) -> String {
        // A body that is not JSON is shown as text only where every byte is ASCII that prints or is white space: SQLite
        // has no test for UTF-8. What the fold could read is UTF-8, because it checks that.
        """
        SELECT d.position, d.event_id, d.received_at, d.received_at_utc, d.body_length,
            CASE WHEN d.folded AND d.reason IS NOT 'notJSON' THEN CAST(d.bytes AS TEXT)
                WHEN instr(d.bytes, x'00') = 0
                    AND CAST(d.bytes AS TEXT) NOT GLOB '*[^ -~' || char(9, 10, 13) || ']*'
                THEN CAST(d.bytes AS TEXT) END AS body,
            CASE WHEN d.folded THEN (SELECT count(*) FROM \(tables.event) AS v WHERE v.position = d.position)
                - (d.reason IS NOT NULL) END AS events,
            CASE WHEN d.folded THEN d.reason IS NULL END AS readable,
            d.reason
        FROM (
            SELECT e.position, e.key AS event_id, e.recorded_at AS received_at,
                \(ViewExpressions.utc(microseconds: "e.recorded_at")) AS received_at_utc,
                e.body_length, b.bytes,
                e.position < (SELECT cursor FROM \(tables.control)) AS folded,
                (SELECT u.ignored FROM \(tables.event) AS u
                    WHERE u.position = e.position AND u.ordinal = 0 AND u.uuid IS NULL
                    AND (u.ignored IN ('notJSON', 'noEvents', 'tooManyEvents') OR u.ignored = 'notAnObject'
                        AND ltrim(CAST(b.bytes AS TEXT), ' ' || char(9, 10, 13)) NOT GLOB '{*')) AS reason
            FROM entry AS e LEFT JOIN body AS b ON b.position = e.position
            WHERE e.kind = 'okta.delivery'
        ) AS d
        ORDER BY d.position
        """
    }

    /// One row a copy of an event, and one a thing that could not be read.
    static func event(_ tables: ViewTables) -> String {
        """
        SELECT w.position, w.ordinal, w.uuid AS event_uuid, w.event_type,
            \(ViewExpressions.utc(nanoseconds: "w.published_ns")) AS published, w.published_ns,
            e.recorded_at, \(ViewExpressions.utc(microseconds: "e.recorded_at")) AS recorded_at_utc,
            w.source, w.actor_id, w.actor_type, w.actor_login, w.actor_name,
            w.group_id, w.group_name, w.user_id, w.user_login, w.user_name, w.outcome,
            \(standing(tables)) AS standing,
            \(standingReason) AS reason,
            w.untimely,
            (SELECT a.position FROM \(tables.approval) AS a WHERE a.uuid = w.uuid) AS approved_position,
            w.differs,
            EXISTS (SELECT 1 FROM \(tables.event) AS o WHERE o.uuid = w.uuid AND o.differs) AS conflict,
            \(confirmation(tables)) AS confirmation
        FROM (\(copies(tables))) AS w CROSS JOIN entry AS e ON e.position = w.position
        ORDER BY w.position, w.ordinal
        """
    }

    /// Every copy of an event, in two parts, each of which finds those of a user by index: what counts for a user through the
    /// user's pairs, the rest, by the words of its index, directly.
    static func copies(_ tables: ViewTables) -> String {
        """
        SELECT v.* FROM \(tables.pair) AS p JOIN \(tables.event) AS v ON v.group_id = p.group_id AND v.user_id = p.user_id
            WHERE v.state = 'counts'
        UNION ALL
        SELECT v.* FROM \(tables.event) AS v WHERE v.state <> 'counts' OR v.user_id IS NULL
        """
    }

    /// Why an event is held, ignored or unreadable.
    static let standingReason =
        "CASE w.state WHEN 'held' THEN w.untimely WHEN 'ignored' THEN w.ignored "
        + "WHEN 'unreadable' THEN w.ignored END"

    /// `decides` or `superseded` for what counts; the fold's own word for the rest.
    static func standing(_ tables: ViewTables) -> String {
        """
        CASE WHEN w.state <> 'counts' THEN w.state
            WHEN EXISTS (SELECT 1 FROM \(tables.pair) AS p
                WHERE p.group_id = w.group_id AND p.user_id = w.user_id AND p.uuid = w.uuid) THEN 'decides'
            WHEN w.user_id IS NULL AND EXISTS (SELECT 1 FROM \(tables.group) AS g
                WHERE g.group_id = w.group_id AND w.uuid = CASE w.event_type
                    WHEN 'group.lifecycle.delete' THEN g.deletion_uuid ELSE g.naming_uuid END) THEN 'decides'
            ELSE 'superseded' END
        """
    }

    /// One row a span of listening, and one a gap between two of them.
    static func listening(_ tables: ViewTables) -> String {
        """
        SELECT l.state, l.from_at, \(ViewExpressions.utc(microseconds: "l.from_at")) AS from_at_utc,
            l.until_at, \(ViewExpressions.utc(microseconds: "l.until_at")) AS until_at_utc,
            (l.until_at - l.from_at) / 1000000.0 AS seconds, l.position, l.clean,
            iif(l.state = 'gap', \(missed(tables, from: "l.from_at", until: "l.until_at")), NULL) AS backfilled
        FROM (
            SELECT 'listening' AS state, position, from_at, until_at, clean FROM \(tables.span)
            UNION ALL
            SELECT 'gap', position, until_at, lead(from_at) OVER (ORDER BY position), clean FROM \(tables.span)
        ) AS l WHERE l.state = 'listening' OR l.from_at IS NOT NULL
        ORDER BY l.from_at, l.position, l.state DESC
        """
    }

    /// One row an open gap: a span between two, or after the last, in which deliveries were received or that a backfill has
    /// covered.
    static func gap(_ tables: ViewTables) -> String {
        """
        SELECT q.from_at, \(ViewExpressions.utc(microseconds: "q.from_at")) AS from_at_utc,
            q.until_at, \(ViewExpressions.utc(microseconds: "q.until_at")) AS until_at_utc,
            (q.until_at - q.from_at) / 1000000.0 AS seconds
        FROM (\(gaps(tables))) AS q
        ORDER BY q.from_at
        """
    }

    /// From when to when each gap lasts; without end while it goes on.
    static func gaps(_ tables: ViewTables) -> String {
        """
        SELECT h.reached AS from_at, nullif(h.from_at, 9223372036854775807) AS until_at
        FROM (
            SELECT t.from_at, max(t.until_at) OVER (
                ORDER BY t.from_at, t.until_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
            FROM (
                SELECT from_at, coalesce(until_at, 9223372036854775807) AS until_at FROM \(tables.span)
                UNION ALL SELECT from_at, until_at FROM \(tables.cover)
                UNION ALL SELECT 9223372036854775807, 9223372036854775807
            ) AS t
        ) AS h
        WHERE h.reached < h.from_at
        """
    }
}
