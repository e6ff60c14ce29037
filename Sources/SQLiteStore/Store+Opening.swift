import GRDB

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
            try Schema.migrate(pool, from: found.schema)
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
