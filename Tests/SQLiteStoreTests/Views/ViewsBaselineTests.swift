import GRDB
import Ledger
import Okta
import Projector
import Testing

@testable import SQLiteStore

/// What the views tell of baselines.
struct ViewsBaselineTests {
    private static func baseline(
        _ ledger: ViewsLedger,
        _ run: String,
        _ instant: String,
        _ group: String,
        _ users: [String]?
    ) async throws {
        guard let instant = Instant(rfc3339: instant) else { throw StoryError.time(instant) }
        let body = BaselineBody(
            run: run,
            group: "00g-\(group)",
            name: users == nil ? nil : group,
            exists: users != nil,
            instant: instant.nanoseconds / 1_000,
            askedAt: instant.nanoseconds / 1_000 + 5,
            members: (users ?? []).map {
                .init(user: "00u-\($0)", login: "\($0)@example.com", name: $0, status: "ACTIVE")
            }
        )
        try await ledger.note(.oktaBaseline, key: "\(run):00g-\(group)", body)
    }

    private static func started(_ ledger: ViewsLedger, _ time: String) async throws {
        try ledger.clock(time)
        try await ledger.note(.ledgerStarted, StartedBody(version: "1", schema: 1, listening: true))
    }

    @Test func `coverage and history are told by group and pair`() async throws {
        let ledger = try ViewsLedger()
        try await Self.started(ledger, "2026-08-01T09:00:00Z")
        try ledger.clock("2026-08-01T09:00:10Z")
        try await ledger.deliver("d-1", [.add("ann", "AWS_A", "2026-08-01T09:00:09Z", "e-1")])
        try await ledger.deliver("d-2", [.add("bob", "AWS_B", "2026-08-01T09:00:09Z", "e-2")])
        try await ledger.note(.ledgerStopped, StoppedBody(version: "1", tallies: [:]))
        try await Self.started(ledger, "2026-08-01T10:00:00Z")
        try await Self.baseline(ledger, "r1", "2026-08-01T10:00:01Z", "AWS_A", ["cid"])
        try await Self.baseline(ledger, "r2", "2026-08-01T11:00:01Z", "AWS_A", ["ann"])
        try ledger.clock("2026-08-01T11:00:05Z")
        try await ledger.deliver("d-3", [.add("cid", "AWS_A", "2026-08-01T11:00:01Z", "e-3")])
        try ledger.fold()

        let coverage = "SELECT DISTINCT group_name, coverage, coverage_gaps FROM membership ORDER BY 1"
        #expect(
            try ledger.texts(coverage) == [
                "AWS_A complete since the baseline at 2026-08-01T11:00:01.000Z 0",
                "AWS_B from events only since 2026-08-01T09:00:00.000000Z 1",
            ]
        )
        let history =
            "SELECT state, changes, event_type, source FROM membership_history WHERE user_id = ? ORDER BY number"
        #expect(
            try ledger.texts(history, ["00u-ann"]) == [
                "present 1 group.user_membership.add hook", "absent 1 okta.baseline baseline",
                "present 1 okta.baseline baseline",
            ]
        )
        #expect(
            try ledger.texts(history, ["00u-cid"]) == [
                "present 1 okta.baseline baseline", "absent 1 okta.baseline baseline",
                "present 1 group.user_membership.add hook",
            ]
        )
        #expect(
            try ledger.texts("SELECT user_id, desired, decided_by, decided_type FROM membership ORDER BY 1")
                == [
                    "00u-ann present baseline:r2 okta.baseline", "00u-bob present e-2 group.user_membership.add",
                    "00u-cid present e-3 group.user_membership.add",
                ]
        )
        #expect(try ledger.texts("SELECT run, members, decides FROM baseline") == ["r1 1 0", "r2 1 1"])
        #expect(
            try ledger.texts(
                "SELECT what, result, reference FROM audit_trail WHERE user_id = '00u-ann' ORDER BY position"
            )
                == [
                    "group.user_membership.add superseded e-1", "baseline present ACTIVE baseline:r2",
                ]
        )
        let known = try ledger.projection.baselines()
        #expect(known.groupsInScope == 2 && known.askedAt.count == 1)
    }

    @Test func `the last row of a pair's history is what decides, whatever baselines and events there are`()
        async throws
    {
        let seed = UInt64.random(in: .min ... .max)
        var random = Seeded(state: seed)
        let ledger = try ViewsLedger()
        try ledger.clock("2026-08-01T10:00:00Z")
        let users = ["a", "b", "c", "d"]
        for number in 0..<150 {
            let time = "2026-08-01T09:5\(Int.random(in: 0...9, using: &random)):00Z"
            let (user, group) = (
                users.randomElement(using: &random) ?? "a", Bool.random(using: &random) ? "AWS_A" : "B"
            )
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                let members = users.filter { _ in Bool.random(using: &random) }
                try await Self.baseline(
                    ledger,
                    "run-\(Int.random(in: 0...9_999, using: &random))",
                    time,
                    group,
                    members
                )
            case 1...4: try await ledger.deliver("d-\(number)", [.add(user, group, time, "e-\(number)")])
            case 5...6: try await ledger.deliver("d-\(number)", [.remove(user, group, time, "e-\(number)")])
            default:
                let deletion = OktaEvent(
                    uuid: "e-\(number)",
                    published: time,
                    type: "group.lifecycle.delete",
                    group: group
                )
                try await ledger.deliver("d-\(number)", [deletion])
            }
            try ledger.fold()
        }
        let last = """
            SELECT h.group_id, h.user_id, h.state, h.event_uuid FROM membership_history AS h
            WHERE h.until_ns IS NULL ORDER BY 1, 2
            """
        let decided = "SELECT group_id, user_id, desired, decided_by FROM membership ORDER BY 1, 2"
        #expect(try ledger.texts(last) == ledger.texts(decided), "seed \(seed)")
        let live = try ledger.projection.digest()
        try ledger.projection.rebuild()
        #expect(try ledger.projection.digest().digest == live.digest, "seed \(seed)")
    }

    @Test func `a baseline of 10,000 members is folded in one step`() async throws {
        let ledger = try ViewsLedger()
        try ledger.clock("2026-08-01T10:00:00Z")
        let users = (0..<10_000).map { "u\($0)" }
        for run in ["r1", "r2"] {
            let members = run == "r1" ? users : Array(users.dropFirst(5))
            try await Self.baseline(ledger, run, "2026-08-01T09:0\(run.last == "1" ? 0 : 1):00Z", "AWS_A", members)
        }
        let clock = ContinuousClock()
        let took = try clock.measure { try ledger.fold() }
        print("two baselines of 10,000 members: \(took)")
        #expect(
            try ledger.texts("SELECT desired, count(*) FROM membership GROUP BY 1") == ["absent 5", "present 9995"]
        )
        #expect(try ledger.texts("SELECT count(*) FROM membership_history") == ["20000"])
    }
}
