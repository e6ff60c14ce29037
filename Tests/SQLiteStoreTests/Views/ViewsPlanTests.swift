import GRDB
import Ledger
import Testing

@testable import SQLiteStore

/// Views answer questions about one user or one group by index, and never fail.
struct ViewsPlanTests {
    @Test(
        arguments: [
            ("membership", "user_id = 'u'"), ("membership", "group_id = 'g'"),
            ("membership", "group_id = 'g' AND user_id = 'u'"),
            ("membership_history", "user_id = 'u'"), ("membership_history", "group_id = 'g'"),
            ("membership_history", "group_id = 'g' AND user_id = 'u'"),
            ("event", "user_id = 'u'"), ("event", "group_id = 'g'"), ("event", "event_uuid = 'e'"),
            ("event", "position = 1"), ("delivery", "position = 1"), ("delivery", "event_id = 'e'"),
            ("attempt", "group_id = 'g'"), ("attempt", "attempt_id = 'a'"),
            ("attempt_change", "user_id = 'u'"), ("attempt_change", "group_id = 'g' AND user_id = 'u'"),
            ("pending", "group_id = 'g'"), ("pending", "1"), ("hold", "position = 1"),
            ("audit_trail", "user_id = 'u'"), ("audit_trail", "group_id = 'g'"),
        ]
    )
    func `a question about one user or group does not read all rows`(_ view: String, _ condition: String) throws {
        let ledger = try ViewsLedger()
        let plan = try ledger.rows("EXPLAIN QUERY PLAN SELECT * FROM \(view) WHERE \(condition)").map {
            $0["detail"] as String
        }
        // Read whole on purpose: what one JSON body holds, what a subquery gave, and tables of few rows.
        let small =
            /^SCAN (fold1_control|fold1_span|fold1_cover|fold1_told|CONSTANT ROW|k|n|c|json_each|\(.*|[a-z]+ VIRTUAL TABLE.*|b|h|l|t|q|w|p USING INDEX fold1_pair_differs)( |$)/
        #expect(!plan.contains { $0.contains("AUTOMATIC") }, "\(view) WHERE \(condition)")
        for step in plan where step.hasPrefix("SCAN") {
            #expect(step.firstMatch(of: small) != nil, "\(view) WHERE \(condition): \(plan.joined(separator: "\n"))")
        }
    }

    @Test func `no body makes a view fail`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = Seeded(state: seed)
        let ledger = try ViewsLedger()
        try await ViewsStory.tell(to: ledger)
        let kinds: [Kind] = [
            .oktaDelivery, .oktaDelivery, .oktaLogEvent, .scimAttempt, .scimOutcome, .scimObservation, .operatorAction,
            .pushHeld, .ledgerStarted, .ledgerStopped, .oktaBaseline, .oktaCursor,
        ]
        for number in 0..<200 {
            let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
            try await ledger.append(kind, key: "odd-\(number)", OddBody.make(using: &random))
        }
        let views = try ledger.texts("SELECT name FROM sqlite_schema WHERE type = 'view'")
        for view in views { #expect(throws: Never.self, "seed \(seed)") { try ledger.rows("SELECT * FROM \(view)") } }
        try ledger.fold()
        for view in views { #expect(throws: Never.self, "seed \(seed)") { try ledger.rows("SELECT * FROM \(view)") } }
        // Random bodies may have changed the settings and so the generation.
        let generation = try ledger.texts("SELECT generation FROM projection")[0]
        let counts = "SELECT (SELECT count(*) FROM event) = (SELECT count(*) FROM fold\(generation)_event)"
        #expect(try ledger.texts(counts) == ["1"], "seed \(seed)")
        #expect(try ledger.rows("SELECT 1 FROM delivery WHERE event_id GLOB 'odd-*'").count > 10, "seed \(seed)")
    }

    @Test func `views that read the live tables already are left alone`() throws {
        let ledger = try ViewsLedger()
        let version = { try ledger.store.read { db in try Int.fetchOne(db, sql: "PRAGMA schema_version") } }
        let before = try version()
        try ledger.store.write { db in try Views.create(db, reading: ProjectionSchema(generation: 1)) }
        #expect(try version() == before)
        try ledger.projection.rebuild()
        let text = try ledger.texts("SELECT group_concat(sql) FROM sqlite_schema WHERE type = 'view'").joined()
        #expect(text.contains("fold2_") && !text.contains("fold1_"))
        #expect(try ledger.texts("SELECT count(*) FROM membership") == ["0"])
    }
}

/// Bytes that somebody might send.
enum OddBody {
    private static let whole = [
        "", " ", "null", "[]", "{}", "\"x\"", "0", "-1e999", "{\"data\":null}", "{\"data\":{\"events\":{}}}",
        "{\"data\":{\"events\":[null,1,\"x\",[],{}]}}", "{\"uuid\":\"x\",\"published\":1}", "{\"action\":\"pause\"}",
        "{\"a\":\"\\u0000\"}", "\u{FEFF}{}", "{\"changes\":[1,null]}", "{\"finding\":\"bound\"",
        "{\"data\":{\"events\":[{\"uuid\":\"\\ud800\",\"published\":\"9999-99-99\",\"eventType\":\"x\"}]}}",
    ]

    static func make(using random: inout Seeded) -> [UInt8] {
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            return (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
        case 1: return Array(repeating: UInt8(ascii: "["), count: Int.random(in: 1..<5_000, using: &random))
        case 2: return Array(repeating: 0, count: Int.random(in: 1..<100_000, using: &random))
        default:
            var bytes = Array(whole[Int.random(in: 0..<whole.count, using: &random)].utf8)
            if Bool.random(using: &random), !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            }
            return bytes
        }
    }
}
