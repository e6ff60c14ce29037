import GRDB
import Ledger
import SQLiteStore
import Testing

struct AppendOnlyTests {
    private static let digest = "zeroblob(32)"

    private static func entry(_ verb: String, _ position: String, key: String, recordedAt: Int64 = 9_000) -> String {
        "\(verb) INTO entry VALUES (\(position), 'okta.delivery', \(recordedAt), \(key), 1, 0, \(digest), \(digest))"
    }

    static let attempts = [
        "UPDATE entry SET recorded_at = 9000",
        "UPDATE entry SET position = 7 WHERE position = 1",
        "UPDATE OR REPLACE entry SET position = 0 WHERE position = 1",
        "UPDATE OR IGNORE entry SET kind = 'x'",
        "UPDATE body SET bytes = x'00'",
        "UPDATE OR REPLACE body SET position = 0 WHERE position = 1",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE position = 1",
        "DELETE FROM body",
        entry("INSERT OR REPLACE", "0", key: "'other'"),
        entry("REPLACE", "1", key: "'other'"),
        entry("INSERT OR REPLACE", "2", key: "'a'"),
        entry("REPLACE", "2", key: "'b'"),
        entry("INSERT OR IGNORE", "2", key: "'a'"),
        entry("INSERT", "0", key: "'other'"),
        entry("INSERT", "2", key: "'b'"),
        entry("INSERT", "3", key: "'gap'"),
        entry("INSERT", "NULL", key: "'automatic'"),
        entry("INSERT", "2", key: "'early'", recordedAt: 999),
        entry("INSERT", "2", key: "'bad key'"),
        entry("INSERT", "2", key: "''"),
        entry("INSERT", "0", key: "'a'") + " ON CONFLICT DO UPDATE SET recorded_at = 9000",
        "INSERT OR REPLACE INTO body VALUES (0, zeroblob(16), x'00')",
        "REPLACE INTO body VALUES (1, zeroblob(16), x'00')",
        "INSERT INTO body VALUES (2, zeroblob(16), x'00')",
        "INSERT INTO body VALUES (NULL, zeroblob(16), x'00')",
        "PRAGMA recursive_triggers = OFF; " + entry("REPLACE", "1", key: "'b'"),
    ]

    @Test(arguments: attempts)
    func `the plain shell cannot change what is in the log`(sql: String) async throws {
        let place = try Workplace()
        let store = try place.open(clock: { 1_000 })
        defer { store.close() }
        _ = try await store.append(.delivery("a", "one"))
        _ = try await store.append(.delivery("b", "two"))
        let before = try store.storedEntries(from: 0, limit: 10)

        let result = try place.shell(sql)
        #expect(result.status != 0)
        #expect(result.text.contains("append-only") || result.text.contains("CHECK constraint"), "\(result.text)")
        #expect(try store.storedEntries(from: 0, limit: 10) == before)
        try expectWholeLog(store, entries: 2)
    }

    @Test(arguments: attempts)
    func `our own connection cannot change what is in the log`(sql: String) async throws {
        let place = try Workplace()
        let store = try place.open(clock: { 1_000 })
        defer { store.close() }
        _ = try await store.append(.delivery("a", "one"))
        _ = try await store.append(.delivery("b", "two"))
        #expect(throws: (any Error).self) { try store.write { db in try db.execute(sql: sql) } }
        #expect(store.failure == nil)
        try expectWholeLog(store, entries: 2)
    }

    @Test func `a guard that somebody dropped is noticed`() async throws {
        let place = try Workplace()
        let store = try place.open()
        defer { store.close() }
        #expect(try place.shell("DROP TRIGGER entry_never_goes").status == 0)
        #expect(try store.structuralProblems() == ["entry_never_goes is missing or is not as it was made"])
    }

    @Test func `a body that somebody altered with all guards off is noticed`() async throws {
        let place = try Workplace()
        let store = try place.open()
        defer { store.close() }
        _ = try await store.append(.delivery("a", "one"))
        #expect(try place.shell("DROP TRIGGER body_never_changes; UPDATE body SET bytes = x'6f6e66'").status == 0)
        #expect(try Verifier.verify(store).findings == [.init(position: 0, problem: .bodyDigest)])
    }
}
