import Foundation
import GRDB
import Ledger
import Okta
import Projector
import Testing

@testable import SQLiteStore

/// What the views and the concerns say of events that Okta's own record has not told.
struct ViewsConfirmationTests {
    private func ledger(_ confirm: FoldSettings.Confirm? = nil) async throws -> ViewsLedger {
        let ledger = try ViewsLedger()
        try ledger.clock("2026-08-01T09:00:00Z")
        try await ledger.note(
            .ledgerConfigured,
            FoldSettings(prefix: "AWS_", organization: nil, directory: "https://scim.example/v2", confirm: confirm)
        )
        return ledger
    }

    private func cover(_ ledger: ViewsLedger, _ from: String, _ until: String, offset: Int64 = 0) async throws {
        func time(_ text: String) throws -> Int64 {
            guard let instant = Instant(rfc3339: text) else { throw StoryError.time(text) }
            return instant.nanoseconds / 1_000
        }
        try await ledger.note(
            .oktaCursor,
            CursorBody(
                run: "r",
                from: try time(from),
                until: try time(until),
                overlap: 0,
                clockOffset: offset,
                next: nil,
                counts: CursorBody.Counts()
            )
        )
    }

    private func tell(_ ledger: ViewsLedger, _ event: OktaEvent) async throws {
        let body = Array(try JSONSerialization.data(withJSONObject: event.json, options: .sortedKeys))
        try await ledger.append(.oktaLogEvent, key: event.uuid, body)
    }

    private func missing(_ ledger: ViewsLedger) throws -> [String] {
        try ledger.fold()
        let listed = try ledger.texts("SELECT event_uuid FROM unconfirmed ORDER BY position")
        let shown = try ledger.texts("SELECT event_uuid FROM event WHERE confirmation = 'missing' ORDER BY position")
        #expect(listed == shown)
        let concerns = try ledger.projection.concerns()
        #expect(concerns.unconfirmed == listed.count && concerns.unconfirmedEvents == listed)
        return listed
    }

    @Test func `an event is missing only where a whole run has covered its time and has not told it`() async throws {
        let ledger = try await ledger()
        let events = [
            OktaEvent.add("ann", "AWS_A", "2026-08-01T08:00:00Z", "before"),
            OktaEvent.add("bob", "AWS_A", "2026-08-01T08:30:00Z", "forged"),
            OktaEvent.remove("cid", "AWS_A", "2026-08-01T08:31:00Z", "true"),
            OktaEvent.add("dan", "AWS_A", "2026-08-01T08:59:00Z", "after"),
        ]
        try await ledger.deliver("d1", events)
        #expect(try missing(ledger) == [])
        try await tell(ledger, events[2])
        try await cover(ledger, "2026-08-01T08:10:00Z", "2026-08-01T08:50:00Z")
        #expect(try missing(ledger) == ["forged"])
        let words = try ledger.texts("SELECT confirmation FROM event WHERE source = 'hook' ORDER BY ordinal")
        #expect(words == ["awaited", "missing", "-", "awaited"])
        #expect(try ledger.texts("SELECT confirmation FROM event WHERE source = 'log'") == ["confirmed"])
        // Its own clock was an hour ahead of ours: what it covered is another time of Okta's.
        try await cover(ledger, "2026-08-01T07:50:00Z", "2026-08-01T08:10:00Z", offset: 3_600)
        #expect(try missing(ledger) == ["forged", "after"])
        // Okta kept it late; and somebody knows of the other.
        try await tell(ledger, events[3])
        let approval = OperatorBody(action: .approve, operatorName: "ann", uid: 7, reason: "test", events: ["forged"])
        try await ledger.note(.operatorAction, key: "a1", approval)
        #expect(try missing(ledger) == [])
        #expect(try ledger.texts("SELECT confirmation FROM event WHERE event_uuid = 'forged'") == ["approved"])
        try ledger.projection.rebuild()
        #expect(try missing(ledger) == [])
    }

