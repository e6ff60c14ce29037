public import GRDB
import Ledger

/// A ledger in one SQLite file.
///
/// One process opens it for writing and holds its lock; any number may open it for reading meanwhile.
public final class Store: Sendable {
    /// What to do when there is no file.
    public enum Mode: Hashable, Sendable {
        /// Create a ledger, readable and writable for its owner alone.
        case create
        /// Fail with `OpenError.missing`.
        case existing
    }

    /// The schema that this program writes and reads.
    public static var schemaVersion: Int { Schema.current }

    /// The path of the database with all links resolved.
    public let path: String

    /// Gives the position of the newest entry after a commit that stored something. Coalesced: a slow reader sees only the
    /// latest. For one consumer; ends when the store is closed.
    public let appended: AsyncStream<Int64>

    let pool: DatabasePool
    let health: Health
    let role: Role
    private let signal: AsyncStream<Int64>.Continuation

    /// Everything that only the writing process has.
    struct WriterRole {
        let serial: SerialWriter
        let writer: GroupCommitWriter
        let lock: WriterLock
        let salt: @Sendable () -> [UInt8]
    }

    enum Role {
        case writer(WriterRole)
        case reader
    }

    init(path: String, pool: DatabasePool, writing: WriterSettings?) {
        self.path = path
        self.pool = pool
        let health = Health()
        let (appended, signal) = AsyncStream.makeStream(of: Int64.self, bufferingPolicy: .bufferingNewest(1))
        self.health = health
        self.appended = appended
        self.signal = signal
        if let writing {
            let serial = SerialWriter(pool: pool, health: health)
            let writer = GroupCommitWriter(
                writer: serial,
                limits: writing.limits,
                clock: writing.clock,
                onAppended: { signal.yield($0) }
            )
            role = .writer(WriterRole(serial: serial, writer: writer, lock: writing.lock, salt: writing.salt))
        } else {
            role = .reader
        }
    }

    deinit { close() }

    /// What `open` hands over to the writing role.
    struct WriterSettings {
        let lock: WriterLock
        let limits: AppendLimits
        let clock: @Sendable () -> Int64
        let salt: @Sendable () -> [UInt8]
    }
}

extension Store {
    /// Answers every append that was accepted, refuses later ones with `.closed`, closes the file, releases the lock.
    public func close() {
        if case .writer(let role) = role { role.writer.close() }
        signal.finish()
        health.end()
        // So that the one file holds everything. Where a reader keeps the log in use, the next start moves it.
        if case .writer = role, health.failure == nil {
            try? pool.writeWithoutTransaction { db in _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        }
        // Fails only while a statement is in use elsewhere; the connections then close when it is done.
        try? pool.close()
        if case .writer(let role) = role { role.lock.release() }
    }

    /// Gives what broke the store, once, when it happens: the process must then exit with status 3. For one consumer; ends
    /// when the store is closed.
    public var failures: AsyncStream<StoreFailure> { health.failures }

    /// What broke the store, if something did.
    public var failure: StoreFailure? { health.failure }

    /// What was appended since the store was opened.
    public var tally: AppendTally {
        if case .writer(let role) = role { role.writer.tally } else { AppendTally() }
    }

    /// Reads one consistent snapshot. Blocks, and must be short: a long read keeps the write-ahead log from being reused.
    /// - Parameter work: what to read.
    /// - Returns: what `work` returns.
    /// - Throws: what `work` throws, or the error of SQLite.
    public func read<Value>(_ work: (Database) throws -> Value) throws -> Value {
        do {
            return try pool.read(work)
        } catch {
            health.noteIfDiskIsAtFault(error)
            throw error
        }
    }

    /// Runs one short transaction on derived tables. Blocks; appends wait meanwhile.
    /// - Parameter work: what to write; rolled back if it throws.
    /// - Returns: what `work` returns, durable.
    /// - Throws: what `work` throws, the error of SQLite, or an `AppendError` for a store that is broken or only reads.
    public func write<Value>(_ work: (Database) throws -> Value) throws -> Value {
        guard case .writer(let role) = role, !role.writer.isClosed else { throw AppendError.closed }
        let value = try role.serial.transaction(work)
        role.serial.checkpointIfDue()
        return value
    }
}
