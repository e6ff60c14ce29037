import Foundation
import GRDB
import Okta
import Projector

/// The fold's state in the derived tables of one generation, used inside transactions of the writer.
///
/// Pairs, groups and users change many times within a batch, so they are kept in memory and written by `flush`; events are
/// written at once. The live fold uses a state for one transaction. A rebuild uses one for all of its transactions and
/// writes rows only when many are in memory: nobody reads its tables before its end.
final class SQLiteState: FoldState {
    let db: Database
    let schema: ProjectionSchema
    /// Where events lie, in a rebuild that makes the indexes at its end.
    var directory: EventDirectory?
    /// Whether the tables have all their indexes.
    private(set) var hasIndexes: Bool
    private var cachedControl: (value: ControlState, changed: Bool)?
    private var pairs = PairCache()
    private var groupRows = RowCache<GroupState>()
    private var users = RowCache<UserState>()
    /// Holds that were read or saved; saved ones are written at once.
    var holds: [Int64: HoldState] = [:]
    private var statements: [PlainStatement?] = Array(repeating: nil, count: FrequentStatement.allCases.count)

    /// Rows in memory of one kind beyond which a rebuild writes them: about 20 MB of pairs.
    static let keptRows = 30_000

    /// The state of tables that are complete, or, for a rebuild, of empty ones without their later indexes.
    init(_ db: Database, schema: ProjectionSchema, hasIndexes: Bool = true) {
        self.db = db
        self.schema = schema
        self.hasIndexes = hasIndexes
        directory = hasIndexes ? nil : EventDirectory()
    }

    /// Writes what is kept in memory. Rows go in the order of their keys, which keeps the trees' pages together.
    func flush() throws {
        if let (control, changed) = cachedControl, changed {
            try write(control)
            cachedControl?.changed = false
        }
        try flushPairs()
        try flushGroups()
        try flushUsers()
    }

    /// Writes and forgets rows of which many are in memory.
    func flushIfLarge() throws {
        guard max(pairs.count, groupRows.count, users.count) > Self.keptRows else { return }
        try flush()
        pairs.removeAll()
        groupRows.removeAll()
        users.removeAll()
        holds.removeAll()
    }

    func flushPairs() throws {
        for (group, changed) in pairs.takeChanges() {
            for (user, pair) in changed { try write(pair, PairID(group: group, user: user)) }
        }
    }

    private func flushGroups() throws {
        for (id, group) in groupRows.takeChanges() { try write(group, id) }
    }

    private func flushUsers() throws {
        for (id, user) in users.takeChanges() { try write(user, id) }
    }

    /// Makes the indexes that a rebuild leaves to its end, where they are needed before.
    func needIndexes() throws {
        guard !hasIndexes else { return }
        for index in schema.laterIndexes { try db.execute(sql: index) }
        hasIndexes = true
    }

    /// Says that the later indexes were made.
    func indexesWereMade() { hasIndexes = true }

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
        let written = try strings("SELECT user_id FROM \(schema.table("pair")) WHERE group_id = ?", [group])
        return Set(written).union(pairs.changedUsers(ofGroup: group)).map { PairID(group: group, user: $0) }
    }

    /// Every known pair of a user.
    func pairs(ofUser user: String) throws -> [PairID] {
        let written = try strings("SELECT group_id FROM \(schema.table("pair")) WHERE user_id = ?", [user])
        return Set(written).union(pairs.changedGroups(ofUser: user)).map { PairID(group: $0, user: user) }
    }

    /// A group.
    func group(_ id: String) throws -> GroupState { try groupRows.value(id) { try readGroup(id) } }

    /// Saves a group.
    func save(_ group: GroupState, _ id: String) { groupRows.set(group, id) }

    /// Every known group.
    func groups() throws -> [String] {
        try flushGroups()
        return try strings("SELECT group_id FROM \(schema.table("group"))", [])
    }

    /// A user.
    func user(_ id: String) throws -> UserState { try users.value(id) { try readUser(id) } }

    /// Saves a user.
    func save(_ user: UserState, _ id: String) { users.set(user, id) }

    /// Every user that has a binding.
    func boundUsers() throws -> [String] {
        try flushUsers()
        return try strings("SELECT user_id FROM \(schema.table("user")) WHERE finding IS NOT NULL", [])
    }

    // MARK: Statements

    /// A statement that runs for every event.
    func statement(_ frequent: FrequentStatement) throws -> PlainStatement {
        if let statement = statements[frequent.rawValue] { return statement }
        let statement = try PlainStatement(db, frequent.sql(schema))
        statements[frequent.rawValue] = statement
        return statement
    }

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
