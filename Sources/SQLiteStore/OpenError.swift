/// Why a ledger cannot be opened. Nothing was changed.
public enum OpenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such file, and creating one was not asked for.
    case missing(path: String)
    /// The file is something else.
    case notALedger(path: String, reason: String)
    /// A newer program has written it.
    case newer(path: String, schema: Int, supported: Int)
    /// It has an older schema, which only the writing process may change.
    case older(path: String, schema: Int, supported: Int)
    /// SQLite finds its content damaged.
    case corrupt(path: String, detail: String)
    /// Another process writes it; `holder` is that process's own description of itself.
    case locked(path: String, holder: String)
    /// It lies on a file system whose locks and syncs cannot be relied on.
    case networkFileSystem(path: String, type: String)
    /// The operating system does not allow it.
    case permission(path: String, detail: String)
    /// The disk is full.
    case full(path: String)
    /// Anything else that SQLite or the operating system reports.
    case failed(path: String, detail: String)

    /// One sentence that says what is wrong and what to do.
    public var description: String {
        switch self {
        case .missing(let path):
            "There is no ledger at \(path): check the path and its folder, or start the service once to create it."
        case .notALedger(let path, let reason):
            "\(path) is not a ledger (\(reason)): name another path, it was left as it is."
        case .newer(let path, let schema, let supported):
            "\(path) has schema \(schema) and this program knows up to \(supported): use the newer version of ledger."
        case .older(let path, let schema, let supported):
            "\(path) has schema \(schema) and this program reads \(supported): start the service once to bring it up."
        case .corrupt(let path, let detail):
            "\(path) is damaged (\(detail)): keep this file for inspection and restore the latest backup."
        case .locked(let path, let holder):
            "\(path) is being written by \(holder): stop that process, or wait for it with --wait-for-lock."
        case .networkFileSystem(let path, let type):
            "\(path) is on a network file system (\(type)), where commits are not safe: move it to a local disk."
        case .permission(let path, let detail):
            "\(path) cannot be opened (\(detail)): give this user read and write access to the file and its folder."
        case .full(let path):
            "There is no space left to open \(path): free some space and start again."
        case .failed(let path, let detail):
            "\(path) cannot be opened (\(detail)): check the disk and the system's log."
        }
    }
}
