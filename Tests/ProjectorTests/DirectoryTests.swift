import Ledger
import Projector
import Testing

@Suite struct `What is known of the directory as a whole` {
    private func trouble(_ ledger: GrowingLog) -> DirectoryTrouble? { ledger.state.control.trouble }

    @Test(arguments: [
        (OutcomeBody.Result.notSent, DirectoryTrouble.Kind.unreachable), (.throttled, .throttled),
        (.unauthorized, .unauthorized),
    ])
    func `outcomes tell of trouble, which begins once and ends with an answer`(
        result: OutcomeBody.Result,
        kind: DirectoryTrouble.Kind
    ) throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", result, retryAt: 7)
        let began = ledger.now
        #expect(trouble(ledger)?.kind == kind)
        #expect(trouble(ledger)?.since == began)
        #expect(trouble(ledger)?.until == (kind == .throttled ? 7 : nil))
        #expect(ledger.state.group("00g1").retryAt == nil, "it waits for the directory, not for itself")
        try ledger.attempt("b")
        try ledger.outcome("b", result, retryAt: 9)
        #expect(trouble(ledger)?.since == began)
        #expect(trouble(ledger)?.until == (kind == .throttled ? 9 : nil))
        try ledger.attempt("c")
        try ledger.outcome("c", .refused)
        #expect(trouble(ledger) == nil)
    }

    @Test func `an answer to what left before the trouble began does not end it, and a later time is kept to`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.hook(user: "00u2", group: "00g2", named: "AWS_B")
        try ledger.attempt("early", group: "00g2")
        try ledger.attempt("a")
        try ledger.outcome("a", .unauthorized, retryAt: 7)
        try ledger.outcome("early", .applied)
        #expect(trouble(ledger)?.kind == .unauthorized)
        try ledger.attempt("late", group: "00g2")
        try ledger.outcome("late", .throttled, retryAt: 9)
        #expect(trouble(ledger)?.kind == .throttled)
        try ledger.attempt("probe", group: "00g2")
        try ledger.outcome("probe", .applied)
        #expect(trouble(ledger) == nil)
    }

    @Test func `a 5xx tells of trouble only where the directory names a time, and its group keeps its own`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", .unknown, retryAt: 5)
        #expect(trouble(ledger) == nil)
        try ledger.attempt("b")
        try ledger.outcome("b", .unknown, retryAt: 8, holdUntil: 6)
        #expect(trouble(ledger)?.kind == .throttled)
        #expect(trouble(ledger)?.until == 6)
        #expect(ledger.state.group("00g1").retryAt == 8)
    }

    @Test func `a group turned away again after others got through has its own trouble`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", .unauthorized, retryAt: 7)
        try ledger.attempt("other", group: "00g2")
        try ledger.outcome("other", .applied)
        for attempt in ["b", "c"] {
            try ledger.attempt(attempt)
            try ledger.outcome(attempt, .unauthorized, retryAt: 9)
            #expect(trouble(ledger) == nil)
            #expect(ledger.state.group("00g1").retryAt == 9)
        }
    }

    @Test func `what was withheld was not tried: it tells nothing and counts as no failure`() throws {
        var ledger = GrowingLog()
        try ledger.hook()
        try ledger.attempt("a")
        try ledger.outcome("a", .notSent, retryAt: 7, withheld: true)
        #expect(trouble(ledger) == nil)
        #expect(ledger.state.group("00g1").failures == 0)
        #expect(ledger.changes() == ["00u1": true])
    }

    @Test func `an observation says how it stands, and the same trouble goes on from when it began`() throws {
        var ledger = GrowingLog()
        func body(_ kind: DirectoryTrouble.Kind, until: Int64? = nil) -> DirectoryBody {
            DirectoryBody(DirectoryTrouble(kind: kind, detail: "why", since: 0, until: until))
        }
        try ledger.append(.scimObservation, body(.throttled, until: 5))
        let began = ledger.now
        try ledger.append(.scimObservation, body(.throttled, until: 3))
        #expect(trouble(ledger) == DirectoryTrouble(kind: .throttled, detail: "why", since: began, until: 3))
        try ledger.append(.scimObservation, body(.unauthorized))
        #expect(trouble(ledger) == DirectoryTrouble(kind: .unauthorized, detail: "why", since: ledger.now, until: nil))
        try ledger.append(.scimObservation, DirectoryBody(nil))
        #expect(trouble(ledger) == nil)
    }

    @Test func `another directory begins without trouble`() throws {
        var ledger = GrowingLog()
        try ledger.configure()
        try ledger.append(
            .scimObservation,
            DirectoryBody(DirectoryTrouble(kind: .unauthorized, detail: nil, since: 0, until: nil))
        )
        try ledger.configure(prefix: "AWS_X")
        #expect(trouble(ledger) != nil)
        try ledger.configure(directory: "https://other.example")
        #expect(trouble(ledger) == nil)
    }
}
