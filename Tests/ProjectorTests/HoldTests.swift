import Ledger
import Projector
import Testing

/// What the brake's entries and their approval do to the difference.
@Suite struct `A hold of the brake` {
    private func held(_ users: [String] = ["00u1", "00u2"]) throws -> GrowingLog {
        var ledger = GrowingLog()
        for (number, user) in users.enumerated() { try ledger.hook(user: user, uuid: "e\(number + 1)") }
        try ledger.hold(users.enumerated().map { .init(user: $1, present: true, event: "e\($0 + 1)") })
        return ledger
    }

    private func released(_ ledger: GrowingLog) -> [String] {
        (ledger.state.difference(ofGroup: "00g1")?.released.changes ?? []).map(\.user)
    }

    private func hold(_ ledger: GrowingLog, _ position: Int64 = 2) -> HoldState? { ledger.state.hold(position) }

    @Test func `keeps the whole group back`() throws {
        var ledger = try held()
        #expect(ledger.state.group("00g1").hold == 2)
        try ledger.hook(user: "00u3")
        #expect(ledger.state.difference(ofGroup: "00g1")?.hold == 2)
        #expect(released(ledger) == [])
        #expect(ledger.changes().count == 3)
    }

    @Test func `is ended by its approval, which releases what it lists and nothing else`() throws {
        var ledger = try held()
        try ledger.hook(user: "00u3")
        try ledger.act(.approve, holds: ["hold-2"])
        #expect(ledger.state.group("00g1").hold == nil)
        #expect(released(ledger) == ["00u1", "00u2"])
        #expect(hold(ledger)?.released == ["00u1", "00u2"])
        #expect(hold(ledger)?.approval == 4)
        #expect(hold(ledger)?.endedAt == ledger.now)
    }

    @Test(arguments: ["hold-1", "hold-3", "hold-02", "hold-+2", "hold-2 ", "2", "", "hold-99999999999999999999"])
    func `is not ended by any other name`(name: String) throws {
        var ledger = try held()
        try ledger.act(.approve, holds: [name])
        #expect(ledger.state.group("00g1").hold == 2)
        #expect(released(ledger) == [])
    }

    @Test func `is not ended by an event that is called like it`() throws {
        var ledger = try held()
        try ledger.act(.approve, events: ["hold-2"])
        #expect(ledger.state.group("00g1").hold == 2)
    }

    @Test func `releases no pair that a later event has decided anew`() throws {
        var ledger = try held()
        try ledger.hook(SampleEvent.remove, at: 1, user: "00u1")
        try ledger.hook(SampleEvent.add, at: 2, user: "00u1")
        try ledger.act(.approve, holds: ["hold-2"])
        #expect(released(ledger) == ["00u2"])
        #expect(ledger.changes() == ["00u1": true, "00u2": true])
    }

    @Test func `another copy of the same event changes nothing of a release`() throws {
        var ledger = try held()
        try ledger.act(.approve, holds: ["hold-2"])
        try ledger.systemLog(user: "00u1", uuid: "e1")
        #expect(released(ledger) == ["00u1", "00u2"])
    }

    @Test func `any later decision of a released pair ends its release`() throws {
        var ledger = try held()
        try ledger.act(.approve, holds: ["hold-2"])
        try ledger.hook(SampleEvent.remove, at: 1, user: "00u1")
        #expect(released(ledger) == ["00u2"])
        try ledger.hook(SampleEvent.add, at: 2, user: "00u1")
        #expect(released(ledger) == ["00u2"])
    }

    @Test func `success ends a release, failure does not`() throws {
        var ledger = try held()
        try ledger.act(.approve, holds: ["hold-2"])
        for result in [OutcomeBody.Result.unknown, .refused, .notSent, .throttled, .unauthorized] {
            try ledger.attempt("a-\(result)")
            try ledger.outcome("a-\(result)", result)
            #expect(released(ledger) == ["00u1", "00u2"], "\(result)")
        }
        try ledger.attempt("last")
        try ledger.outcome("last", .applied)
        #expect(ledger.pair().released == nil)
        try ledger.act(.reassert)
        #expect(released(ledger) == [], "doubt is no approval")
    }

