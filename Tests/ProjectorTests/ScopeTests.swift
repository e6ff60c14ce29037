import Okta
import Projector
import Testing

/// Which groups are pushed, and what operators and restarts do.
@Suite struct `Scope, operators and listening` {
    @Test func `a group is in scope while its latest name starts with the prefix`() throws {
        var ledger = GrowingLog()
        try ledger.hook(at: 0, named: "Staff")
        #expect(!ledger.inScope())
        #expect(ledger.changes() == [:])
        try ledger.hook(SampleEvent.rename, at: 2, user: nil, named: "AWS_A")
        #expect(ledger.inScope())
        #expect(ledger.changes() == ["00u1": true])
        // An older name that comes late is no news.
        try ledger.hook(SampleEvent.rename, at: 1, user: nil, named: "Old")
        #expect(ledger.inScope())
        try ledger.hook(SampleEvent.rename, at: 3, user: nil, named: "aws_A")
        #expect(!ledger.inScope())
    }

    @Test func `a changed prefix changes the scope of groups known already`() throws {
        var ledger = GrowingLog()
        try ledger.hook(named: "Staff")
        try ledger.configure(prefix: "St")
        #expect(ledger.inScope())
        try ledger.configure()
        #expect(!ledger.inScope())
        try ledger.configure(prefix: "")
        #expect(ledger.inScope())
    }

