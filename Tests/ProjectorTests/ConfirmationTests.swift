import Ledger
import Projector
import Testing

/// Additions that only deliveries have told, where settings want them confirmed.
@Suite struct `Additions that are to be confirmed` {
    /// Who waits in a group.
    private static func waiting(_ ledger: GrowingLog) -> Set<String> {
        let changes = ledger.state.difference(ofGroup: "00g1")?.changes ?? []
        return Set(changes.filter(\.awaitsConfirmation).map(\.user))
    }

    private static func ledger(_ confirm: FoldSettings.Confirm? = .adds) throws -> GrowingLog {
        var ledger = GrowingLog()
        try ledger.append(
            .ledgerConfigured,
            FoldSettings(prefix: "AWS_", organization: nil, directory: "https://directory.example", confirm: confirm)
        )
        return ledger
    }

    @Test func `wait until the System Log shows the event`() throws {
        var ledger = try Self.ledger()
        try ledger.hook(uuid: "e1")
        #expect(ledger.changes() == ["00u1": true])
        #expect(Self.waiting(ledger) == ["00u1"])
        try ledger.systemLog(uuid: "e1")
        #expect(Self.waiting(ledger) == [])
        #expect(ledger.state.difference(ofGroup: "00g1")?.toSend?.changes.count == 1)
    }

    @Test func `do not wait where the System Log came first, or where nothing is to be confirmed`() throws {
        var ledger = try Self.ledger()
        try ledger.systemLog(uuid: "e1")
        try ledger.hook(uuid: "e1")
        #expect(Self.waiting(ledger) == [])
        var off = try Self.ledger(nil)
        try off.hook()
        #expect(Self.waiting(off) == [])
    }

    @Test func `wait again for a later event that is not confirmed, and never for an earlier one`() throws {
        var ledger = try Self.ledger()
        try ledger.systemLog(at: 10, uuid: "e1")
        try ledger.hook(at: 5, uuid: "e0")
        #expect(Self.waiting(ledger) == [])
        try ledger.hook(at: 20, uuid: "e2")
        #expect(Self.waiting(ledger) == ["00u1"])
    }

    @Test func `are let through by an operator, also before they come`() throws {
        var ledger = try Self.ledger()
        try ledger.hook(uuid: "e1")
        try ledger.act(.approve, events: ["e1", "e2"])
        try ledger.hook(user: "00u2", uuid: "e2")
        try ledger.hook(user: "00u3", uuid: "e3")
        #expect(Self.waiting(ledger) == ["00u3"])
    }

    @Test func `are all that waits: what takes access away does not`() throws {
        var ledger = try Self.ledger()
        try ledger.hook(SampleEvent.remove, uuid: "e1")
        try ledger.attempt("a")
        try ledger.outcome("a", .unknown)
        #expect(ledger.changes() == ["00u1": false])
        #expect(Self.waiting(ledger) == [])
    }

    @Test func `touch their group when they are confirmed or approved`() throws {
        func touched(by kind: Kind, _ body: [UInt8]) throws -> Set<String> {
            var ledger = try Self.ledger()
            try ledger.hook(uuid: "e1")
            var fold = Fold(ledger.state, settings: ledger.state.control.settings)
            let entry = Entry(position: ledger.position + 1, kind: kind, recordedAt: ledger.now, key: nil, body: body)
            try fold.apply(ReadEntry(entry))
            return fold.touched
        }
        var other = try Self.ledger()
        try other.hook(uuid: "e1")
        var dice = Dice(seed: 1)
        let copy = SampleEvent(
            uuid: "e1",
            type: SampleEvent.add,
            instant: History.start * 1_000_000_000,
            published: SampleEvent.text(History.start * 1_000_000_000, &dice),
            group: .init(id: "00g1", type: "UserGroup", login: "unknown", name: "AWS_A"),
            user: .init(id: "00u1", type: "User", login: "00u1@example.com", name: "U")
        )
        #expect(try touched(by: .oktaLogEvent, Array(copy.json.utf8)) == ["00g1"])
        let approval = OperatorBody(action: .approve, operatorName: "ann", uid: 7, reason: "r", events: ["e1"])
        #expect(try touched(by: .operatorAction, EntryJSON.encode(approval)) == ["00g1"])
    }

    @Test func `a run tells of a span on Okta's clock, as far off as that was`() throws {
        var ledger = GrowingLog()
        func cursor(_ from: Int64, _ until: Int64?, offset: Int64) -> CursorBody {
            CursorBody(
                run: "r",
                from: from,
                until: until,
                overlap: 10,
                clockOffset: offset,
                next: nil,
                counts: CursorBody.Counts()
            )
        }
        try ledger.append(.oktaCursor, cursor(100, nil, offset: 1))
        #expect(ledger.state.told == [])
        try ledger.append(.oktaCursor, cursor(100, 210, offset: 1))
        try ledger.append(.oktaCursor, cursor(200, 310, offset: 1))
        #expect(ledger.state.told == [CoveredSpan(from: 1_000_100, until: 1_000_300)])
        try ledger.append(.oktaCursor, cursor(300, 410, offset: .max))
        #expect(ledger.state.told.count == 1)
        #expect(ledger.state.covered == [CoveredSpan(from: 100, until: 400)])
    }
}
