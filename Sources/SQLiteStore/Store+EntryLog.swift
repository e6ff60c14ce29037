import Foundation
import GRDB
public import Ledger

extension Store: EntryLog {
    /// The greatest number of bytes of bodies that one read gives, unless a single body is larger.
    static let pageBytes = 8 << 20

    private static let selectEntries = """
        SELECT e.position, e.kind, e.recorded_at, e.key, b.bytes FROM entry e JOIN body b USING (position)
        """

    /// See `EntryLog`. Fails with `.closed` on a store that only reads.
    public func append(_ entry: NewEntry) async throws(AppendError) -> Appended {
        guard case .writer(let role) = role else { throw .closed }
        // The digest is computed here, in the caller's task: the queue only does what needs the place in the log.
        return try await role.writer.append(SealedEntry(entry, salt: role.salt()))
    }

    /// See `EntryLog`. A page holds about 8 MiB of bodies at most, unless a single body is larger.
    public func entries(from position: Int64, limit: Int) throws -> [Entry] {
        try read { db in try Self.entries(db, from: position, limit: limit) }
    }

    /// The same in a transaction that is open already.
    static func entries(_ db: Database, from position: Int64, limit: Int) throws -> [Entry] {
        let statement = try db.cachedStatement(
            sql: selectEntries + " WHERE e.position >= ? ORDER BY e.position LIMIT ?"
        )
        let rows = try Row.fetchCursor(statement, arguments: [position, limit])
        var entries: [Entry] = []
        var bytes = 0
        while bytes < pageBytes, let row = try rows.next() {
            let entry = try Self.entry(row)
            bytes += entry.body.count
            entries.append(entry)
        }
        return entries
    }

    /// See `EntryLog`.
    public func entry(at position: Int64) throws -> Entry? {
        try read { db in
            let statement = try db.cachedStatement(sql: Self.selectEntries + " WHERE e.position = ?")
            return try Row.fetchOne(statement, arguments: [position]).map(Self.entry)
        }
    }

    /// See `EntryLog`.
    public func entry(kind: Kind, key: EntryKey) throws -> Entry? {
        try read { db in
            let statement = try db.cachedStatement(sql: Self.selectEntries + " WHERE e.kind = ? AND e.key = ?")
            return try Row.fetchOne(statement, arguments: [kind.rawValue, key.text]).map(Self.entry)
        }
    }

    /// See `EntryLog`.
    public func count() throws -> Int64 {
        try read { db in try Int64.fetchOne(db, sql: "SELECT coalesce(max(position) + 1, 0) FROM entry") ?? 0 }
    }

    private static func entry(_ row: Row) throws -> Entry {
        guard let kind = Kind(rawValue: row[1]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "an entry has a kind that is not allowed")
        }
        let key: String? = row[3]
        return Entry(
            position: row[0],
            kind: kind,
            recordedAt: row[2],
            key: key.flatMap(EntryKey.init(stored:)),
            body: try row.withUnsafeData(atIndex: 4) { Array($0 ?? Data()) }
        )
    }
}
