import Foundation
import Sandbox
import Testing

@testable import Dispatcher
@testable import SCIM

/// One thing goes wrong; all others go on.
@Suite(.serialized, .ownThread) struct `One fault alone` {
    private static let minute: Int64 = 60_000_000

    /// One group of which `count` users become members.
    private func group(of count: Int) -> StormBacklog { StormBacklog(users: count, groups: 1, changes: count, seed: 1) }

    @Test(arguments: [(start: false, flips: 1_000, requests: 0), (false, 999, 1), (true, 1_000, 0), (true, 999, 1)])
    func `1,000 flips of a pair while the directory is down cost no request, 999 cost one`(
        start: Bool,
        flips: Int,
        requests: Int
    ) throws {
        let storm = try Storm(group(of: 1))
        try storm.push()
        if !start {
            storm.tell(0, in: 0, present: false)
            try storm.push()
        }
        let before = storm.writes
        storm.network.isDown = true
        for flip in 0..<flips {
            storm.time.after(Int64(flip) * 1_000_000) {
                storm.tell(0, in: 0, present: flip % 2 == 0 ? !start : start)
            }
        }
        storm.time.after(Int64(flips) * 1_000_000) { storm.network.isDown = false }
        let dispatcher = try storm.start()
        try storm.time.run {
            storm.time.after(2 * Int64(flips) * 1_000_000) { dispatcher.stop() }
            try await dispatcher.run()
        }
        #expect(storm.writes - before == requests)
        let isMember = storm.network.core.membership()["AWS_0"] == ["u0"]
        #expect(isMember == (flips % 2 == 0 ? start : !start))
    }

    @Test func `requests and lookups that get no answer for a minute do not delay the other groups`() throws {
        func run(_ plan: FaultPlan, apart: Set<String>) throws -> Double {
            let storm = try Storm(StormBacklog(users: 400, groups: 60, changes: 1_200, seed: 3))
            storm.network.core.misbehave(plan)
            let wanted = storm.backlog.oracle.filter { !apart.contains($0.key) }
            let watch = Watch(storm, wanted)
            watch.look()
            try storm.push()
            storm.expectMembership()
            return Double((watch.done ?? .max) - storm.begin) / 1e6
        }
        let without = try run(FaultPlan(), apart: [])
        let backlog = StormBacklog(users: 400, groups: 60, changes: 1_200, seed: 3)
        // One PATCH hangs, and the first lookup of one user.
        let (slow, unanswered) = (backlog.groups[0].changes[0].user, backlog.groups[1].changes[0].user)
        let apart = Set(
            backlog.groups.enumerated().filter { _, group in
                group.changes.contains { $0.user == slow || $0.user == unanswered }
            }.map { StormBacklog.name($0.offset) }
        )
        let plan = FaultPlan(rules: [
            FaultRule(.hang(), method: "PATCH", member: StormBacklog.user(slow), limit: 1),
            FaultRule(.hang(), method: "GET", path: "%22\(StormBacklog.user(unanswered))%22", limit: 1),
        ])
        let with = try run(plan, apart: apart)
        print("storm, hanging: \(60 - apart.count) groups done after \(with) s, \(without) s when nothing hangs")
        #expect(apart.count < 30)
        #expect(with <= without + 1)
    }

    /// Requests beyond the one that would do, until all but one of `count` are members.
    private func extraRequests(_ count: Int, fault: (Storm, String) -> Sandbox.Fault) throws -> Int {
        let storm = try Storm(group(of: count))
        var random = Sandbox.SeededRandom(seed: UInt64(count))
        let bad = StormBacklog.user(random.below(count))
        storm.network.core.misbehave(FaultPlan(rules: [FaultRule(fault(storm, bad), member: bad)]))
        try storm.push(patience: 10_000_000)
        let members = storm.network.core.membership()["AWS_0"] ?? []
        #expect(members == Set((0..<count).map(StormBacklog.user)).subtracting([bad]), "\(count)")
        #expect(storm.network.core.record.violations == [])
        return storm.writes - 1
    }

    @Test func `one refused among n in 2...100 costs at most 2 log2 n + 1 more requests`() throws {
        var extra: [Int] = []
        for count in 2...100 {
            extra.append(try extraRequests(count) { _, _ in .status(400) })
            #expect(Double(extra.last ?? 0) <= 2 * log2(Double(count)) + 1, "\(count)")
        }
        print("storm, one refused among 2...100: extra requests \(extra)")
    }

    @Test func `one refused among n in 2...100 by an error that names it costs two more: the others, and itself`()
        throws
    {
        for count in 2...100 {
            let extra = try extraRequests(count) { storm, user in
                .status(404, detail: "USER \(storm.network.memberID(user) ?? "") does not exist.")
            }
            #expect(extra == 2, "\(count)")
        }
    }
}

/// Looks every few milliseconds whether some groups are as they are to be. Used on one thread only, hence unchecked.
private final class Watch: @unchecked Sendable {
    private let storm: Storm
    private let wanted: [String: Set<String>]
    private(set) var done: Int64?

    init(_ storm: Storm, _ wanted: [String: Set<String>]) {
        self.storm = storm
        self.wanted = wanted
    }

    func look() {
        let found = storm.network.core.membership()
        if wanted.allSatisfy({ found[$0.key] == $0.value }) {
            done = storm.time.now
        } else {
            storm.time.after(50_000) { self.look() }
        }
    }
}
