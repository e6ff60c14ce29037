import GRDB
import Projector

extension SQLiteState {
    /// The hold whose entry is at a position.
    func hold(_ position: Int64) throws -> HoldState? {
        if let hold = holds[position] { return hold }
        let hold = try readHold(position)
        holds[position] = hold
        return hold
    }

    /// Saves a hold, new or ended.
    func save(_ hold: HoldState) throws {
        holds[hold.position] = hold
        let body = hold.body
        try run(
            "INSERT OR REPLACE INTO \(schema.table("hold")) VALUES (\(marks(10)))",
            [
                hold.position, hold.at, body.group, body.reason.rawValue, body.counted, body.allowed, body.realSize,
                body.window, hold.endedAt, hold.approval,
            ]
        )
        for (ordinal, pair) in body.pairs.enumerated() {
            try run(
                "INSERT OR REPLACE INTO \(schema.table("hold_pair")) VALUES (\(marks(6)))",
                [hold.position, ordinal, pair.user, pair.present, pair.event, hold.released.contains(pair.user)]
            )
        }
    }

    private func readHold(_ position: Int64) throws -> HoldState? {
        guard let row = try row("SELECT * FROM \(schema.table("hold")) WHERE position = ?", [position]),
            let reason = HoldBody.Reason(rawValue: row["reason"])
        else { return nil }
        let listed = try Row.fetchAll(
            db,
            sql: "SELECT * FROM \(schema.table("hold_pair")) WHERE position = ? ORDER BY ordinal",
            arguments: [position]
        )
        let body = HoldBody(
            group: row["group_id"],
            reason: reason,
            counted: row["counted"],
            allowed: row["allowed"],
            realSize: row["real_size"],
            window: row["window_us"],
            pairs: listed.map { HoldBody.Pair(user: $0["user_id"], present: $0["present"], event: $0["uuid"]) }
        )
        var hold = HoldState(body: body, position: position, at: row["at"])
        hold.endedAt = row["ended_at"]
        hold.approval = row["approval"]
        hold.released = Set(listed.filter { $0["released"] }.map { $0["user_id"] })
        return hold
    }
}
