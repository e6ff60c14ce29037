import Ledger
import Projector
import Testing

@testable import SQLiteStore

/// The view `gap` says what the fold's own reading says.
struct ViewsGapTests {
    @Test func `the view and the program name the same gaps`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = Seeded(state: seed)
        let ledger = try ViewsLedger()
        #expect(try ledger.texts("SELECT * FROM gap").isEmpty)
        for step in 0..<60 {
            try ledger.clock("2026-08-01T\(10 + step / 6):\(step % 6)0:00Z")
            let from = 1_785_578_400_000_000 + Int64.random(in: -20...20, using: &random) * 600_000_000
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                try await ledger.note(.ledgerStarted, StartedBody(version: "1", schema: 1, listening: true))
            case 1: try await ledger.note(.ledgerStopped, StoppedBody(version: "1", tallies: [:]))
            default:
                let until = from + Int64.random(in: 0...6, using: &random) * 600_000_000
                let body = CursorBody(
                    run: "r",
                    from: from,
                    until: until,
                    overlap: 60_000_000,
                    clockOffset: 0,
                    next: nil,
                    counts: CursorBody.Counts()
                )
                try await ledger.note(.oktaCursor, body)
            }
            try ledger.fold()
            let coverage = try ledger.projection.coverage()
            let expected = coverage.gaps.map { "\($0.from) \($0.until.map(String.init) ?? "-")" }
            #expect(try ledger.texts("SELECT from_at, until_at FROM gap") == expected, "seed \(seed), step \(step)")
        }
        try ledger.projection.rebuild()
        let gaps = try ledger.projection.coverage().gaps
        #expect(try ledger.texts("SELECT count(*) FROM gap") == ["\(gaps.count)"], "seed \(seed)")
    }
}
