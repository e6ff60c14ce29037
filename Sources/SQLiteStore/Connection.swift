import CSQLiteExtras
import GRDB

/// How every connection to a ledger is set up.
enum Connection {
    /// How long a writer waits for another program's lock before it gives up.
    static let busyTimeoutSeconds = 5.0

    static func configuration(readonly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.busyMode = .timeout(busyTimeoutSeconds)
        configuration.label = "ledger"
        configuration.prepareDatabase { db in try prepare(db) }
        return configuration
    }

    /// Functions in a planted view or trigger stay harmless (trusted_schema), a page is checked before it is trusted
    /// (cell_size_check), and reads go through read(2): SQLite's WAL-reset bug does worse damage through a memory map.
    private static func prepare(_ db: Database) throws {
        try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON")
        // Debian's SQLite overwrites whatever is deleted, which would write every page of a dropped table once more.
        _ = try Int.fetchOne(db, sql: "PRAGMA secure_delete = FAST")
        let code = unsafe ledger_sqlite_enable_defensive(db.sqliteConnection)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    /// Whether plain SQL on this connection is kept from corrupting the file.
    static func isDefensive(_ db: Database) -> Bool {
        var enabled: Int32 = 0
        let code = unsafe ledger_sqlite_read_defensive(db.sqliteConnection, &enabled)
        return code == SQLITE_OK && enabled == 1
    }

    /// Makes each commit wait for its fsync, and proves it; makes checkpoints ours.
    ///
    /// Must run after the pool has opened: GRDB sets `synchronous` to NORMAL when it switches to WAL, which loses
    /// acknowledged commits at a power loss. https://www.sqlite.org/pragma.html#pragma_synchronous
    /// - Parameter writer: the pool.
    /// - Throws: the error of SQLite, or a plain one if the setting does not read back as 2 (FULL).
    static func makeCommitsDurable(_ writer: some DatabaseWriter) throws {
        try writer.writeWithoutTransaction { db in
            try Checkpoint.takeOver(db)
            // 16 MiB instead of 2: each event goes to some five places of trees that are far larger.
            try db.execute(sql: "PRAGMA cache_size = -16384")
            try db.execute(sql: "PRAGMA synchronous = FULL")
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "synchronous is not FULL")
            }
        }
    }
}
