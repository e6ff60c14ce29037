import Projector

/// What the brake holds.
extension Views {
    /// One row for each change that a hold lists.
    static func hold(_ tables: ViewTables) -> String {
        """
        SELECT 'hold-' || h.position AS hold, h.position, l.ordinal, h.group_id, g.name AS group_name,
            h.reason, h.counted, h.allowed, h.real_size, h.window_us / 1000000 AS window_seconds,
            h.at AS held_at, \(ViewExpressions.utc(microseconds: "h.at")) AS held_at_utc,
            h.ended_at, \(ViewExpressions.utc(microseconds: "h.ended_at")) AS ended_at_utc,
            l.user_id, u.login AS user_login, CASE l.present WHEN 1 THEN 'present' ELSE 'absent' END AS desired,
            l.uuid AS decided_by,
            coalesce((SELECT \(ViewExpressions.utc(nanoseconds: "v.published_ns")) FROM \(tables.event) AS v
                WHERE v.uuid = l.uuid AND v.state = 'counts'),
                \(baselineInstant(tables, name: "l.uuid", group: "h.group_id"))) AS decided_at,
            CASE WHEN l.released THEN 'released' WHEN h.ended_at IS NOT NULL THEN 'ended'
                WHEN p.differs AND p.uuid IS l.uuid AND coalesce(p.removes, 1) <> l.present THEN 'held'
                ELSE 'superseded' END AS standing,
            iif(l.released, h.ended_at, NULL) AS released_at,
            iif(l.released, \(ViewExpressions.utc(microseconds: "h.ended_at")), NULL) AS released_at_utc,
            iif(l.released, (SELECT n.who FROM \(tables.note) AS n WHERE n.position = h.approval LIMIT 1), NULL)
                AS released_by,
            iif(l.released, (SELECT n.detail FROM \(tables.note) AS n WHERE n.position = h.approval LIMIT 1), NULL)
                AS release_reason
        FROM \(tables.hold) AS h JOIN \(tables.holdPair) AS l ON l.position = h.position
            LEFT JOIN \(tables.pair) AS p ON p.group_id = h.group_id AND p.user_id = l.user_id
            LEFT JOIN \(tables.group) AS g ON g.group_id = h.group_id
            LEFT JOIN \(tables.user) AS u ON u.user_id = l.user_id
        """
    }

    /// Whether a pair `p` is to leave a group `g` that is held because of additions: those wait, removals do not.
    static func isRemovalBesideHeldAdditions(_ tables: ViewTables) -> String {
        """
        (coalesce(p.removes, 1) AND EXISTS (SELECT 1 FROM \(tables.hold) AS h
            WHERE h.position = g.hold AND h.reason = '\(HoldBody.Reason.additions.rawValue)'))
        """
    }

    /// Why a pair waits whose group `g` is held.
    static func heldByTheBrake(_ tables: ViewTables) -> String {
        """
        'held by the brake: hold-' || g.hold || coalesce((SELECT ' (' || h.reason || ': ' || h.counted || ', '
            || h.allowed || ' allowed)' FROM \(tables.hold) AS h WHERE h.position = g.hold), '')
        """
    }
}
