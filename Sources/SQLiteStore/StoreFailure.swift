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

    /// Remembers the store as broken if an error says that the disk or the file is at fault: what is there is then
    /// not known any more.
    func noteIfDiskIsAtFault(_ error: any Error) {
        guard let error = error as? DatabaseError else { return }
        switch error.resultCode {
        case .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB: broke(error)
        default: return
        }
    }

    /// Sorts an error of an append into its class.
    ///
    /// Whatever is not known to have left the file as it was counts as broken: stopping too often is safe, going on
    /// after a lost write is not.
    func classify(_ error: any Error) -> AppendError {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_FULL: return .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .overloaded
        default:
            broke(error)
            return .broken
        }
    }

    func end() { continuation.finish() }

    private func broke(_ error: any Error) {
        let found = error as? DatabaseError
        let failure = StoreFailure(
            code: found?.extendedResultCode.rawValue ?? 0,
            message: found.map { $0.message ?? "" } ?? "\(error)"
        )
        let isFirst = first.withLock { first in
            guard first == nil else { return false }
            first = failure
            return true
        }
        guard isFirst else { return }
        continuation.yield(failure)
        continuation.finish()
    }
}
