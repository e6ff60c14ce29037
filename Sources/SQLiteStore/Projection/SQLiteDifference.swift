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
        let changes = try users.compactMap { user in
            GroupDifference.Change(
                user: user,
                pair: try state.pair(PairID(group: id, user: user)),
                state: try state.user(user)
            )
        }
        let difference = GroupDifference(group: id, state: group, changes: changes)
        return difference.changes.isEmpty ? nil : difference
    }

    func holder(of directoryID: String, _ subject: ObservationBody.Subject) throws -> String? {
        let (table, key) = subject == .user ? ("user", "user_id") : ("group", "group_id")
        return try state.strings(
            "SELECT \(key) FROM \(state.schema.table(table)) WHERE directory_id = ?",
            [directoryID]
        ).first
    }

    func pauseReason() throws -> String? { try state.control.paused }

    func trouble() throws -> DirectoryTrouble? { try state.control.trouble }

    func login(ofUser user: String) throws -> String? { try state.user(user).login }
}
