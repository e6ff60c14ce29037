import Foundation
import GRDB

extension OpenError {
    /// The open error that an error of SQLite amounts to.
    init(_ error: any Error, path: String) {
        guard let error = error as? DatabaseError else {
            self = .failed(path: path, detail: "\(error)")
            return
        }
        let detail = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_NOTADB: self = .notALedger(path: path, reason: "no SQLite database")
        case .SQLITE_CORRUPT: self = .corrupt(path: path, detail: detail)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            self = .permission(path: path, detail: detail)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path, holder: "another SQLite program")
        case .SQLITE_FULL: self = .full(path: path)
        default: self = .failed(path: path, detail: detail)
        }
    }

    /// The open error that an error number of the operating system amounts to.
    init(errno code: Int32, path: String) {
        let detail = unsafe String(cString: strerror(code))
        switch code {
        case ENOENT, ENOTDIR: self = .missing(path: path)
        case EACCES, EPERM, EROFS, EISDIR, ELOOP: self = .permission(path: path, detail: detail)
        case ENOSPC, EDQUOT: self = .full(path: path)
        default: self = .failed(path: path, detail: detail)
        }
    }
}
