import GRDB
import Ledger
import Synchronization

/// An I/O error, a failed fsync, or corruption: what is on the disk is not known any more, so the process must end.
public struct StoreFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// SQLite's extended result code, for example 1034 for SQLITE_IOERR_FSYNC (https://www.sqlite.org/rescode.html);
    /// 0 for an error that is not SQLite's.
    public let code: Int32
    /// What SQLite says about it.
    public let message: String

    /// One sentence that says what to do.
    public var description: String {
        "Writing the ledger failed (SQLite error \(code): \(message)), nothing more is acknowledged: check the disk."
    }
}

/// Whether the store may still acknowledge anything; once broken it stays so.
final class Health: Sendable {
    private let first = Mutex<StoreFailure?>(nil)
    private let continuation: AsyncStream<StoreFailure>.Continuation
    /// Gives the failure that broke the store, once.
    let failures: AsyncStream<StoreFailure>

    init() {
        (failures, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// What broke the store, if something did.
    var failure: StoreFailure? { first.withLock { $0 } }

    /// Sorts an error of a write into its class, and remembers the store as broken if it is of that class.
    ///
    /// Whatever is not known to have left the file as it was counts as broken: stopping too often is safe, going on
    /// after a lost write is not.
    func note(_ error: any Error) -> AppendError {
        guard let error = error as? DatabaseError else { return broke(code: 0, message: "\(error)") }
        switch error.resultCode {
        case .SQLITE_FULL: return .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .overloaded
        default:
            return broke(code: error.extendedResultCode.rawValue, message: error.message ?? "")
        }
    }

    /// Whether an error of a reader's or a projection's own making says that the file or the disk is at fault.
    func noteIfDiskIsAtFault(_ error: any Error) {
        guard let code = (error as? DatabaseError)?.resultCode else { return }
        if [.SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB].contains(code) { _ = note(error) }
    }

    func end() { continuation.finish() }

    private func broke(code: Int32, message: String) -> AppendError {
        let failure = StoreFailure(code: code, message: message)
        first.withLock { if $0 == nil { $0 = failure } }
        continuation.yield(failure)
        continuation.finish()
        return .broken
    }
}
