public import Projector
import GRDB

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

    func difference(ofGroup id: String) throws -> GroupDifference? {
        let group = try state.group(id)
        guard group.inScope else { return nil }
        let users = try state.strings(
            "SELECT user_id FROM \(state.schema.table("pair")) WHERE group_id = ? AND differs ORDER BY user_id",
            [id]
        )
        let changes = try users.compactMap { user -> GroupDifference.Change? in
            let pair = try state.pair(PairID(group: id, user: user))
            guard let present = pair.desired else { return nil }
            return GroupDifference.Change(user: user, pair: pair, present: present, state: try state.user(user))
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
}
