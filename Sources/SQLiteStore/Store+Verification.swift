import Foundation
import GRDB
public import Ledger

extension Store: StoredEntrySource {
    /// See `StoredEntrySource`. A page holds about 8 MiB of bodies at most, unless a single body is larger.
    public func storedEntries(from position: Int64, limit: Int) throws -> [StoredEntry] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT position, kind, recorded_at, key, format, body_length, body_digest, leaf_hash, salt, bytes
                    FROM entry LEFT JOIN body USING (position) WHERE position >= ? ORDER BY position LIMIT ?
                    """
            )
            let rows = try Row.fetchCursor(statement, arguments: [position, limit])
            var entries: [StoredEntry] = []
            var bytes = 0
            while bytes < Self.pageBytes, let row = try rows.next() {
                let entry = try Self.storedEntry(row)
                bytes += entry.body?.count ?? 0
                entries.append(entry)
            }
            return entries
        }
    }

    private static func storedEntry(_ row: Row) throws -> StoredEntry {
        func bytes(_ index: Int) throws -> [UInt8]? {
            try row.withUnsafeData(atIndex: index) { $0.map(Array.init) }
        }
        return StoredEntry(
            position: row[0],
            kind: row[1],
            recordedAt: row[2],
            key: row[3],
            format: row[4],
            bodyLength: row[5],
            bodyDigest: try bytes(6) ?? [],
            leafHash: try bytes(7) ?? [],
            salt: try bytes(8),
            body: row.hasNull(atIndex: 9) ? nil : try bytes(9) ?? []
        )
    }

    /// What a check of the file finds that rows alone do not show: damaged pages, a guard of the append-only tables that
    /// is missing or altered, a key that stands twice, a body without an entry. Reads the whole file.
    /// - Returns: one sentence for each problem, at most 100; empty if all is well.
    /// - Throws: the error of SQLite.
    public func structuralProblems() throws -> [String] {
        let expected = try Schema.truthObjects()
        return try read { db in
            let integrity = try String.fetchAll(db, sql: "PRAGMA integrity_check(50)").filter { $0 != "ok" }
            let found = try Schema.objects(of: db)
            let guards = expected.filter { found[$0.key] != $0.value }.keys.sorted()
            let repeated = try String.fetchAll(
                db,
                sql: """
                    SELECT kind || ' ' || key FROM entry NOT INDEXED WHERE key NOTNULL
                    GROUP BY kind, key HAVING count(*) > 1 LIMIT 20
                    """
            )
            let orphans = try Int64.fetchAll(
                db,
                sql: "SELECT position FROM body WHERE position NOT IN (SELECT position FROM entry) LIMIT 20"
            )
            return integrity
                + guards.map { "\($0) is missing or is not as it was made" }
                + repeated.map { "the key \($0) stands more than once" }
                + orphans.map { "the body at \($0) has no entry" }
        }
    }
}

extension Schema {
    /// The definitions of the tables of truth and their guards, by name, as SQLite keeps them.
    static func truthObjects() throws -> [String: String] {
        let queue = try DatabaseQueue()
        return try queue.write { db in
            try db.execute(sql: truth)
            return try objects(of: db)
        }
    }

    static func objects(of db: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_schema WHERE sql NOTNULL")
        return Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
    }
}
