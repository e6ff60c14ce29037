import Projector
import Testing

/// What the directory holds, as far as the log can know.
@Suite struct `Applied state` {
    @Test func `a pair that was never sent is unknown to nobody and differs`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        #expect(ledger.pair().applied == nil)
        #expect(ledger.changes() == ["00u1": true])
    }

    @Test func `an attempt makes its pairs unknown, and unknown differs whatever is desired`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.hook(user: "00u2")
        try ledger.attempt("a", ["00u1": true])
        #expect(ledger.pair().applied == .unknown)
        #expect(ledger.pair("00u2").applied == nil)
        #expect(ledger.state.group("00g1").openAttempt == "a")
        #expect(ledger.changes() == ["00u1": true, "00u2": true])
        try ledger.hook(SampleEvent.remove, at: 1)
        #expect(ledger.changes()["00u1"] == false)
    }

    @Test(arguments: [true, false]) func `2xx sets what was asked for`(present: Bool) throws {
        var ledger = GrowingLog()
        try ledger.hook(present ? SampleEvent.add : SampleEvent.remove)
        try ledger.attempt("a", ["00u1": present])
        try ledger.outcome("a", .applied)
        #expect(ledger.pair().applied == (present ? .present : .absent))
        #expect(ledger.pair().appliedAt == ledger.now)
        #expect(ledger.pair().openAttempt == nil)
        #expect(ledger.state.group("00g1").openAttempt == nil)
        #expect(ledger.changes() == [:])
    }

    @Test(arguments: [OutcomeBody.Result.refused, .notSent, .throttled, .unauthorized])
    func `what certainly changed nothing restores what was`(result: OutcomeBody.Result) throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", result)
        #expect(ledger.pair().applied == nil)
        #expect(ledger.pair().appliedAt == nil)
        try ledger.attempt("b")
        try ledger.outcome("b", .applied)
        try ledger.hook(SampleEvent.remove, at: 1)
        try ledger.attempt("c", ["00u1": false])
        try ledger.outcome("c", result)
        #expect(ledger.pair().applied == .present)
        #expect(ledger.changes() == ["00u1": false])
    }

    @Test func `an unknown outcome leaves its pairs unknown, and a later refusal does not make them known`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", .unknown)
        #expect(ledger.pair().applied == .unknown)
        try ledger.attempt("b")
        try ledger.outcome("b", .refused)
        #expect(ledger.pair().applied == .unknown)
        #expect(ledger.changes() == ["00u1": true])
    }

    @Test func `the opposite event during an unknown outcome is what gets sent next`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.hook(SampleEvent.remove, at: 1)
        try ledger.outcome("a", .unknown)
        #expect(ledger.changes() == ["00u1": false])
        try ledger.attempt("b", ["00u1": false])
        try ledger.outcome("b", .applied)
        #expect(ledger.changes() == [:])
    }

    @Test func `a start leaves open attempts unknown, and their late outcome makes nothing known`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.start()
        #expect(ledger.pair().applied == .unknown)
        #expect(ledger.pair().openAttempt == nil)
        #expect(ledger.state.group("00g1").openAttempt == nil)
        #expect(ledger.state.openAttempts().isEmpty)
        try ledger.outcome("a", .applied)
        #expect(ledger.pair().applied == .unknown)
        try ledger.attempt("b")
        try ledger.outcome("b", .refused)
        #expect(ledger.pair().applied == .unknown)
    }

    @Test func `an attempt or outcome that is told twice counts once`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.attempt("a")
        try ledger.outcome("a", .unknown)
        #expect(ledger.pair().applied == .present)
        try ledger.outcome("nobody's", .applied)
        #expect(ledger.changes() == [:])
    }

    @Test func `reassert makes the pairs in scope unknown`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.hook(group: "00g2", named: "Staff")
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.act(.reassert)
        #expect(ledger.pair().applied == .unknown)
        #expect(ledger.pair("00u1", "00g2").applied == nil)
        #expect(ledger.changes() == ["00u1": true])
    }

    @Test func `reassert from a position leaves pairs that were decided before it`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.hook(user: "00u2")
        try ledger.attempt("a", ["00u1": true, "00u2": true])
        try ledger.outcome("a", .applied)
        try ledger.act(.reassert, from: 1)
        #expect(ledger.pair("00u1").applied == .present)
        #expect(ledger.pair("00u2").applied == .unknown)
    }

    @Test(arguments: OutcomeBody.Result.allCases)
    func `a late outcome after a reassert makes nothing known`(result: OutcomeBody.Result) throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.act(.reassert)
        try ledger.outcome("a", result)
        #expect(ledger.pair().applied == .unknown)
        #expect(ledger.changes() == ["00u1": true])
        #expect(ledger.state.group("00g1").openAttempt == nil)
    }

    @Test func `a refused batch halves until the pair at fault stands alone, and success forgets it`() throws {
        var ledger = GrowingLog()
        for user in ["00u1", "00u2", "00u3", "00u4"] { try ledger.hook(user: user) }
        try ledger.attempt("a", ["00u1": true, "00u2": true, "00u3": true, "00u4": true])
        try ledger.outcome("a", .refused)
        #expect(ledger.pair().batchLimit == 2)
        try ledger.attempt("b", ["00u1": true, "00u2": true])
        try ledger.outcome("b", .refused)
        #expect(ledger.pair().batchLimit == 1)
        #expect(ledger.pair().refusals == 0)
        try ledger.attempt("c")
        try ledger.outcome("c", .refused, retryAt: 9)
        #expect(ledger.pair().refusals == 1)
        #expect(ledger.pair().retryAt == 9)
        #expect(ledger.pair("00u3").batchLimit == 2)
        try ledger.attempt("d")
        try ledger.outcome("d", .applied)
        #expect(ledger.pair().batchLimit == nil)
        #expect(ledger.pair().refusals == 0)
        #expect(ledger.pair().retryAt == nil)
    }

    @Test func `failures add up in the group until one succeeds`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        for (number, result) in [OutcomeBody.Result.notSent, .throttled, .unauthorized, .unknown].enumerated() {
            try ledger.attempt("\(number)")
            try ledger.outcome("\(number)", result, retryAt: Int64(number))
            #expect(ledger.state.group("00g1").failures == number + 1)
            #expect(ledger.state.group("00g1").retryAt == (result == .unknown ? Int64(number) : nil))
            #expect(ledger.state.group("00g1").waitReason != nil)
        }
        try ledger.attempt("last")
        try ledger.outcome("last", .applied)
        #expect(ledger.state.group("00g1").failures == 0)
        #expect(ledger.state.group("00g1").waitReason == nil)
    }

    @Test func `another directory makes all that was known unknown and unbinds everything`() throws {
        var ledger = GrowingLog()
        try ledger.configure()
        try ledger.hook()
        try ledger.hook(user: "00u2")
        try ledger.observe(.group, "00g1", .bound, "d-g")
        try ledger.observe(.user, "00u1", .bound, "d-u")
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.attempt("b", ["00u2": true])
        try ledger.outcome("b", .refused, retryAt: .max)
        try ledger.configure(directory: "https://other.example")
        #expect(ledger.pair().applied == .unknown)
        #expect(ledger.pair("00u2").applied == nil)
        #expect(ledger.pair("00u2").retryAt == nil, "what the former directory refused waits no more")
        #expect(ledger.state.group("00g1").binding == nil)
        #expect(ledger.state.user("00u1").binding == nil)
        #expect(ledger.changes() == ["00u1": true, "00u2": true])
    }

    @Test func `a directory that is named again after none was named is still known, another one is not`() throws {
        var ledger = GrowingLog()
        try ledger.configure()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", .applied)
        try ledger.configure(directory: nil)
        try ledger.configure()
        #expect(ledger.pair().applied == .present)
        try ledger.configure(directory: nil)
        try ledger.configure(directory: "https://other.example")
        #expect(ledger.pair().applied == .unknown)
    }
}