    @Test func `a rename away from the prefix never strands a removal of a bound group`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.group, "00g1", .bound, "d-g")
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.hook(SampleEvent.rename, at: 1, user: nil, named: "Staff")
        try ledger.hook(SampleEvent.remove, at: 2, named: "Staff")
        #expect(ledger.inScope())
        #expect(ledger.changes() == ["00u1": false])
    }

    @Test func `release ends a binding, and with it the scope of a group whose name is not ours`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.group, "00g1", .bound, "d-g")
        try ledger.act(.release, group: "00g1")
        #expect(ledger.state.group("00g1").binding == nil)
        #expect(ledger.inScope())
        try ledger.observe(.group, "00g1", .bound, "d-g")
        try ledger.hook(SampleEvent.rename, at: 1, user: nil, named: "Staff")
        #expect(ledger.inScope())
        try ledger.act(.release, group: "00g1")
        #expect(!ledger.inScope())
    }

    @Test func `a directory id tells which Okta id it is bound to, until released or lost`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.group, "00g1", .bound, "d-g")
        try ledger.observe(.user, "00u1", .bound, "d-u")
        #expect(ledger.state.holder(of: "d-g", .group) == "00g1")
        #expect(ledger.state.holder(of: "d-u", .user) == "00u1")
        #expect(ledger.state.holder(of: "d-u", .group) == nil)
        try ledger.act(.release, group: "00g1")
        try ledger.observe(.user, "00u1", .gone)
        #expect(ledger.state.holder(of: "d-g", .group) == nil)
        #expect(ledger.state.holder(of: "d-u", .user) == nil)
    }

    @Test func `a removal of an account that is gone is settled, an addition is not`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.hook(SampleEvent.remove, user: "00u2")
        try ledger.observe(.user, "00u1", .gone)
        try ledger.observe(.user, "00u2", .gone)
        #expect(ledger.changes() == ["00u1": true])
    }

    @Test func `pause says why nothing is sent, resume ends it and touches what differs`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.act(.pause, reason: "change freeze")
        #expect(ledger.state.pauseReason() == "change freeze")
        #expect(ledger.changes() == ["00u1": true])
        try ledger.act(.resume)
        #expect(ledger.state.pauseReason() == nil)
    }

    @Test func `a listening span ends at its stop, or after a crash at the last entry before the next start`() throws {
        var ledger = GrowingLog()
        try ledger.start()
        let began = ledger.now
        #expect(ledger.state.lastSpan()?.until == nil)
        try ledger.stop()
        #expect(ledger.state.lastSpan()?.until == ledger.now)
        #expect(ledger.state.lastSpan()?.stoppedCleanly == true)
        try ledger.start()
        try ledger.hook()
        let lastSign = ledger.now
        try ledger.start()
        let spans = ledger.state.spans.values.sorted { $0.position < $1.position }
        #expect(spans.map(\.from) == [began, lastSign - 1_000_000, ledger.now])
        #expect(spans[1].until == lastSign)
        #expect(!spans[1].stoppedCleanly)
        #expect(spans[2].until == nil)
    }

    @Test func `a command on a stopped ledger does not listen, but ends what a crash left open`() throws {
        var ledger = GrowingLog()
        try ledger.start()
        let lastSign = ledger.now
        try ledger.start(listening: false)
        try ledger.stop()
        #expect(ledger.state.spans.count == 1)
        #expect(ledger.state.lastSpan()?.until == lastSign)
        #expect(ledger.state.lastSpan()?.stoppedCleanly == false)
    }

    @Test(arguments: [(86_400.0, nil), (86_400.001, HeldReason.old), (-300, nil), (-300.001, .future)])
    func `a hook event is held exactly beyond 24 h and 5 min`(late: Double, reason: HeldReason?) throws {
        var ledger = GrowingLog()
        try ledger.hook(at: 1 - late, uuid: "e")
        let judgement = try #require(ledger.state.copies(of: "e").first).judgement
        #expect(judgement == reason.map(Judgement.held) ?? .counts)
    }

    @Test func `approve frees a held event, whether it comes before or after`() throws {
        for approvedFirst in [false, true] {
            var ledger = GrowingLog()
            if approvedFirst { try ledger.act(.approve, events: ["e"]) }
            try ledger.hook(at: 4_000, uuid: "e")
            #expect(ledger.changes() == (approvedFirst ? ["00u1": true] : [:]))
            if !approvedFirst { try ledger.act(.approve, events: ["e"]) }
            #expect(ledger.changes() == ["00u1": true])
        }
    }

    @Test func `the System Log frees a held event and corrects an edited one`() throws {
        var ledger = GrowingLog()
        try ledger.hook(at: -100_000, uuid: "e")
        #expect(ledger.pair().desired == nil)
        try ledger.systemLog(at: -100_000, uuid: "e")
        #expect(ledger.pair().desired == true)
        try ledger.hook(at: 1, user: "00u2", uuid: "f")
        try ledger.systemLog(SampleEvent.remove, at: 1, user: "00u1", uuid: "f")
        #expect(ledger.pair("00u2").desired == nil)
        #expect(ledger.pair("00u1").desired == false)
    }

    @Test func `a held user event teaches no login`() throws {
        var ledger = GrowingLog()
        try ledger.hook("user.account.update_profile", at: 4_000, group: nil, uuid: "e")
        #expect(ledger.state.user("00u1").login == nil)
        try ledger.act(.approve, events: ["e"])
        #expect(ledger.state.user("00u1").login == "00u1@example.com")
    }

    @Test func `a group's deletion ends its pairs, an older add that comes late stays out, a newer one comes back`()
        throws
    {
        var ledger = GrowingLog()
        try ledger.hook(at: 1)
        try ledger.hook(SampleEvent.deletion, at: 5, user: nil, uuid: "gone")
        #expect(ledger.pair().desired == false)
        #expect(ledger.pair().decision?.order.uuid == "gone")
        try ledger.hook(at: 4, user: "00u2")
        #expect(ledger.pair("00u2").desired == false)
        try ledger.hook(at: 6, user: "00u3")
        #expect(ledger.pair("00u3").desired == true)
        try ledger.hook(SampleEvent.deletion, at: 3, user: nil)
        #expect(ledger.pair("00u3").desired == true)
        #expect(ledger.pair().decision?.order.uuid == "gone")
        #expect(ledger.pair("00u4").desired == nil)
    }

    @Test func `a deletion that the System Log takes back gives the members back`() throws {
        var ledger = GrowingLog()
        try ledger.hook(at: 1)
        try ledger.hook(SampleEvent.deletion, at: 5, user: nil, uuid: "e")
        #expect(ledger.pair().desired == false)
        try ledger.systemLog(SampleEvent.rename, at: 5, user: nil, uuid: "e")
        #expect(ledger.pair().desired == true)
    }
}
