/// What was sent to the directory.
extension Views {
    /// One row a request that was about to leave.
    static func attempt(_ tables: ViewTables) -> String {
        """
        SELECT a.attempt_id, a.position, a.at, \(ViewExpressions.utc(microseconds: "a.at")) AS at_utc,
            a.group_id, (SELECT g.name FROM \(tables.group) AS g WHERE g.group_id = a.group_id) AS group_name,
            a.body ->> '$.directory_group' AS directory_group,
            a.body ->> '$.method' AS method, a.body ->> '$.path' AS path, a.body ->> '$.body' AS request_body,
            a.body -> '$.changes' AS changes, json_array_length(a.body, '$.changes') AS change_count,
            a.body ->> '$.try' AS try,
            \(result) AS result,
            a.outcome ->> '$.status' AS status, a.outcome ->> '$.request_id' AS request_id,
            a.outcome ->> '$.detail' AS detail, a.outcome ->> '$.duration_ms' AS duration_ms,
            a.outcome ->> '$.retry_at' AS retry_at,
            \(ViewExpressions.utc(microseconds: "(a.outcome ->> '$.retry_at')")) AS retry_at_utc,
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
            c.value ->> '$.member' AS directory_user,
            \(state) AS requested,
            a.body ->> '$.try' AS try, \(result) AS result, a.outcome ->> '$.status' AS status,
            a.ended_at, \(ViewExpressions.utc(microseconds: "a.ended_at")) AS ended_at_utc
        FROM \(changes(tables))
        """
    }

    /// An attempt without an outcome is open, until a restart gives up waiting.
    static let result = "CASE WHEN a.ended_at IS NULL THEN 'open' ELSE coalesce(a.result, 'unknown') END"

    static let state = "CASE WHEN c.value ->> '$.present' THEN 'present' ELSE 'absent' END"

    /// Attempts, their changes and the pairs of these. Each change has a pair, through which a user's attempts are found by
    /// index.
    static func changes(_ tables: ViewTables) -> String {
        """
        \(tables.attempt) AS a, json_each(a.body, '$.changes') AS c, \(tables.pair) AS p
        WHERE p.group_id = a.group_id AND p.user_id = c.value ->> '$.user'
        """
    }
}
