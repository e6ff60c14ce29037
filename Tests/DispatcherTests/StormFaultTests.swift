import Sandbox
import Testing

@testable import Dispatcher
@testable import SCIM

/// The storm, with everything going wrong that can.
@Suite(.serialized, .ownThread) struct `Storms with faults` {
    private static let minute: Int64 = 60_000_000

    /// Of the requests 20% meet a 429, 10% a 5xx, 5% a reset before and 5% one after they were carried out; for four
    /// minutes the token is refused.
    private func faults(seed: UInt64) -> FaultPlan {
        // A rule meets its share of what the rules before it let pass.
        var rest = 1.0
        func rule(_ fault: Sandbox.Fault, _ share: Double) -> FaultRule {
            defer { rest -= share }
            return FaultRule(fault, share: share / rest)
        }
        return FaultPlan(
            seed: seed,
            rules: [
                FaultRule(.status(401), fromMilliseconds: 180_000, untilMilliseconds: 420_000),
                rule(.status(429, retryAfter: 3), 0.07),
                rule(.status(429, retryAfter: 2, retryAfterAsDate: true), 0.07),
                rule(.status(429), 0.06),
                rule(.status(500), 0.04),
                rule(.status(503, applied: true), 0.03),
                rule(.html(applied: true), 0.03),
                rule(.reset(), 0.05),
                rule(.reset(applied: true), 0.05),
            ]
        )
    }

    private func run(_ backlog: StormBacklog, seed: UInt64) throws {
        print("storm with faults: seed \(seed)")
        var random = Sandbox.SeededRandom(seed: seed)
        let storm = try Storm(backlog, seed: seed)
        storm.network.core.misbehave(faults(seed: seed))
        storm.network.wayBack = {
            Int64(random.chance(0.1) ? random.below(5_000_000) : 20_000 + random.below(200_000))
        }
        for user in (backlog.users - backlog.late)..<backlog.users {
            storm.time.after(Int64(random.below(40)) * Self.minute) {
                try? storm.network.core.seed(
                    users: [StormBacklog.seedUser(user)],
                    groups: [],
                    now: storm.time.now * 1_000
                )
            }
        }
        try storm.push()
        let record = storm.network.core.record
        print(
            """
            storm with faults, seed \(seed): \(backlog.changeCount) changes, fewest PATCHes \(backlog.fewestPatches), \
            sent \(storm.writes), reads \(storm.reads), \(storm.network.throttled) × 429, \(storm.seconds) s, \
            \(backlog.late) late users
            """
        )
        storm.expectMembership()
        storm.expectNothingSentInVain()
        #expect(storm.network.tooEarly == [])
        #expect(record.violations == [])
        #expect(record.mostReads <= 40)
        #expect(record.mostWrites <= 25)
    }

    @Test func `50,000 changes end right, and nothing is sent again but after a doubt or a no`() throws {
        try run(StormBacklog(users: 5_000, late: 150, groups: 500, changes: 50_000, seed: 7), seed: 7)
    }

    @Test(arguments: [UInt64](1...6))
    func `3,000 changes end right, and nothing is sent again but after a doubt or a no`(seed: UInt64) throws {
        try run(StormBacklog(users: 300, late: 20, groups: 40, changes: 3_000, seed: seed), seed: seed)
    }
}
