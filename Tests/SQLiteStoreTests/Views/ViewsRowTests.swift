import GRDB
import Testing

@testable import SQLiteStore

struct ViewsRowTests {
    @Test func dump() async throws {
        let ledger = try ViewsLedger()
        try await ViewsStory.tell(to: ledger)
        for view in ["delivery", "event", "membership", "membership_history", "attempt", "attempt_change", "pending", "listening", "audit_trail"] {
            print("==== \(view)")
            let start = ContinuousClock.now
            let rows = try ledger.rows("SELECT * FROM \(view)")
            print(rows.first.map { Array($0.columnNames).joined(separator: ",") } ?? "none", ContinuousClock.now - start)
            for row in try ledger.texts("SELECT * FROM \(view)") { print(row.prefix(300)) }
        }
    }
}
