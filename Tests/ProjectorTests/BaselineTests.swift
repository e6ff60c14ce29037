import Ledger
import Okta
import Projector
import Testing

/// What reading a group from Okta decides.
@Suite struct `Baselines` {
    @Test func `members that no event has named become known, and are to be looked at before they are sent`() throws {
        var ledger = GrowingLog()
        try ledger.baseline(["00u1", "00u2"], at: 10, run: "r1")
        #expect(ledger.changes() == ["00u1": true, "00u2": true])
        #expect(ledger.pair().decision?.order.uuid == "baseline:r1")
        #expect(ledger.inScope())
        let difference = try #require(ledger.state.difference(ofGroup: "00g1"))
        #expect(difference.toSend == nil && difference.toLookAt.changes.count == 2)
        #expect(difference.changes.first?.login == "00u1@okta.example")
        #expect(ledger.state.user("00u1").told?.status == "ACTIVE")
    }

    @Test func `an event at the instant of a baseline wins, one before it does not`() throws {
        for (time, present) in [(9.999, true), (10, false), (11, false)] {
            for eventFirst in [true, false] {
                var ledger = GrowingLog()
                if eventFirst { try ledger.hook(SampleEvent.remove, at: time) }
                try ledger.baseline(["00u1"], at: 10)
                if !eventFirst { try ledger.hook(SampleEvent.remove, at: time) }
                #expect(ledger.pair().desired == present, "\(time)")
                #expect(ledger.pair().decision?.tie == nil)
            }
        }
    }

    @Test func `who is not named is absent, where the pair is known`() throws {
        var ledger = GrowingLog()
        try ledger.hook(user: "00u1")
        try ledger.baseline(["00u2"], at: 10)
        #expect(ledger.pair("00u1").desired == false && ledger.pair("00u2").desired == true)
        try ledger.hook(at: 5, user: "00u3")
        #expect(ledger.pair("00u3").desired == false)
        #expect(ledger.pair("00u4") == PairState())
        try ledger.baseline(nil, at: 20, run: "r2")
        #expect(ledger.pair("00u2").desired == false)
        #expect(ledger.state.group("00g1").baseline?.exists == false)
        #expect(ledger.state.group("00g1").name == "AWS_A")
    }

    @Test func `an earlier baseline changes nothing, nor does the same one again`() throws {
        var ledger = GrowingLog()
        try ledger.baseline(["00u1"], at: 20, run: "r2")
        let (pair, group) = (ledger.pair(), ledger.state.group("00g1"))
        try ledger.baseline([], at: 10, run: "r1")
        try ledger.baseline(["00u1"], at: 20, run: "r2")
        try ledger.baseline([], at: 20, run: "r1")
        #expect(ledger.pair() == pair && ledger.state.group("00g1") == group)
        try ledger.baseline([], at: 20, run: "r3")
        #expect(ledger.pair().desired == false)
    }

    @Test func `a deletion after a baseline ends the group, one before it does not`() throws {
        var ledger = GrowingLog()
        try ledger.baseline(["00u1"], at: 10)
        try ledger.hook(SampleEvent.deletion, at: 9, user: nil)
        #expect(ledger.pair().desired == true)
        try ledger.hook(SampleEvent.deletion, at: 11, user: nil)
        #expect(ledger.pair().desired == false)
    }

    @Test func `who was seen in the directory, or not, need not be looked at any more`() throws {
        var ledger = GrowingLog()
        try ledger.observe(.group, "00g1", .bound, "d-g")
        try ledger.baseline(["00u1", "00u2", "00u3"], at: 10)
        for user in ["00u1", "00u2"] { try ledger.observe(.user, user, .bound, "d-\(user)") }
        let pairs = [("00u1", true), ("00u2", false)].map {
            MembersBody.Pair(user: $0.0, member: "d-\($0.0)", present: $0.1)
        }
        let position = ledger.position + 1
        try ledger.append(
            .scimObservation,
            MembersBody(group: "00g1", directoryGroup: "d-g", asOf: position, found: 1, unknown: 0, pairs: pairs)
        )
        let difference = try #require(ledger.state.difference(ofGroup: "00g1"))
        #expect(difference.toSend?.changes.map(\.user) == ["00u2"])
        #expect(difference.toLookAt.changes.map(\.user) == ["00u3"])
    }

    @Test func `what an event decides after a baseline need not be looked at`() throws {
        var ledger = GrowingLog()
        try ledger.baseline(["00u1"], at: 10)
        try ledger.hook(at: 11, user: "00u2")
        let difference = try #require(ledger.state.difference(ofGroup: "00g1"))
        #expect(difference.toSend?.changes.map(\.user) == ["00u2"])
    }

    @Test func `a body that cannot be is no baseline`() throws {
        var ledger = GrowingLog()
        let odd = [
            #"{"run":"r","group":"g","exists":true,"instant":9223372036854775807,"asked_at":1,"members":[]}"#,
            #"{"run":"r","group":"gé","exists":true,"instant":1,"asked_at":1,"members":[]}"#,
            #"{"run":"r","group":"g","exists":true,"instant":1,"asked_at":1,"members":[{"user":"a"},{"user":"a"}]}"#,
            #"{"run":"r","group":"g","exists":false,"instant":1,"asked_at":1,"members":[{"user":"a"}]}"#,
            #"{"run":"r","group":"g","exists":true,"instant":-9223372036854775808,"asked_at":1,"members":[]}"#,
        ]
        for text in odd { try ledger.append(.oktaBaseline, bytes: Array(text.utf8)) }
        #expect(ledger.state.groups().isEmpty && ledger.state.pairs.isEmpty)
    }
}

extension GrowingLog {
    /// The members of `00g1` so many seconds after the first entry; `nil` for a group that is gone.
    fileprivate mutating func baseline(_ members: [String]?, at seconds: Int64, run: String = "r1") throws {
        let body = BaselineBody(
            run: run,
            group: "00g1",
            name: members == nil ? nil : "AWS_A",
            exists: members != nil,
            instant: (History.start + seconds) * 1_000_000,
            askedAt: now,
            members: (members ?? []).map {
                .init(user: $0, login: "\($0)@okta.example", name: "U", status: "ACTIVE")
            }
        )
        try append(.oktaBaseline, body)
    }
}
