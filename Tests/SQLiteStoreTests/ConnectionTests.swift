import CSQLiteExtras
import Foundation
import GRDB
import SQLiteStore
import Testing

struct ConnectionTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func settings(_ db: Database) throws -> [String: String] {
        var defensive: Int32 = -1
        #expect(ledger_sqlite_read_defensive(db.sqliteConnection, &defensive) == SQLITE_OK)
        var found = ["defensive": "\(defensive)"]
        for name in ["synchronous", "journal_mode", "mmap_size", "trusted_schema", "foreign_keys"] {
            found[name] = try String.fetchOne(db, sql: "PRAGMA \(name)")
        }
        return found
    }

    @Test func `every commit waits for its fsync, also after the store is opened again`() throws {
        for _ in 0..<3 {
            let store = try place.open()
            defer { store.close() }
            let found = try store.write(settings)
            #expect(found["synchronous"] == "2")
            #expect(found["journal_mode"] == "wal")
        }
    }

    @Test func `every connection is defensive, trusts no schema and maps no memory`() throws {
        let store = try place.open()
        defer { store.close() }
        let reader = try Store.openReadOnly(place.database)
        defer { reader.close() }
        for found in [try store.write(settings), try store.read(settings), try reader.read(settings)] {
            #expect(found["defensive"] == "1")
            #expect(found["mmap_size"] == "0")
            #expect(found["trusted_schema"] == "0")
            #expect(found["foreign_keys"] == "1")
        }
    }

    @Test func `the files of a ledger are for their owner alone`() async throws {
        let store = try place.open()
        defer { store.close() }
        _ = try await store.append(.delivery("a", "x"))
        for suffix in ["", "-wal", "-shm", "-lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: place.database + suffix)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(suffix)")
        }
    }

    @Test func `the file says what it is and which schema it has`() throws {
        try place.open().close()
        let answer = try place.shell("PRAGMA application_id; PRAGMA user_version; PRAGMA journal_mode")
        #expect(answer.text.hasPrefix("1279543122\n1\nwal\n"))
    }

    @Test func `a reader sees what the writer committed and can write nothing`() async throws {
        let store = try place.open()
        defer { store.close() }
        let reader = try Store.openReadOnly(place.database)
        defer { reader.close() }
        _ = try await store.append(.delivery("a", "x"))
        #expect(try reader.count() == 1)
        await #expect(throws: (any Error).self) { try await reader.append(.delivery("b", "x")) }
        #expect(throws: (any Error).self) { try reader.write { _ in } }
        #expect(throws: (any Error).self) { try reader.read { db in try db.execute(sql: "CREATE TABLE t (x)") } }
    }
}
