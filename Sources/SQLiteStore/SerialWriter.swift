import GRDB
import Ledger

/// The one way to the writing connection, for appends and for projections alike.
///
/// Looks at the store's health and notes a failure of the disk while it holds the connection, so that no transaction can
/// slip in between a failed fsync and the moment when everybody knows of it.
struct SerialWriter: Sendable {
    let pool: DatabasePool
    let health: Health

    /// Runs one immediate transaction. Blocks.
    /// - Parameter work: what to write; rolled back if it throws.
    /// - Returns: what `work` returns, durable.
    /// - Throws: what `work` throws, the error of SQLite, or `AppendError.broken`.
    func transaction<Value>(_ work: (Database) throws -> Value) throws -> Value {
        try guarded { db in
            var value: Value?
            try db.inTransaction(.immediate) {
                value = try work(db)
                return .commit
            }
            guard let value else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
            return value
        }
    }

    /// Moves the write-ahead log on if it has grown.
    ///
    /// A full disk or a busy file leaves everything in the log, where it is durable: the next one tries again.
    func checkpointIfDue() {
        try? guarded(Checkpoint.runIfDue)
    }

    private func guarded<Value>(_ work: (Database) throws -> Value) throws -> Value {
        try pool.writeWithoutTransaction { db in
            guard health.failure == nil else { throw AppendError.broken }
            do {
                return try work(db)
            } catch {
                health.noteIfDiskIsAtFault(error)
                throw error
            }
        }
    }
}
