import Foundation
import GRDB
import Ledger
import Projector

extension SQLiteState {
    /// An attempt.
    func attempt(_ id: String) throws -> AttemptState? {
        try row("SELECT * FROM \(schema.table("attempt")) WHERE attempt_id = ?", [id]).map(AttemptState.init(row:))
    }

    /// Saves an attempt.
    func save(_ attempt: AttemptState) throws {
        try run(
            "INSERT OR REPLACE INTO \(schema.table("attempt")) VALUES (\(marks(8)))",
            [
                attempt.body.id, attempt.position, attempt.at,
                String(decoding: try EntryJSON.encode(attempt.body), as: UTF8.self), attempt.body.group,
                try attempt.outcome.map { String(decoding: try EntryJSON.encode($0), as: UTF8.self) },
                attempt.outcome?.result.rawValue, attempt.endedAt,
            ]
        )
    }

    /// The attempts of one group that were announced at or after a position.
    func attempts(ofGroup group: String, from position: Int64) throws -> [AttemptState] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM \(schema.table("attempt")) WHERE group_id = ? AND position >= ? ORDER BY position",
            arguments: [group, position]
        ).map(AttemptState.init(row:))
    }

    /// Attempts whose outcome is not known and still waited for.
    func openAttempts() throws -> [AttemptState] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM \(schema.table("attempt")) WHERE ended_at IS NULL ORDER BY attempt_id"
        ).map(AttemptState.init(row:))
    }

    /// The last span of listening.
    func lastSpan() throws -> ListeningSpan? {
        let sql = "SELECT * FROM \(schema.table("span")) ORDER BY position DESC LIMIT 1"
        return try row(sql, []).map(ListeningSpan.init(row:))
    }

    /// Saves a span.
    func save(_ span: ListeningSpan) throws {
        try run(
            "INSERT OR REPLACE INTO \(schema.table("span")) VALUES (?, ?, ?, ?)",
            [span.position, span.from, span.until, span.stoppedCleanly]
        )
    }

    /// The spans that backfills have covered.
    func coveredSpans() throws -> [CoveredSpan] { try spans("cover") }

    /// Saves the spans that backfills have covered. They are few: those that touch are one.
    func save(_ covered: [CoveredSpan]) throws { try save(covered, in: "cover") }

    /// The same spans on Okta's clock.
    func toldSpans() throws -> [CoveredSpan] { try spans("told") }

    /// Saves them.
    func save(told: [CoveredSpan]) throws { try save(told, in: "told") }

    private func spans(_ table: String) throws -> [CoveredSpan] {
        try Row.fetchAll(db, sql: "SELECT * FROM \(schema.table(table)) ORDER BY from_at").map {
            CoveredSpan(from: $0["from_at"], until: $0["until_at"])
        }
    }

    private func save(_ spans: [CoveredSpan], in table: String) throws {
        try run("DELETE FROM \(schema.table(table))", [])
        for span in spans { try run("INSERT INTO \(schema.table(table)) VALUES (?, ?)", [span.from, span.until]) }
    }
}

extension AttemptState {
    fileprivate init(row: Row) throws {
        let decoder = JSONDecoder()
        let body = try decoder.decode(AttemptBody.self, from: Data((row["body"] as String).utf8))
        self.init(body: body, position: row["position"], at: row["at"])
        if let outcome = row["outcome"] as String? {
            self.outcome = try decoder.decode(OutcomeBody.self, from: Data(outcome.utf8))
        }
        endedAt = row["ended_at"]
    }
}
