import Projector

extension SQLiteState {
    /// Saves every baseline with all of its members, so that the views can tell what Okta said as of each instant.
    func note(_ body: BaselineBody, at position: Int64) throws {
        try run(
            "INSERT INTO \(schema.table("baseline")) VALUES (\(marks(8)))",
            [
                position, body.run, body.group, body.name, body.exists, body.instant * 1_000, body.askedAt,
                body.members.count,
            ]
        )
        let insert = try PlainStatement(db, "INSERT INTO \(schema.table("baseline_member")) VALUES (\(marks(5)))")
        for (ordinal, member) in body.members.enumerated() {
            try insert.run {
                $0.add(position)
                $0.add(member.user)
                // 0 is the group itself.
                $0.add(Int64(ordinal + 1))
                $0.add(member.login)
                $0.add(member.status)
            }
        }
    }
}
