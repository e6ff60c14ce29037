import GRDB
import Ledger
import Okta
import Projector
import Testing

@testable import SQLiteStore

/// What the rows of the views say.
struct ViewsRowTests {
    @Test func `a delivery shows its text where it has one, and why it could not be read`() async throws {
        let ledger = try ViewsLedger()
        try await ViewsStory.tell(to: ledger)
        let rows = try ledger.texts(
            """
            SELECT event_id, events, readable, reason, typeof(body), length(CAST(body AS BLOB)) = body_length FROM delivery
            WHERE event_id GLOB 'odd*' ORDER BY event_id
            """
        )
        #expect(
            rows == [
                "odd-1 0 0 notJSON null -", "odd-2 0 0 notJSON text 1", "odd-3 0 0 notJSON text 1",
                "odd-4 0 1 - text 1",
                "odd-5 1 1 - text 1", "odd-6 0 0 notAnObject text 1", "odd-7 0 0 notJSON null -", "odd-8 0 1 - text 1",
            ]
        )
        try await ledger.deliver("late", [])
        #expect(try ledger.texts("SELECT events, readable, reason FROM delivery WHERE event_id = 'late'") == ["- - -"])
    }

    @Test func `every copy of an event has its standing`() async throws {
        let ledger = try ViewsLedger()
        try await ViewsStory.tell(to: ledger)
        let rows = try ledger.texts(
            "SELECT event_uuid, standing, reason, differs, conflict FROM event WHERE event_uuid IS NOT NULL"
        )
        #expect(
            rows == [
                "e-1 decides - 0 1", "e-2 superseded - 0 0", "e-3 decides - 0 0", "e-4 superseded - 0 0",
                "e-5 decides - 0 0", "e-1 duplicate - 0 1", "e-1 duplicate - 1 1", "e-6 decides - 0 0",
                "e-14 held old 0 0", "e-7 ignored outcome 0 0", "e-8 ignored type 0 0", "e-10 ignored organization 0 0",
                "e-11 decides - 0 0", "e-12 decides - 0 0", "e-13 decides - 0 0",
            ]
        )
    }

    @Test func `times are shown to the last digit, also before 1970`() throws {
        let ledger = try ViewsLedger()
        for nanoseconds in [
            0, 1, -1, 999, 1_000, -1_000, 1_000_000, 1_785_574_801_000_000_001, .max, .min, -86_400_000_000_000,
        ] {
            let expression = ViewExpressions.utc(nanoseconds: "n")
            let text = try ledger.texts("SELECT \(expression) FROM (SELECT ? AS n)", [Int64(nanoseconds)])
            #expect(text == [Instant(nanoseconds: Int64(nanoseconds)).text])
        }
        let ours = ViewExpressions.utc(microseconds: "n")
        #expect(
            try ledger.texts("SELECT \(ours) FROM (SELECT 1785574801000001 AS n)") == ["2026-08-01T09:00:01.000001Z"]
        )
        #expect(try ledger.texts("SELECT \(ours) FROM (SELECT NULL AS n)") == ["-"])
    }

    @Test func `what is pending is the difference that the push works from`() async throws {
        let ledger = try ViewsLedger()
        try await ViewsStory.tell(to: ledger)
        try await expectPendingIsDifference(ledger)
        try await ledger.observe(.user, "00u-dave", .gone, nil)
        try await ledger.act(.pause, reason: "night")
        try ledger.fold()
        try await expectPendingIsDifference(ledger)
        #expect(try ledger.texts("SELECT DISTINCT reason FROM pending") == ["paused"])
        #expect(try ledger.texts("SELECT 1 FROM pending WHERE user_id = '00u-dave'").isEmpty)
    }

    @Test func `a hold shows each change with the event behind it, and who released it`() async throws {
        let ledger = try ViewsLedger()
        try ledger.clock("2026-08-01T09:00:00Z")
        for user in ["ann", "bob", "cid"] {
            try await ledger.deliver("d-\(user)", [.add(user, "AWS_Ops", "2026-08-01T08:59:00.000Z", "e-\(user)")])
        }
        let pairs = ["ann", "bob"].map { HoldBody.Pair(user: "00u-\($0)", present: true, event: "e-\($0)") }
        let body = HoldBody(
            group: "00g-AWS_Ops",
            reason: .additions,
            counted: 201,
            allowed: 200,
            realSize: nil,
            window: 3_600_000_000,
            pairs: pairs
        )
        try await ledger.note(.pushHeld, body)
        try ledger.fold()
        let query = "SELECT hold, user_login, desired, decided_by, decided_at, standing, released_by FROM hold"
        #expect(
            try ledger.texts(query) == [
                "hold-3 ann@example.com present e-ann 2026-08-01T08:59:00.000Z held -",
                "hold-3 bob@example.com present e-bob 2026-08-01T08:59:00.000Z held -",
            ]
        )
        #expect(
            try ledger.texts("SELECT DISTINCT reason FROM pending") == [
                "held by the brake: hold-3 (additions: 201, 200 allowed)"
            ]
        )
        try await ledger.deliver("d-1", [.remove("bob", "AWS_Ops", "2026-08-01T08:59:30.000Z", "e-1")])
        try ledger.fold()
        #expect(try ledger.texts("SELECT standing FROM hold") == ["held", "superseded"])
        try await ledger.act(.approve, reason: "it is right", holds: ["hold-3"])
        try ledger.fold()
        #expect(
            try ledger.texts("SELECT standing, released_by, release_reason, released_at_utc FROM hold") == [
                "released olga (uid 1000) it is right 2026-08-01T09:00:00.000000Z", "ended - - -",
            ]
        )
        #expect(
            try ledger.texts("SELECT what, user_id, reference, result FROM audit_trail WHERE position IN (3, 5)") == [
                "push held present 00u-ann hold-3 additions", "push held present 00u-bob hold-3 additions",
                "operator approve - hold-3 -",
            ]
        )
    }

    private func expectPendingIsDifference(_ ledger: ViewsLedger) async throws {
        let expected = try ledger.projection.differences { reader in
            try reader.groupsThatDiffer().flatMap { group in
                try reader.difference(ofGroup: group)?.changes.map {
                    "\(group) \($0.user) \($0.present ? "present" : "absent")"
                } ?? []
            }
        }
        #expect(!expected.isEmpty)
        let pending = try ledger.texts("SELECT group_id, user_id, desired FROM pending")
        #expect(pending.sorted() == expected.sorted())
    }

    @Test func `the history of a pair is in the fold's order and ends in what decides`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = Seeded(state: seed)
        let ledger = try ViewsLedger()
        try ledger.clock("2026-08-01T09:00:00Z")
        var orders: [String: [EventOrder]] = [:]
        for number in 0..<300 {
            let event = tiedEvent(number, &random)
            try await ledger.deliver("d-\(number)", [event])
            guard let published = Instant(rfc3339: event.published) else { throw StoryError.time(event.published) }
            let removes = event.type != "group.user_membership.add"
            let order = EventOrder(published: published, removes: removes, uuid: event.uuid)
            let pairs = event.user.map { [$0] } ?? ["ann", "bob"]
            for user in pairs { orders[user, default: []].append(order) }
        }
        try ledger.fold()
        for (user, orders) in orders {
            let rows = try ledger.texts(
                "SELECT event_uuid FROM membership_history WHERE user_id = ? ORDER BY number",
                ["00u-\(user)"]
            )
            #expect(rows == orders.sorted().map(\.uuid), "seed \(seed)")
        }
        let last = try ledger.texts(
            """
            SELECT count(*), sum(h.state = m.desired AND h.event_uuid = m.decided_by)
            FROM membership_history AS h JOIN membership AS m USING (group_id, user_id) WHERE h.until_ns IS NULL
            """
        )
        #expect(last == ["2 2"], "seed \(seed)")
    }

    /// An event of one of two pairs, or the end of their group, in one of few milliseconds, under any kind of uuid.
    private func tiedEvent(_ number: Int, _ random: inout Seeded) -> OktaEvent {
        let millisecond = Int64.random(in: 0..<5, using: &random)
        let ticks = 122_192_928_000_000_000 + (1_785_574_700_000 + millisecond) * 10_000
        let time = String(ticks + Int64.random(in: -3_000..<12_000, using: &random), radix: 16)
        let digits = String(repeating: "0", count: 15 - time.count) + time
        let version = Bool.random(using: &random) ? "1" : "4"
        let tail = String(number + 0x1000, radix: 16)
        let uuid =
            "\(digits.suffix(8))-\(digits.dropFirst(3).prefix(4))-\(version)\(digits.prefix(3))-8000-00000000\(tail)"
        let published = Instant(nanoseconds: (1_785_574_700_000 + millisecond) * 1_000_000).text
        if Int.random(in: 0..<20, using: &random) == 0 {
            return OktaEvent(uuid: uuid, published: published, type: "group.lifecycle.delete", group: "AWS_Admin")
        }
        let user = Bool.random(using: &random) ? "ann" : "bob"
        return Bool.random(using: &random)
            ? .add(user, "AWS_Admin", published, uuid) : .remove(user, "AWS_Admin", published, uuid.uppercased())
    }
}

/// SplitMix64: a generator whose seed a failing test can print.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
