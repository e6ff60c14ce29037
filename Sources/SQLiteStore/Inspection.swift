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

    init(path: String) throws(OpenError) {
        guard try Self.looksLikeSQLite(path) else {
            self = FileManager.default.fileExists(atPath: path) ? .blank : .absent
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
            let queue = try DatabaseQueue(path: path, configuration: Connection.configuration(readonly: true))
            defer { try? queue.close() }
            (applicationID, version, objects) = try queue.read { db in
                (
                    try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
                    try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                )
            }
        }
    }

    /// Whether there is a file that is not empty; throws if it does not begin like an SQLite database.
    /// https://www.sqlite.org/fileformat.html#magic_header_string
    private static func looksLikeSQLite(_ path: String) throws(OpenError) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw OpenError(errno: errno, path: path)
        }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: 16)
        let count = unsafe header.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw OpenError(errno: errno, path: path) }
        if count == 0 { return false }
        guard header == Array("SQLite format 3\0".utf8) else {
            throw .notALedger(path: path, reason: "no SQLite database")
        }
        return true
    }
}
