import Okta
import Projector
import Testing

@testable import Dispatcher

/// What is desired, believed and real, side by side.
@Suite struct `Drift of a group` {
    private static func pair(
        _ user: String,
        desired: Bool?,
        believed: Applied?,
        bound: Bool = true,
        open: Bool = false
    ) -> KnownGroup.Pair {
        var state = PairState()
        state.applied = believed
        state.openAttempt = open ? "a" : nil
        if let desired {
            let order = EventOrder(published: Instant(nanoseconds: 0), ticks: 0, removes: !desired, uuid: "e-\(user)")
            state.decision = Decision(order: order, position: 3)
        }
        let binding = Binding(
            finding: bound ? .bound : .notFound,
            directoryID: bound ? "d-\(user)" : nil,
            detail: nil,
            at: 0
        )
        return KnownGroup.Pair(user: user, login: nil, state: state, binding: binding)
    }

    private static func drift(_ pairs: [KnownGroup.Pair], found: [String]) -> GroupDrift {
        let known = KnownGroup(group: "g", state: GroupState(), pairs: pairs)
        return GroupDrift(known, directoryGroup: "d-g", members: found, lastApplied: ["u": "attempt-7"])
    }

    @Test func `where all three agree there is none`() {
        let pairs = [
            Self.pair("u", desired: true, believed: .present), Self.pair("v", desired: false, believed: .absent),
        ]
        let drift = Self.drift(pairs, found: ["d-u"])
        #expect(drift.pairs.isEmpty && drift.unknown.isEmpty)
        #expect(drift.news(asOf: 9) == nil)
    }

    /// Each way in which the three can differ: desired, believed, real, what it is called, and whether it is written down.
    @Test(
        arguments: [
            (true, Applied.present, false, "changed in the directory by somebody else", true),
            (false, .absent, true, "changed in the directory by somebody else", true),
            (true, .absent, true, "right already, though the ledger believed otherwise", true),
            (false, .present, false, "right already, though the ledger believed otherwise", true),
            (true, nil, true, "right already, which the ledger did not know", true),
            (false, .unknown, false, "right already, which the ledger did not know", true),
            (true, .absent, false, "to be pushed", false),
            (false, .present, true, "to be pushed", false),
            (true, nil, false, "not known to have been pushed", true),
            (false, .unknown, true, "not known to have been pushed", true),
        ] as [(Bool, Applied?, Bool, String, Bool)]
    )
    func `every way in which they differ has its words`(
        desired: Bool,
        believed: Applied?,
        real: Bool,
        words: String,
        isNews: Bool
    ) throws {
        let drift = Self.drift([Self.pair("u", desired: desired, believed: believed)], found: real ? ["d-u"] : [])
        let pair = try #require(drift.pairs.first)
        #expect(pair.words == words)
        #expect(pair.decidedBy == "e-u" && pair.attempt == "attempt-7")
        #expect(drift.news(asOf: 9)?.pairs == (isNews ? [.init(user: "u", member: "d-u", present: real)] : nil))
        #expect(drift.unknown.isEmpty)
    }

    @Test func `a member whom no event names is unknown, even where the ledger has a pair for it`() {
        let pairs = [
            Self.pair("u", desired: true, believed: .present), Self.pair("v", desired: nil, believed: nil),
            Self.pair("w", desired: nil, believed: .absent),
        ]
        let drift = Self.drift(pairs, found: ["d-u", "d-w", "d-x", "d-v"])
        #expect(drift.unknown == ["d-v", "d-w", "d-x"])
        #expect(drift.pairs.isEmpty && drift.news(asOf: 9) == nil)
    }

    @Test func `what was sent for an event that was corrected since is still to be taken back`() throws {
        let drift = Self.drift([Self.pair("u", desired: nil, believed: .present)], found: ["d-u"])
        let pair = try #require(drift.pairs.first)
        #expect(pair.desired == "absent" && pair.decidedBy == nil && pair.words == "to be pushed")
        #expect(drift.unknown.isEmpty)
    }

    @Test func `what a request under way changes, and users without an account, are not compared but counted`() {
        let pairs = [
            Self.pair("u", desired: true, believed: .unknown, open: true),
            Self.pair("v", desired: true, believed: nil, bound: false),
            Self.pair("w", desired: false, believed: nil, bound: false),
        ]
        let drift = Self.drift(pairs, found: ["d-u"])
        #expect(drift.pairs.isEmpty && drift.unknown.isEmpty)
        #expect(drift.changing == 1 && drift.unbound == 1)
    }
}
