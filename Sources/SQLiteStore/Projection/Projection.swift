import Foundation
package import GRDB
import Ledger
public import Projector

/// The fold of a log, kept in the derived tables of the same database.
///
/// The live generation follows the log in short transactions of its own, from its cursor. A rebuild fills the next
/// generation beside it, then swaps: the views show the old one until the new one has caught up.
public struct Projection: Sendable {
    /// What one step of following the log did.
    public struct Step: Sendable {
        /// The position after the last entry folded.
        public let cursor: Int64
        /// How many entries were folded; 0 where the fold is at the end of the log.
        public let folded: Int
        /// Groups whose difference may have changed.
        public let touched: Set<String>
        /// Whether settings changed in a way that only a rebuild can take over. Stays so, also over restarts, until one has.
        public let needsRebuild: Bool
    }

    let store: Store

    /// The projection of an opened store, made or made anew where there is none of this version.
    /// - Throws: the store's error.
    public init(_ store: Store) throws {
        self.store = store
        let version = try store.read { db in try Self.liveVersion(db) }
        if version == nil {
            try store.write { db in try Self.install(db, settings: Self.lastSettings(db)) }
        } else if version == Fold<SQLiteState>.version {
            // The views may be another release's; they hold nothing, so they are simply made again where they differ.
            try store.write { db in if let schema = try Self.live(db) { try Views.create(db, reading: schema) } }
        }
    }

    /// A projection of a store opened for reading, as it stands.
    public init(readOnly store: Store) { self.store = store }

    /// Folds the next entries in one short transaction.
    /// - Parameter limit: the greatest number of entries.
    /// - Returns: what was done.
    /// - Throws: the store's error.
    public func follow(limit: Int = 512) throws -> Step {
        // Tables of another version of the rules are never folded into; the old ones are shown until the new ones are built.
        guard try store.read({ db in try Self.liveVersion(db) }) == Fold<SQLiteState>.version else {
            return Step(cursor: 0, folded: 0, touched: [], needsRebuild: true)
        }
        let cursor = try cursor()
        let entries = Self.upToAStep(try store.entries(from: cursor, limit: limit).map(ReadEntry.init))
        guard !entries.isEmpty else {
            let needsRebuild = try store.read { db in try Self.needsRebuild(db) }
            return Step(cursor: cursor, folded: 0, touched: [], needsRebuild: needsRebuild)
        }
        let next = cursor + Int64(entries.count)
        return try store.write { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            // A rebuild may have swapped since the cursor was read; the next step then reads from the new one.
            guard try Self.cursor(db) == cursor else {
                return Step(cursor: cursor, folded: 1, touched: [], needsRebuild: false)
            }
            let touched = try Self.fold(entries, into: SQLiteState(db, schema: schema))
            let needsRebuild = try Self.needsRebuild(db)
            return Step(cursor: next, folded: entries.count, touched: touched, needsRebuild: needsRebuild)
        }
    }

    /// Events that one step folds at the most, unless a single entry has more: appends wait as long as a step takes.
    private static let eventsPerStep = 4_096

    private static func upToAStep(_ entries: [ReadEntry]) -> [ReadEntry] {
        var events = 0
        for (index, entry) in entries.enumerated() {
            events += entry.eventCount
            if events > eventsPerStep, index > 0 { return Array(entries[..<index]) }
        }
        return entries
    }

    /// The last settings in the log; `nil` where it has none.
    public func lastSettings() throws -> FoldSettings? { try store.read { db in try Self.settings(db) } }

    /// The position after the last entry folded.
    public func cursor() throws -> Int64 { try store.read { db in try Self.cursor(db) } }

    /// Builds the derived tables anew from the first entry, beside the live ones, and swaps.
    ///
    /// Safe at any time: appends and the live fold go on between the short transactions, and a rebuild that was
    /// interrupted is begun again from nothing.
    /// - Parameters:
    ///   - batch: entries a transaction.
    ///   - progress: told the position reached and the size of the log.
    /// - Throws: the store's error, or that another rebuild has begun meanwhile.
    public func rebuild(batch: Int = 1_024, progress: (Int64, Int64) -> Void = { _, _ in }) throws {
        let settings = try store.read { db in try Self.lastSettings(db) }
        var position: Int64 = 0
        var end = try store.count()
        // Used in later transactions too: the pool has one writing connection, always the same.
        let state = try store.write { db in
            let schema = ProjectionSchema(generation: (try Self.live(db)?.generation ?? 0) + 1)
            try schema.drop(db)
            return try Self.begin(schema, settings: settings, entries: end, db)
        }
        repeat {
            let ahead = ReadAhead(store, from: position, until: end, batch: batch)
            while let entries = try ahead.next() {
                try store.write { _ in _ = try Self.fold(entries, into: state, keepingRows: true) }
                position = (entries.last?.position ?? position) + 1
                progress(position, end)
            }
            try makeIndexes(of: state, at: position)
            end = try store.count()
        } while end - position > Int64(batch)
        try store.write { db in
            try Self.requireCursor(position, of: state)
            // To the very end, which nothing can move meanwhile: the new tables must not be older than the live ones.
            while let last = try Self.foldPage(db, from: position, limit: batch, into: state) { position = last + 1 }
            let former = try Self.live(db)
            let next = state.schema
            try db.execute(sql: "INSERT OR REPLACE INTO projection VALUES (1, ?)", arguments: [next.generation])
            try Views.create(db, reading: next)
            if let former, former.generation != next.generation { try former.drop(db) }
        }
    }

