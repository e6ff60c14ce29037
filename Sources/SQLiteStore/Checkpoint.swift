import GRDB
import GRDBSQLite

/// Moves the write-ahead log into the database file, in place of SQLite's automatic checkpoints.
///
/// Those run inside a commit, so that the append waits for them, and throw their errors away: a failed fsync of the
/// database file would pass unseen. https://www.sqlite.org/wal.html#automatic_checkpoint
enum Checkpoint {
    /// How many pages are written to the log before it is moved: SQLite's own default.
    static let pages: Int32 = 1_000

    /// Switches the automatic ones off.
    static func takeOver(_ db: Database) throws {
        _ = try Int.fetchOne(db, sql: "PRAGMA wal_autocheckpoint = 0")
    }

    /// Checkpoints if enough pages were written since the last time.
    ///
    /// Never waits for readers: what they still need stays in the log until the next time.
    /// - Parameter db: the writer, outside a transaction.
    /// - Throws: the error of SQLite, in particular that of a failed fsync.
    static func runIfDue(_ db: Database) throws {
        guard pagesWritten(db, startAgain: false) >= pages else { return }
        _ = pagesWritten(db, startAgain: true)
        _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// https://www.sqlite.org/c3ref/c_dbstatus_options.html#sqlitedbstatuscachewrite
    private static func pagesWritten(_ db: Database, startAgain: Bool) -> Int32 {
        var current: Int32 = 0
        var highest: Int32 = 0
        let reset: Int32 = startAgain ? 1 : 0
        unsafe sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, reset)
        return current
    }
}
