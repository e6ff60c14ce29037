import Projector
import Testing

/// What happens when what was believed turns out otherwise: in Okta's own record, or in the directory.
@Suite struct `Corrections` {
    @Test func `membership given by an event that the System Log corrects is taken back`() throws {
        var ledger = GrowingLog()
        try ledger.hook(user: "00u1", uuid: "e1")
        try ledger.attempt("a", ["00u1": true])
        try ledger.outcome("a", .applied)
        try ledger.systemLog(user: "00u2", uuid: "e1")
        #expect(ledger.changes() == ["00u1": false, "00u2": true])
        try ledger.attempt("b", ["00u1": false])
        try ledger.outcome("b", .applied)
        #expect(ledger.changes() == ["00u2": true])
    }

    @Test func `a corrected event of which nothing was sent leaves nothing to do`() throws {
        var ledger = GrowingLog()
        try ledger.hook(user: "00u1", uuid: "e1")
        try ledger.systemLog(user: "00u2", uuid: "e1")
        #expect(ledger.changes() == ["00u2": true])
    }

    @Test func `an old copy that came first does not shadow the real event`() throws {
        var ledger = GrowingLog()
        try ledger.hook(at: -200_000, user: "00u9", uuid: "e1")
        #expect(ledger.changes() == [:])
        try ledger.hook(at: 0, user: "00u1", uuid: "e1")
        #expect(ledger.changes() == ["00u1": true])
    }

    @Test func `a System Log copy that tells the same changes only which entry decides`() throws {
        var ledger = GrowingLog()
        try ledger.hook(uuid: "e1")
        try ledger.systemLog(uuid: "e1")
        #expect(ledger.pair().decision?.position == ledger.position)
        #expect(ledger.changes() == ["00u1": true])
    }

    @Test func `what the directory has lost nobody is a member of`() throws {
        for subject in [ObservationBody.Subject.group, .user] {
            var ledger = GrowingLog()
            let id = subject == .group ? "00g1" : "00u1"
            try ledger.hook()
            try ledger.observe(subject, id, .bound, "d1")
            try ledger.attempt("a")
            try ledger.outcome("a", .applied)
            try ledger.observe(subject, id, .gone)
            #expect(ledger.pair().applied == .absent)
            try ledger.observe(subject, id, .bound, "d2")
            #expect(ledger.changes() == ["00u1": true])
        }
    }

    @Test func `another group in place of the one that was bound holds nothing that is known`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.group, "00g1", .bound, "d1")
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.observe(.group, "00g1", .bound, "d2")
        #expect(ledger.pair().applied == .unknown)
    }

    @Test func `what was gone and is found again may have kept its members`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.user, "00u1", .bound, "d1")
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.hook(SampleEvent.remove, at: 1)
        try ledger.observe(.user, "00u1", .gone)
        #expect(ledger.changes() == [:])
        try ledger.observe(.user, "00u1", .bound, "d1")
        #expect(ledger.pair().applied == .unknown)
        #expect(ledger.changes() == ["00u1": false])
    }

    @Test(arguments: [Finding.ambiguous, .taken, .notFound])
    func `what was gone may have kept its members, whatever was found in between`(between: Finding) throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.user, "00u1", .bound, "d1")
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.observe(.user, "00u1", .gone)
        try ledger.hook(SampleEvent.remove, at: 1)
        try ledger.observe(.user, "00u1", between)
        try ledger.observe(.user, "00u1", .bound, "d2")
        #expect(ledger.changes() == ["00u1": false])
    }

    @Test func `a loss while an answer is awaited settles nothing`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.user, "00u1", .bound, "d1")
        try ledger.attempt("a")
        try ledger.observe(.user, "00u1", .gone)
        #expect(ledger.pair().applied == .unknown)
        try ledger.outcome("a", .applied)
        #expect(ledger.pair().applied == .unknown)
    }

    @Test func `a refusal of one change does not delay the opposite one`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", .refused, retryAt: .max)
        #expect(ledger.pair().retryAt == .max)
        try ledger.hook(SampleEvent.remove, at: 1)
        #expect(ledger.pair().retryAt == nil)
    }

    @Test func `a timely copy keeps its place whatever old copy is approved`() throws {
        var ledger = GrowingLog()
        try ledger.hook(at: -200_000, user: "00u9", uuid: "e1")
        try ledger.hook(at: 0, user: "00u1", uuid: "e1")
        try ledger.act(.approve, events: ["e1"])
        #expect(ledger.changes() == ["00u1": true])
    }

    @Test func `the same binding told again changes nothing`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.observe(.group, "00g1", .bound, "d1")
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.observe(.group, "00g1", .bound, "d1")
        #expect(ledger.pair().applied == .present)
    }
}
