/// What was sent to the directory.
extension Views {
    /// One row a request that was about to leave.
    static func attempt(_ tables: ViewTables) -> String {
        """
        SELECT a.attempt_id, a.position, a.at, \(ViewExpressions.utc(microseconds: "a.at")) AS at_utc,
            a.group_id, (SELECT g.name FROM \(tables.group) AS g WHERE g.group_id = a.group_id) AS group_name,
            \(body("directory_group")) AS directory_group,
            \(body("method")) AS method, \(body("path")) AS path, \(body("body")) AS request_body,
            (SELECT value FROM json_each(a.body) WHERE key = 'changes') AS changes,
            (SELECT count(*) FROM json_each(a.body, '$.changes')) AS change_count,
            \(body("try")) AS try, \(result) AS result,
            \(outcome("status")) AS status, \(outcome("request_id")) AS request_id, \(outcome("detail")) AS detail,
            \(outcome("duration_ms")) AS duration_ms,
            \(outcome("retry_at")) AS retry_at,
            \(ViewExpressions.utc(microseconds: outcome("retry_at"))) AS retry_at_utc,
            a.ended_at, \(ViewExpressions.utc(microseconds: "a.ended_at")) AS ended_at_utc
        FROM \(tables.attempt) AS a
        """
    }

    /// One row for each pair that a request changes.
    static func attemptChange(_ tables: ViewTables) -> String {
        """
        SELECT a.attempt_id, a.position, a.at, \(ViewExpressions.utc(microseconds: "a.at")) AS at_utc,
            p.group_id, (SELECT g.name FROM \(tables.group) AS g WHERE g.group_id = p.group_id) AS group_name,
            p.user_id, (SELECT u.login FROM \(tables.user) AS u WHERE u.user_id = p.user_id) AS user_login,
            \(ViewExpressions.member("member", of: "c.value")) AS directory_user, \(requested) AS requested,
            \(body("try")) AS try, \(result) AS result, \(outcome("status")) AS status,
            a.ended_at, \(ViewExpressions.utc(microseconds: "a.ended_at")) AS ended_at_utc
        FROM \(changes(tables))
        """
    }

    static func body(_ member: String) -> String { ViewExpressions.member(member, of: "a.body") }

    static func outcome(_ member: String) -> String { ViewExpressions.member(member, of: "a.outcome") }

    /// An attempt without an outcome is open, until a restart gives up waiting.
    static let result = "CASE WHEN a.ended_at IS NULL THEN 'open' ELSE coalesce(a.result, 'unknown') END"

    /// The state that a change asks for.
    static let requested =
        "CASE WHEN \(ViewExpressions.member("present", of: "c.value")) THEN 'present' ELSE 'absent' END"

    /// Attempts, their changes and the pairs of these. Each change has a pair, through which a user's attempts are found by
    /// index.
    static func changes(_ tables: ViewTables) -> String {
        """
        \(tables.attempt) AS a, json_each(a.body, '$.changes') AS c, \(tables.pair) AS p
        WHERE p.group_id = a.group_id AND p.user_id = \(ViewExpressions.member("user", of: "c.value"))
        """
    }
}
