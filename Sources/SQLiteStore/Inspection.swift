import Foundation
import GRDB

/// A look at a database file that changes nothing, before GRDB's pool opens it and writes.
enum Inspection: Hashable {
    /// There is no file.
    case absent
    /// An empty file or an empty database: what a process leaves that was killed while it created a ledger.
    case blank
    /// A ledger of this schema, not newer than this program.
    case ledger(schema: Int)

    /// How many steps of the schema are done.
    var schema: Int {
        if case .ledger(let schema) = self { schema } else { 0 }
    }

    init(path: String) throws(OpenError) {
        // Never through a descriptor of our own: closing one drops the locks that this process has on the file.
        // https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
        guard let size = try Self.size(path) else {
            self = .absent
            return
        }
        guard size > 0 else {
            self = .blank
            return
        }
        let facts: Facts
        do {
            facts = try Facts(path: path)
        } catch {
            throw OpenError(error, path: path)
        }
        if facts.applicationID == Schema.applicationID, facts.version >= 1 {
            guard facts.version <= Schema.current else {
                throw .newer(path: path, schema: facts.version, supported: Schema.current)
            }
            self = .ledger(schema: facts.version)
        } else {
            guard facts.objects == 0, facts.applicationID == 0, facts.version == 0 else {
                throw .notALedger(path: path, reason: "application_id \(facts.applicationID)")
            }
            self = .blank
        }
    }

    private struct Facts {
        let applicationID: Int32
        let version: Int
        let objects: Int

        init(path: String) throws {
            let queue = try DatabaseQueue(
                path: Self.location(path),
                configuration: Connection.configuration(readonly: true)
            )
            defer { try? queue.close() }
            (applicationID, version, objects) = try queue.read { db in
                (
                    try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
                    try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                )
            }
        }

        /// Without a write-ahead log nobody is writing, and SQLite need not put one, and its index, beside a file that may
        /// not even be ours. https://www.sqlite.org/uri.html#uriimmutable
        private static func location(_ path: String) throws -> String {
            guard try (Inspection.size(path + "-wal") ?? 0) == 0, path.utf8.allSatisfy(isPlain) else { return path }
            return "file:\(path)?immutable=1"
        }

        /// Whether a byte stands for itself in a URI path.
        private static func isPlain(_ byte: UInt8) -> Bool {
            byte > 0x20 && byte < 0x7f && ![UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains(byte)
        }
    }

    /// The number of bytes of a file, `nil` if there is none.
    private static func size(_ path: String) throws(OpenError) -> Int64? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            if errno == ENOENT { return nil }
            throw OpenError(errno: errno, path: path)
        }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .notALedger(path: path, reason: "it is not a file") }
        return Int64(facts.st_size)
    }
}
