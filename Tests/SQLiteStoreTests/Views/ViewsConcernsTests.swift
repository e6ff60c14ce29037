import Ledger
import Projector
import Testing

@testable import SQLiteStore

/// What needs a person, in the views and beside them.
struct ViewsConcernsTests {
    private func ledger() async throws -> ViewsLedger {
        let ledger = try ViewsLedger()
        try ledger.clock("2026-08-01T09:00:00Z")
        try await ledger.note(
            .ledgerConfigured,
            FoldSettings(prefix: "AWS_", organization: nil, directory: "https://scim.example/v2")
        )
        return ledger
    }

    private func hold(
        _ ledger: ViewsLedger,
        _ group: String,
        _ reason: HoldBody.Reason,
        _ users: [String],
        present: Bool = true
    ) async throws {
        let body = HoldBody(
            group: "00g-\(group)",
            reason: reason,
            counted: 201,
            allowed: 200,
            realSize: nil,
            window: 3_600_000_000,
            pairs: users.map { .init(user: "00u-\($0)", present: present, event: "e-\($0)-\(group)") }
        )
        try await ledger.note(.pushHeld, body)
    }

    @Test func `a removal is as old as the first copy of its event, whatever confirms it later`() async throws {
        let ledger = try await ledger()
        let event = OktaEvent.remove("ann", "AWS_Ops", "2026-08-01T08:59:59Z", "e-1")
        try await ledger.deliver("d-1", [event])
        try ledger.clock("2026-08-01T09:20:00Z")
        try await ledger.append(.oktaLogEvent, key: "e-1", try JSONBytes.encode(event.json))
        try ledger.fold()
        #expect(try ledger.texts("SELECT decided_position FROM pending") == ["2"], "the System Log's copy stands")
        #expect(try ledger.projection.concerns().oldestRemoval?.sinceUTC == "2026-08-01T09:00:00.000000Z")
    }

    @Test func `open holds are named once each, the oldest first`() async throws {
        let ledger = try await ledger()
        for group in ["AWS_A", "AWS_B", "AWS_C"] {
            for user in ["ann", "bob"] {
                let event = OktaEvent.add(user, group, "2026-08-01T08:59:00.000Z", "e-\(user)-\(group)")
                try await ledger.deliver("d-\(user)-\(group)", [event])
            }
            try await hold(ledger, group, .additions, ["ann", "bob"])
        }
        try await ledger.act(.approve, reason: "it is right", holds: ["hold-3"])
        try ledger.fold()
        let concerns = try ledger.projection.concerns()
        #expect(concerns.holds == ["hold-6", "hold-9"])
        #expect(concerns.heldSince == 1_785_574_800_000_000)
    }

    @Test func `a removal beside held additions waits for what it would wait for without them`() async throws {
        let ledger = try await ledger()
        try await ledger.deliver("d-1", [.add("ann", "AWS_A", "2026-08-01T08:59:00.000Z", "e-ann-AWS_A")])
        try await ledger.deliver("d-2", [.remove("bob", "AWS_A", "2026-08-01T08:59:00.000Z", "e-bob-AWS_A")])
        try await hold(ledger, "AWS_A", .additions, ["ann"])
        let query = "SELECT user_id, reason FROM pending ORDER BY user_id"
        try ledger.fold()
        let held = "held by the brake: hold-3 (additions: 201, 200 allowed)"
        #expect(try ledger.texts(query) == ["00u-ann \(held)", "00u-bob group not looked up yet"])
        try await ledger.observe(.group, "00g-AWS_A", .bound, "g-1")
        try await ledger.observe(.user, "00u-bob", .bound, "u-2")
        try ledger.fold()
        #expect(
            try ledger.texts(query) == ["00u-ann \(held)", "00u-bob \(held)"],
            "too many removals wait for the hold"
        )
    }

    @Test func `a removal waits for the brake where removals are held`() async throws {
        let ledger = try await ledger()
        try await ledger.deliver("d-1", [.remove("bob", "AWS_A", "2026-08-01T08:59:00.000Z", "e-bob-AWS_A")])
        try await hold(ledger, "AWS_A", .removals, ["bob"], present: false)
        try ledger.fold()
        #expect(
            try ledger.texts("SELECT reason FROM pending") == ["held by the brake: hold-2 (removals: 201, 200 allowed)"]
        )
    }

    @Test(arguments: ProofBody.Verdict.allCases)
    func `the audit trail tells what the first removal showed`(verdict: ProofBody.Verdict) async throws {
        let ledger = try await ledger()
        let body = ProofBody(
            verdict: verdict,
            dialect: "aws",
            group: "00g-AWS_A",
            directoryGroup: "g-1",
            attempt: "a-1",
            members: verdict == .exact ? [] : ["u-1"]
        )
        try await ledger.note(.scimProof, body)
        try ledger.fold()
        let words = body.harm(inGroup: nil) ?? "removals are exact in the dialect aws"
        #expect(
            try ledger.texts(
                "SELECT what, who, group_id, user_id, reference, result, detail FROM audit_trail LIMIT -1 OFFSET 1"
            )
                == ["proof directory 00g-AWS_A - a-1 \(verdict.rawValue) \(words)"]
        )
    }
}
