import GRDB
public import Projector

extension Projection {
    /// Reads differences in one consistent view.
    public func differences<Value>(_ body: (any DifferenceReader) throws -> Value) throws -> Value {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            return try body(SQLiteDifference(state: SQLiteState(db, schema: schema)))
        }
    }
}

/// Differences in the derived tables. Costs what differs, by the partial index on pairs that do.
struct SQLiteDifference: DifferenceReader {
    let state: SQLiteState

    func groupsThatDiffer() throws -> [String] {
        try state.strings(
            """
            SELECT group_id FROM \(state.schema.table("group")) AS g WHERE in_scope AND EXISTS
            (SELECT 1 FROM \(state.schema.table("pair")) AS p WHERE p.group_id = g.group_id AND p.differs)
            """,
            []
        )
    }

    func groupsInScope() throws -> [String] {
        try state.strings("SELECT group_id FROM \(state.schema.table("group")) WHERE in_scope", [])
    }

    func difference(ofGroup id: String) throws -> GroupDifference? {
        try difference(ofGroup: id, users: "differs", [])
    }

    func difference(ofGroup id: String, doubtingFrom position: Int64) throws -> GroupDifference? {
        try difference(ofGroup: id, users: "(differs OR position >= ?)", [position])
    }

    private func difference(
        ofGroup id: String,
        users condition: String,
        _ arguments: [Int64]
    ) throws -> GroupDifference? {
        let group = try state.group(id)
        guard group.inScope else { return nil }
        let users = try state.strings(
            "SELECT user_id FROM \(state.schema.table("pair")) WHERE group_id = ? AND \(condition) ORDER BY user_id",
            [id] + arguments
        )
        let changes = try users.compactMap { user -> GroupDifference.Change? in
            let pair = try state.pair(PairID(group: id, user: user))
            return GroupDifference.Change(
                user: user,
                pair: pair,
                state: try state.user(user),
                awaitsConfirmation: try state.awaitsConfirmation(pair)
            )
        }
        let difference = GroupDifference(
            group: id,
            state: group,
            holdReason: try group.hold.flatMap(holdReason),
            changes: changes
        )
        return difference.changes.isEmpty ? nil : difference
    }

    private func holdReason(_ position: Int64) throws -> HoldBody.Reason? {
        try state.strings("SELECT reason FROM \(state.schema.table("hold")) WHERE position = ?", [position])
            .first.flatMap(HoldBody.Reason.init(rawValue:))
    }

    func holder(of directoryID: String, _ subject: ObservationBody.Subject) throws -> String? {
        let (table, key) = subject == .user ? ("user", "user_id") : ("group", "group_id")
        return try state.strings(
            "SELECT \(key) FROM \(state.schema.table(table)) WHERE directory_id = ?",
            [directoryID]
        ).first
    }

    func pauseReason() throws -> String? { try state.control.stopped }

    func trouble() throws -> DirectoryTrouble? { try state.control.trouble }

    func login(ofUser user: String) throws -> String? { try state.user(user).login }
    func pushed(toGroup group: String, after time: Int64) throws -> [PushedChange] {
        try Row.fetchAll(
            state.db,
            sql: """
                SELECT c.value ->> '$.user' AS user, c.value ->> '$.present' AS present, c.value ->> '$.member' AS member,
                    max(a.at) AS at
                FROM \(state.schema.table("attempt")) AS a, json_each(a.body, '$.changes') AS c
                WHERE a.group_id = ? AND a.at > ? AND NOT coalesce(c.value ->> '$.released', 0)
                GROUP BY 1, 2
                """,
            arguments: [group, time]
        ).map { PushedChange(user: $0["user"], member: $0["member"], present: $0["present"], at: $0["at"]) }
    }

    func knownMembers(ofGroup group: String) throws -> [String] {
        try state.strings(
            """
            SELECT user_id FROM \(state.schema.table("pair"))
            WHERE group_id = ? AND applied IN ('present', 'unknown')
            """,
            [group]
        )
    }

    func provedDialect(after time: Int64) throws -> String? { try state.control.provedDialect(after: time) }

    func known(ofGroup group: String) throws -> KnownGroup { try KnownGroup(group, in: state) }

    func lastApplied(inGroup group: String) throws -> [String: String] {
        try KnownGroup.lastApplied(inGroup: group, in: state)
    }
}