    @Test func `pending says who waits for confirmation exactly where the fold does`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = Seeded(state: seed)
        let ledger = try await ledger(.adds)
        for step in 0..<80 {
            let user = "u\(Int.random(in: 0..<6, using: &random))"
            let minute = Int.random(in: 10..<60, using: &random)
            let uuid = "e-\(user)-\(minute)"
            let isAdd = minute % 3 > 0
            let event = OktaEvent(
                uuid: uuid,
                published: "2026-08-01T08:\(minute):00Z",
                type: "group.user_membership.\(isAdd ? "add" : "remove")",
                user: user,
                group: "AWS_A"
            )
            switch Int.random(in: 0..<5, using: &random) {
            case 0: try await tell(ledger, event)
            case 1:
                let approval = OperatorBody(
                    action: .approve,
                    operatorName: "ann",
                    uid: 7,
                    reason: "test",
                    events: [uuid]
                )
                try await ledger.note(.operatorAction, key: "a\(step)", approval)
            default: try await ledger.deliver("d\(step)", [event])
            }
            try ledger.fold()
            let expected = try ledger.projection.differences { reader in
                try reader.difference(ofGroup: "00g-AWS_A")?.changes.filter(\.awaitsConfirmation).map(\.user) ?? []
            }
            let sql = """
                SELECT user_id FROM pending WHERE reason = 'not confirmed by the System Log yet' ORDER BY user_id
                """
            #expect(try ledger.texts(sql) == expected, "seed \(seed), step \(step)")
            #expect(try ledger.projection.awaitsConfirmation(recordedFrom: 0) == !expected.isEmpty, "seed \(seed)")
        }
        #expect(try !ledger.projection.awaitsConfirmation(recordedFrom: .max))
    }

    @Test func `what a backfill alone has brought is counted, for each gap and since a time`() async throws {
        let ledger = try await ledger()
        func start(_ time: String) async throws {
            try ledger.clock(time)
            try await ledger.note(.ledgerStarted, StartedBody(version: "1", schema: 1, listening: true))
        }
        try await start("2026-08-01T09:00:00Z")
        try ledger.clock("2026-08-01T10:00:00Z")
        try await ledger.note(.ledgerStopped, StoppedBody(version: "1", tallies: [:]))
        try await start("2026-08-01T11:00:00Z")
        let events = [
            OktaEvent.add("ann", "AWS_A", "2026-08-01T08:30:00Z", "before"),
            OktaEvent.add("bob", "AWS_A", "2026-08-01T09:30:00Z", "lost"),
            OktaEvent.add("cid", "AWS_A", "2026-08-01T10:10:00Z", "gap-1"),
            OktaEvent.add("dan", "AWS_A", "2026-08-01T10:20:00Z", "gap-2"),
            OktaEvent.add("eve", "AWS_A", "2026-08-01T10:30:00Z", "late"),
        ]
        for event in events { try await tell(ledger, event) }
        try await ledger.deliver("d1", [events[4]])
        try ledger.fold()
        #expect(try ledger.texts("SELECT state, backfilled FROM listening") == ["listening -", "gap 2", "listening -"])
        let all = try ledger.projection.missed(from: 0, until: .max / 1_000)
        #expect(all.events == 3 && all.whileNotListening == 2, "what was before the first start is not missed")
        let last = try ledger.projection.missed(from: 1_785_579_300_000_000, until: .max / 1_000)
        #expect(last.events == 1 && last.whileNotListening == 1)
    }

    @Test func `asking for what is missing reads only what deliveries alone have told`() throws {
        let ledger = try ViewsLedger()
        let plan = try ledger.rows("EXPLAIN QUERY PLAN SELECT count(*), min(recorded_at) FROM unconfirmed").map {
            $0["detail"] as String
        }
        #expect(plan.contains { $0.hasPrefix("SEARCH w USING INDEX fold1_event_source (source=? AND published_ns>") })
        #expect(!plan.contains { $0.hasPrefix("SCAN") && !$0.hasPrefix("SCAN t") }, "\(plan)")
    }
}
