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

    private init(path: String, pool: DatabasePool, writing: WriterSettings?) {
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

    private struct WriterSettings {
        let lock: WriterLock
        let limits: AppendLimits
        let clock: @Sendable () -> Int64
        let salt: @Sendable () -> [UInt8]
    }
}

extension Store {
    /// Opens a ledger for the writing process.
    /// - Parameters:
    ///   - path: the database.
    ///   - mode: whether to create one where there is none.
    ///   - lock: the lock of this database if it was waited for; taken here if `nil`. The store releases it at `close`.
    ///   - limits: how much to gather and to let wait.
    ///   - clock: microseconds since 1970 UTC.
    ///   - salt: 16 bytes that nobody can guess, fresh at every call.
    /// - Returns: the store.
    /// - Throws: why it cannot be opened; nothing was changed then.
    public static func open(
        _ path: String,
        mode: Mode,
        lock: WriterLock? = nil,
        limits: AppendLimits = AppendLimits(),
        clock: @escaping @Sendable () -> Int64 = SystemSource.microseconds,
        salt: @escaping @Sendable () -> [UInt8] = SystemSource.salt
    ) throws(OpenError) -> Store {
        let location = try DatabasePath(path)
        let path = location.text
        // Once before the lock, so that a wrong path gets no lock file beside it, and once under it.
        try requireOpenable(Inspection(path: path), mode, path)
        let lock = if let lock { lock } else { try WriterLock(database: path) }
        guard lock.database == path else { throw .failed(path: path, detail: "the lock is for \(lock.database)") }
        let found = try Inspection(path: path)
        try requireOpenable(found, mode, path)
        if found == .absent { try location.createFile() }
        do {
            let pool = try DatabasePool(path: path, configuration: Connection.configuration(readonly: false))
            try Connection.makeCommitsDurable(pool)
            if case .ledger(let schema) = found {
                try Schema.migrate(pool, from: schema)
            } else {
                try Schema.migrate(pool, from: 0)
            }
            let settings = WriterSettings(lock: lock, limits: limits, clock: clock, salt: salt)
            return Store(path: path, pool: pool, writing: settings)
        } catch {
            throw OpenError(error, path: path)
        }
    }

    /// Opens a ledger for a process that only reads, whether or not another one writes it.
    /// - Parameter path: the database.
    /// - Returns: the store; `append` and `write` fail with `.closed`.
    /// - Throws: why it cannot be opened.
    public static func openReadOnly(_ path: String) throws(OpenError) -> Store {
        let path = try DatabasePath(path).text
        let found = try Inspection(path: path)
        try requireOpenable(found, .existing, path)
        if case .ledger(let schema) = found, schema < Schema.current {
            throw .older(path: path, schema: schema, supported: Schema.current)
        }
        do {
            let pool = try DatabasePool(path: path, configuration: Connection.configuration(readonly: true))
            return Store(path: path, pool: pool, writing: nil)
        } catch {
            throw OpenError(error, path: path)
        }
    }

    private static func requireOpenable(_ found: Inspection, _ mode: Mode, _ path: String) throws(OpenError) {
        guard mode == .existing else { return }
        switch found {
        case .absent: throw .missing(path: path)
        case .blank: throw .notALedger(path: path, reason: "it is empty")
        case .ledger: return
        }
    }
}

extension Store {
    /// Answers every append that was accepted, refuses later ones with `.closed`, closes the file, releases the lock.
    public func close() {
        signal.finish()
        health.end()
        if case .writer(let role) = role { role.writer.close() }
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