    @Test func `ends by itself once nothing of its list is left to do`() throws {
        var ledger = GrowingLog()
        for user in ["00u1", "00u2"] { try ledger.hook(user: user) }
        try ledger.attempt("a", ["00u1": true, "00u2": true])
        try ledger.outcome("a", .applied)
        try ledger.hook(SampleEvent.remove, at: 1, user: "00u1", uuid: "r1")
        try ledger.hook(SampleEvent.remove, at: 1, user: "00u2", uuid: "r2")
        try ledger.hold([
            .init(user: "00u1", present: false, event: "r1"), .init(user: "00u2", present: false, event: "r2"),
        ])
        let position = ledger.position
        try ledger.hook(user: "00u3")
        try ledger.hook(at: 2, user: "00u1")
        #expect(ledger.state.group("00g1").hold == position, "one is left")
        try ledger.hook(at: 2, user: "00u2")
        #expect(ledger.state.group("00g1").hold == nil)
        #expect(hold(ledger, position)?.approval == nil)
        #expect(hold(ledger, position)?.endedAt == ledger.now)
        #expect(ledger.changes() == ["00u3": true])
        #expect(released(ledger) == [])
        try ledger.act(.approve, holds: [HoldBody.name(at: position)])
        #expect(released(ledger) == [], "an ended hold releases nothing")
    }

    @Test func `ends at once where all it lists was decided anew before it was written`() throws {
        var ledger = GrowingLog()
        try ledger.hook(uuid: "e1")
        try ledger.hook(SampleEvent.remove, at: 1)
        try ledger.hold([.init(user: "00u1", present: true, event: "e1")])
        #expect(ledger.state.group("00g1").hold == nil)
    }

    @Test func `ends where the accounts that it would remove are gone`() throws {
        var ledger = GrowingLog()
        try ledger.observe(.user, "00u1", .bound, "d-u")
        try ledger.hook(SampleEvent.remove, uuid: "r")
        try ledger.hold([.init(user: "00u1", present: false, event: "r")])
        #expect(ledger.state.group("00g1").hold == 2)
        try ledger.observe(.user, "00u1", .gone)
        #expect(ledger.state.group("00g1").hold == nil)
    }

    @Test func `ends when the group is no longer pushed`() throws {
        var ledger = try held()
        try ledger.hook("group.profile.update", at: 3, user: nil, named: "Staff")
        #expect(!ledger.inScope())
        #expect(ledger.state.group("00g1").hold == nil)
    }

    @Test func `outlives release and reassert, restarts and pauses`() throws {
        var ledger = try held()
        try ledger.act(.release, group: "00g1")
        try ledger.act(.reassert)
        try ledger.start()
        try ledger.act(.pause)
        try ledger.act(.resume)
        #expect(ledger.state.group("00g1").hold == 2)
        #expect(released(ledger) == [])
    }

    @Test func `and its approval end with the directory that they were about`() throws {
        var ledger = GrowingLog()
        try ledger.configure()
        try ledger.hook(user: "00u1", uuid: "e1")
        try ledger.hook(user: "00u2", group: "00g2", uuid: "e2")
        try ledger.hold([.init(user: "00u1", present: true, event: "e1")])
        try ledger.hold([.init(user: "00u2", present: true, event: "e2")], group: "00g2")
        try ledger.act(.approve, holds: ["hold-3"])
        #expect(released(ledger) == ["00u1"])
        try ledger.configure(directory: "https://other.example")
        #expect(released(ledger) == [])
        #expect(ledger.state.group("00g2").hold == nil)
        #expect(hold(ledger, 4)?.endedAt == ledger.now)
    }

    @Test func `of a group that is held already, or that lists a user twice, has no effect`() throws {
        var ledger = try held()
        try ledger.hold([.init(user: "00u1", present: true, event: "e1")])
        #expect(ledger.state.group("00g1").hold == 2)
        #expect(ledger.state.holds.count == 1)
        try ledger.hook(user: "00u1", group: "00g2", uuid: "e9")
        let twice = HoldBody.Pair(user: "00u1", present: true, event: "e9")
        try ledger.hold([twice, twice], group: "00g2")
        #expect(ledger.state.group("00g2").hold == nil)
    }

    @Test func `what was sent lately is each pair and state once, without what was released`() throws {
        var ledger = try held(["00u1", "00u2", "00u3"])
        try ledger.attempt("old", ["00u3": false])
        let time = ledger.now
        try ledger.attempt("a", ["00u1": true])
        try ledger.attempt("b", ["00u1": true])
        let latest = ledger.now
        try ledger.attempt("c", ["00u2": false])
        try ledger.attempt("d", ["00u3": true], released: true)
        try ledger.attempt("e", ["00u3": true], group: "00g2")
        let pushed = ledger.state.pushed(toGroup: "00g1", after: time)
        #expect(
            Set(pushed) == [
                PushedChange(user: "00u1", member: "d-00u1", present: true, at: latest),
                PushedChange(user: "00u2", member: "d-00u2", present: false, at: latest + 1_000_000),
            ]
        )
    }
}

extension GrowingLog {
    /// The brake holds a group.
    fileprivate mutating func hold(_ pairs: [HoldBody.Pair], group: String = "00g1") throws {
        let body = HoldBody(
            group: group,
            reason: .removals,
            counted: 51,
            allowed: 50,
            realSize: nil,
            window: 3_600_000_000,
            pairs: pairs
        )
        try append(.pushHeld, body)
    }
}
