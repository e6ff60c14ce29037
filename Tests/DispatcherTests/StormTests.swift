import Projector
import Sandbox
import Testing

@testable import Dispatcher
@testable import SCIM

/// 50,000 changes over 500 groups and 5,000 users against a directory with AWS's limits.
@Suite(.serialized, .ownThread) struct `Storms` {
    private func backlog() -> StormBacklog {
        StormBacklog(users: 5_000, groups: 500, changes: 50_000, seed: 20_261_125)
    }

    /// One lookup of each user and group named; and before and after the first removal the members of its group, one page
    /// each, which proves that the directory removes as its dialect says.
    private func fewestReads(_ backlog: StormBacklog) -> Int { backlog.usersNamed.count + backlog.groups.count + 2 }

    private func report(_ name: String, _ storm: Storm, bound: Double) {
        let record = storm.network.core.record
        print(
            """
            storm, \(name): \(storm.backlog.changeCount) changes in \(storm.writes) PATCHes after \(storm.reads) reads; \
            \(storm.seconds) s ÷ bound \(bound) s = \(storm.seconds / bound); \(storm.network.throttled) × 429; \
            most in a second: \(record.mostReads) reads, \(record.mostWrites) writes, \
            \(record.mostMemberChanges) changes
            """
        )
    }

    private func expectWithinLimits(_ storm: Storm) {
        let record = storm.network.core.record
        #expect(record.violations == [])
        #expect(record.mostReads <= 40)
        #expect(record.mostWrites <= 25)
    }

    @Test func `50,000 changes converge in 1.1 times the bound, with the fewest requests and never a 429`() throws {
        let backlog = backlog()
        let storm = try Storm(backlog)
        try storm.push()
        let bound = storm.bound(reads: fewestReads(backlog), writes: backlog.fewestPatches)
        report("AWS", storm, bound: bound)
        storm.expectMembership()
        storm.expectNothingSentInVain()
        expectWithinLimits(storm)
        #expect(backlog.changeCount == 50_000)
        #expect(storm.writes == backlog.fewestPatches)
        #expect(storm.reads == fewestReads(backlog))
        #expect(storm.network.throttled == 0)
        #expect(storm.seconds / bound <= 1.1)
    }

    @Test func `a kill in the middle costs the requests that were under way, and breaks no limit`() throws {
        let backlog = StormBacklog(users: 2_000, groups: 200, changes: 10_000, seed: 20_261_125)
        let storm = try Storm(backlog)
        try storm.pushKilling(afterPatches: 100)
        let bound = storm.bound(reads: fewestReads(backlog), writes: backlog.fewestPatches)
        report("killed once", storm, bound: bound)
        storm.expectMembership()
        storm.expectNothingSentInVain()
        expectWithinLimits(storm)
        let outcomes = storm.outcomes
        let unended = storm.attempts.filter { outcomes[$0.id] == nil }.count
        print("storm, killed once: \(unended) attempts without outcome, \(storm.readsLost) reads lost")
        #expect(unended >= 1)
        #expect(storm.attempts.count == backlog.fewestPatches + unended)
        #expect(storm.reads == fewestReads(backlog) + storm.readsLost)
        #expect(storm.network.throttled == 0)
    }

    @Test(arguments: [(500, 50_000), (120, 10_000)])
    func `a limit of membership changes that nobody told is found with at most one 429 in ten seconds`(
        limit: Int,
        changes: Int
    ) throws {
        let size = changes / 10
        let backlog = StormBacklog(users: size, groups: size / 10, changes: changes, seed: 20_261_125)
        let throttles = Throttles(writesPerSecond: 25, readsPerSecond: 40, membersPerSecond: limit)
        let storm = try Storm(backlog, throttles: throttles)
        try storm.push()
        let requests = storm.bound(reads: fewestReads(backlog), writes: backlog.fewestPatches)
        let bound = max(requests, Double(backlog.changeCount) / Double(limit))
        report("\(limit) changes a second, untold", storm, bound: bound)
        storm.expectMembership()
        storm.expectNothingSentInVain()
        expectWithinLimits(storm)
        #expect(storm.network.tooEarly == [])
        #expect(Double(storm.network.throttled) <= 1 + storm.seconds / 10)
    }
}
