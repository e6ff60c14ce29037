/// Who was a member of which group as Okta's API told it.
extension Views {
    /// One row a reading of a group from Okta.
    static func baseline(_ tables: ViewTables) -> String {
        """
        SELECT b.position, b.run, b.group_id, b.group_name, b.found, b.members,
            \(ViewExpressions.utc(nanoseconds: "b.instant_ns")) AS instant, b.instant_ns,
            b.asked_at, \(ViewExpressions.utc(microseconds: "b.asked_at")) AS asked_at_utc,
            EXISTS (SELECT 1 FROM \(tables.group) AS g
                WHERE g.group_id = b.group_id AND g.baseline_position = b.position) AS decides
        FROM \(tables.baseline) AS b
        ORDER BY b.position
        """
    }

    /// One row a member that such a reading named.
    static func baselineMember(_ tables: ViewTables) -> String {
        """
        SELECT m.position, m.ordinal, b.run, b.group_id, b.group_name, m.user_id, m.login AS user_login, m.status,
            \(ViewExpressions.utc(nanoseconds: "b.instant_ns")) AS instant, b.instant_ns
        FROM \(tables.baselineMember) AS m JOIN \(tables.baseline) AS b ON b.position = m.position
        """
    }

    /// Whether a baseline decides the pair `p`: no event stands so low within its instant.
    static let isByBaseline = "p.ticks = -9223372036854775807 - 1"

    /// Whether a pair `p` waits until the directory's members were read: `GroupDifference.Change.waitsForLook` in SQL.
    static let waitsForLook = "(\(isByBaseline) AND p.applied IS NULL)"

    /// When the baseline was asked for that decided a pair of group `g`, from its name in `column`.
    static func baselineInstant(_ tables: ViewTables, name column: String, group: String) -> String {
        """
        (SELECT \(ViewExpressions.utc(nanoseconds: "b.instant_ns")) FROM \(tables.baseline) AS b
            WHERE b.group_id = \(group) AND 'baseline:' || b.run = \(column))
        """
    }
}
