import Foundation
import GRDB
import Okta
import Projector

/// The fold's state in the derived tables of one generation, used inside one transaction.
///
/// Pairs, groups and users change many times within a batch, so they are kept in memory and written by `flush`;
/// events are written at once. Queries over many rows flush first.
final class SQLiteState: FoldState {
    let db: Database
    let schema: ProjectionSchema
    private var cachedControl: (value: ControlState, changed: Bool)?
    private var pairs = RowCache<PairID, PairState>()
    private var groupRows = RowCache<String, GroupState>()
    private var users = RowCache<String, UserState>()

    init(_ db: Database, schema: ProjectionSchema) {
        self.db = db
        self.schema = schema
    }

    /// Writes what is kept in memory. Rows go in the order of their keys, which keeps the trees' pages together.
    func flush() throws {
        if let (control, changed) = cachedControl, changed {
            try run(
                """
                UPDATE \(schema.table("control"))
                SET prefix = ?, organization = ?, directory = ?, known_directory = ?, paused = ?, last_recorded_at = ?
                """,
                [
                    control.settings.prefix, control.settings.organization, control.settings.directory,
                    control.knownDirectory, control.paused, control.lastRecordedAt,
                ]
            )
            cachedControl?.changed = false
        }
        for (id, pair) in pairs.takeChanges(by: { ($0.group, $0.user) < ($1.group, $1.user) }) { try write(pair, id) }
        for (id, group) in groupRows.takeChanges(by: <) { try write(group, id) }
        for (id, user) in users.takeChanges(by: <) { try write(user, id) }
    }

    // MARK: Control

    /// What holds for the whole ledger.
    var control: ControlState {
        get throws {
            if let cachedControl { return cachedControl.value }
            let control = try readControl()
            cachedControl = (control, false)
            return control
        }
    }

    /// Saves what holds for the whole ledger.
    func save(_ control: ControlState) { cachedControl = (control, true) }

    // MARK: Pairs, groups, users

    /// A pair.
    func pair(_ id: PairID) throws -> PairState { try pairs.value(id) { try readPair(id) } }

    /// Saves a pair.
    func save(_ pair: PairState, _ id: PairID) { pairs.set(pair, id) }

    /// Every known pair of a group.
    func pairs(ofGroup group: String) throws -> [PairID] {
        try flush()
        return try strings("SELECT user_id FROM \(schema.table("pair")) WHERE group_id = ?", [group])
            .map { PairID(group: group, user: $0) }
    }

    /// Every known pair of a user.
    func pairs(ofUser user: String) throws -> [PairID] {
        try flush()
        return try strings("SELECT group_id FROM \(schema.table("pair")) WHERE user_id = ?", [user])
            .map { PairID(group: $0, user: user) }
    }

    /// A group.
    func group(_ id: String) throws -> GroupState { try groupRows.value(id) { try readGroup(id) } }

    /// Saves a group.
    func save(_ group: GroupState, _ id: String) { groupRows.set(group, id) }

    /// Every known group.
    func groups() throws -> [String] {
        try flush()
        return try strings("SELECT group_id FROM \(schema.table("group"))", [])
    }

    /// A user.
    func user(_ id: String) throws -> UserState { try users.value(id) { try readUser(id) } }

    /// Saves a user.
    func save(_ user: UserState, _ id: String) { users.set(user, id) }

    /// Every user that has a binding.
    func boundUsers() throws -> [String] {
        try flush()
        return try strings("SELECT user_id FROM \(schema.table("user")) WHERE finding IS NOT NULL", [])
    }

    // MARK: Statements

    func run(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws {
        let statement = try db.cachedStatement(sql: sql)
        try statement.execute(arguments: StatementArguments(arguments))
    }

    func row(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> Row? {
        try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    func strings(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> [String] {
        try String.fetchAll(try db.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }
}

/// Rows of one batch: read once, written once.
struct RowCache<Key: Hashable, Value> {
    private var values: [Key: Value] = [:]
    private var changed: Set<Key> = []

    mutating func value(_ key: Key, read: () throws -> Value?) rethrows -> Value where Value: EmptyByDefault {
        if let value = values[key] { return value }
        let value = try read() ?? Value()
        values[key] = value
        return value
    }

    mutating func set(_ value: Value, _ key: Key) {
        values[key] = value
        changed.insert(key)
    }

    mutating func takeChanges(by precedes: (Key, Key) -> Bool) -> [(Key, Value)] {
        let keys = changed.sorted(by: precedes)
        changed.removeAll(keepingCapacity: true)
        return keys.compactMap { key in values[key].map { (key, $0) } }
    }
}

/// A row that is as good as absent while nothing is known.
protocol EmptyByDefault {
    init()
}

extension PairState: EmptyByDefault {}
extension GroupState: EmptyByDefault {}
extension UserState: EmptyByDefault {}