    /// Folds one page of entries. Returns the position of its last; `nil` at the end of the log.
    private static func foldPage(
        _ db: Database,
        from position: Int64,
        limit: Int,
        into state: SQLiteState
    ) throws -> Int64? {
        let entries = try Store.entries(db, from: position, limit: limit)
        _ = try fold(entries.map(ReadEntry.init), into: state)
        return entries.last?.position
    }

    /// Writes the rows that a rebuild keeps in memory, and makes each index in a transaction of its own: appends wait for
    /// each, about a second for a million events.
    private func makeIndexes(of state: SQLiteState, at position: Int64) throws {
        guard !state.hasIndexes else { return }
        try store.write { _ in
            try Self.requireCursor(position, of: state)
            try state.flush()
        }
        for index in state.schema.laterIndexes {
            try store.write { db in
                try Self.requireCursor(position, of: state)
                try db.execute(sql: index)
            }
        }
        state.indexesWereMade()
    }

    /// A digest of all derived rows in a fixed order, and the cursor it stands for: two states are the same exactly
    /// where their digests are, however their bytes lie in files.
    public func digest() throws -> (cursor: Int64, digest: [UInt8]) {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            return (try Self.cursor(db), try ProjectionDigest.digest(db, schema))
        }
    }

    /// The digest of the derived rows of one generation, in whatever database they lie.
    package static func digest(_ db: Database, generation: Int) throws -> [UInt8] {
        try ProjectionDigest.digest(db, ProjectionSchema(generation: generation))
    }

    /// Folds the log up to `end` into a database of its own and gives that one's digest: what the live tables must be.
    /// - Parameters:
    ///   - end: the position after the last entry to fold: the cursor of the state to compare with.
    ///   - scratch: path of a new file.
    /// - Returns: the digest.
    /// - Throws: the store's error.
    public func rebuiltDigest(until end: Int64, scratch: String) throws -> [UInt8] {
        // Live tables behind the log may be counted by settings that they have not reached yet.
        let settings = try store.read { db in
            try Self.needsRebuild(db) ? Self.lastSettings(db, before: end) : Self.lastSettings(db)
        }
        let queue = try DatabaseQueue(path: scratch)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = OFF") }
        let schema = ProjectionSchema(generation: 1)
        let state = try queue.write { db in try Self.begin(schema, settings: settings, entries: end, db) }
        let ahead = ReadAhead(store, from: 0, until: end, batch: 2_048)
        while let entries = try ahead.next() {
            try queue.write { _ in _ = try Self.fold(entries, into: state, keepingRows: true) }
        }
        return try queue.write { db in
            try state.flush()
            return try ProjectionDigest.digest(db, schema)
        }
    }

    // MARK: In a transaction

    /// Entries up to which a rebuild makes its indexes at the end. Beyond, the transaction that makes one would keep appends
    /// waiting for longer than a sender does, and the directory of events would take too much memory.
    private static let mostEntriesSorted: Int64 = 2_000_000

    /// Creates the tables of a rebuild of a log of so many entries, and gives their state.
    private static func begin(
        _ schema: ProjectionSchema,
        settings: FoldSettings,
        entries: Int64,
        _ db: Database
    ) throws -> SQLiteState {
        let complete = entries > mostEntriesSorted
        try create(schema, settings: settings, complete: complete, db)
        return SQLiteState(db, schema: schema, hasIndexes: complete)
    }

    /// Folds entries that follow the cursor of a state, all by the settings that its first entry was folded by.
    /// - Parameters:
    ///   - entries: the entries, without a gap.
    ///   - state: where the fold stands.
    ///   - keepingRows: whether rows may stay in memory for the next transaction.
    /// - Returns: groups whose difference may have changed.
    /// - Throws: the error of SQLite, or that another rebuild has begun meanwhile.
    static func fold(
        _ entries: [ReadEntry],
        into state: SQLiteState,
        keepingRows: Bool = false
    ) throws -> Set<String> {
        guard let first = entries.first, let last = entries.last else {
            try state.flush()
            return []
        }
        try requireCursor(first.position, of: state)
        var fold = Fold(state, settings: try countedSettings(state.db, state.schema))
        for entry in entries {
            try fold.apply(entry)
            try state.note(entry)
        }
        if keepingRows { try state.flushIfLarge() } else { try state.flush() }
        try state.run("UPDATE \(state.schema.table("control")) SET cursor = ?", [last.position + 1])
        return fold.touched
    }

    /// Another rebuild begun meanwhile fills the same tables; whoever finds them elsewhere than left gives up.
    private static func requireCursor(_ position: Int64, of state: SQLiteState) throws {
        guard try cursor(state.db, state.schema) == position else { throw ProjectionError.overtaken }
    }

    static func live(_ db: Database) throws -> ProjectionSchema? {
        guard try db.tableExists("projection") else { return nil }
        return try Int.fetchOne(db, sql: "SELECT generation FROM projection").map(ProjectionSchema.init(generation:))
    }

    private static func liveVersion(_ db: Database) throws -> Int? {
        guard let schema = try live(db) else { return nil }
        return try Int.fetchOne(db, sql: "SELECT fold_version FROM \(schema.table("control"))")
    }

    static func cursor(_ db: Database) throws -> Int64 {
        guard let schema = try live(db) else { throw ProjectionError.missing }
        return try cursor(db, schema)
    }

    private static func cursor(_ db: Database, _ schema: ProjectionSchema) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT cursor FROM \(schema.table("control"))") ?? 0
    }

    /// Settings as the tables' events were counted by; of them only the org matters.
    private static func countedSettings(_ db: Database, _ schema: ProjectionSchema) throws -> FoldSettings {
        let sql = "SELECT counted_organization FROM \(schema.table("control"))"
        return FoldSettings(prefix: "", organization: try String.fetchOne(db, sql: sql), directory: nil)
    }

    /// Whether the last settings in the log are others than events were counted by: known from the tables, so that a
    /// process that dies before the rebuild leaves it to the next one.
    private static func needsRebuild(_ db: Database) throws -> Bool {
        guard let schema = try live(db) else { throw ProjectionError.missing }
        return Fold<SQLiteState>.needsRebuild(from: try countedSettings(db, schema), to: try lastSettings(db))
    }

    private static func install(_ db: Database, settings: FoldSettings) throws {
        let schema = ProjectionSchema(generation: 1)
        try db.execute(
            sql: "CREATE TABLE projection (id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER) STRICT"
        )
        try db.execute(sql: "INSERT INTO projection VALUES (1, 1)")
        try create(schema, settings: settings, db)
        try Views.create(db, reading: schema)
    }

    private static func create(
        _ schema: ProjectionSchema,
        settings: FoldSettings,
        complete: Bool = true,
        _ db: Database
    ) throws {
        try schema.create(db, complete: complete)
        try db.execute(
            sql: """
                INSERT INTO \(schema.table("control"))
                VALUES (1, ?, 0, ?, ?, ?, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, ?, NULL)
                """,
            arguments: [
                Fold<SQLiteState>.version, FoldSettings.initial.prefix, FoldSettings.initial.organization,
                FoldSettings.initial.directory, settings.organization,
            ]
        )
    }

    /// The last settings in the log: they hold for all of it.
    private static func lastSettings(_ db: Database, before end: Int64 = .max) throws -> FoldSettings {
        try settings(db, before: end) ?? .initial
    }

    private static func settings(_ db: Database, before end: Int64 = .max) throws -> FoldSettings? {
        let bodies = try Data.fetchCursor(
            db,
            sql: """
                SELECT bytes FROM entry JOIN body USING (position) WHERE kind = 'ledger.configured' AND position < ?
                ORDER BY position DESC
                """,
            arguments: [end]
        )
        // What cannot be read has no effect, here as in the fold.
        return try bodies.compactMap { try? JSONDecoder().decode(FoldSettings.self, from: $0) }.next()
    }
}

/// Why derived tables cannot be used.
public enum ProjectionError: Error, CustomStringConvertible {
    /// There are none: the ledger was never folded.
    case missing
    /// Another rebuild began while this one was under way.
    case overtaken

    /// What the operator should do.
    public var description: String {
        switch self {
        case .missing: "This ledger has no folded tables yet. Start `ledger serve`, or run `ledger replay`, once."
        case .overtaken: "Another rebuild of this ledger's tables has begun meanwhile: let it finish, then try again."
        }
    }
}
