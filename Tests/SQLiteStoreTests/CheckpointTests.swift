import Foundation
import GRDB
import Ledger
import SQLiteStore
import Testing

struct CheckpointTests {
    @Test func `the write-ahead log is moved on and stays small`() async throws {
        let place = try Workplace()
        let store = try place.open()
        defer { store.close() }
        let body = String(repeating: "y", count: 100_000)
        for number in 0..<200 { _ = try await store.append(.delivery("\(number)", body)) }
        for round in 0..<200 {
            try store.write { db in
                try db.execute(sql: "CREATE TABLE t\(round) AS SELECT zeroblob(100000)")
            }
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: place.database + "-wal")
        let bytes = try #require((attributes[.size] as? NSNumber)?.intValue)
        #expect(bytes < 6_000_000, "40 MB went through it")
        try expectWholeLog(store, entries: 200)
    }
}
