import Okta
import Projector
import Testing

@testable import Dispatcher

/// The decision alone: what goes, what must be counted first, what is held.
@Suite struct `The brake` {
    private static let hour: Int64 = 3_600_000_000
    private let now: Int64 = 100 * hour

    private func difference(
        remove: Int = 0,
        add: Int = 0,
        released: Int = 0,
        unbound: Int = 0,
        hold: Int64? = nil,
        holdReason: HoldBody.Reason = .removals
    ) -> GroupDifference {
        Given.difference(
            hold: hold,
            holdReason: holdReason,
            (0..<remove).map { Given.change("r\($0)", present: false, uuid: "e-r\($0)") }
                + (0..<add).map { Given.change("a\($0)", uuid: "e-a\($0)") }
                + (0..<released).map { Given.change("x\($0)", present: false, released: true) }
                + (0..<unbound).map { Given.change("n\($0)", present: false, bound: false) }
        )
    }

    private func pushed(_ count: Int, present: Bool = false, prefix: String = "old", ago: Int64 = 1) -> [PushedChange] {
        (0..<count).map { PushedChange(user: "\(prefix)\($0)", member: "M\($0)", present: present, at: now - ago) }
    }

    private func judge(
        _ difference: GroupDifference,
        pushed: [PushedChange] = [],
        size: Int? = 1_000,
        _ settings: Brake.Settings = .standard
    ) -> Brake.Verdict {
        let size = size.map { Brake.Size(members: (0..<$0).map { "D\($0)" }, known: [], removed: []) }
        return Brake(settings).judge(difference, pushed: pushed, size: size, now: now)
    }

    private func reason(_ verdict: Brake.Verdict) -> HoldBody.Reason? {
        if case .hold(let body) = verdict { body.reason } else { nil }
    }

    private func settings(removals: Int = 0, share: Int = 0, additions: Int = 0, window: Int64 = hour) -> Brake.Settings
    {
        Brake.Settings(removals: removals, shareMillionths: share, additions: additions, window: window)
    }

    @Test func `fifty removals go, the fifty-first holds all of them, and none leaves`() throws {
        #expect(judge(difference(remove: 50)) == .go(difference(remove: 50)))
        guard case .hold(let body) = judge(difference(remove: 51)) else { throw Unexpected() }
        #expect(body.reason == .removals)
        #expect([body.counted, body.allowed] == [51, 50])
        #expect(body.realSize == nil)
        #expect(body.window == Self.hour)
        #expect(Set(body.pairs) == Set((0..<51).map { .init(user: "r\($0)", present: false, event: "e-r\($0)") }))
    }

    @Test func `two hundred additions go, one more holds them`() {
        #expect(reason(judge(difference(add: 200))) == nil)
        #expect(reason(judge(difference(add: 201))) == .additions)
    }

    @Test func `what left within the window counts with what is to leave`() {
        #expect(reason(judge(difference(remove: 1), pushed: pushed(49))) == nil)
        #expect(reason(judge(difference(remove: 1), pushed: pushed(50))) == .removals)
        #expect(reason(judge(difference(add: 1), pushed: pushed(200, present: true))) == .additions)
    }

    @Test func `what left when the window began, or before, counts no more`() {
        #expect(reason(judge(difference(remove: 1), pushed: pushed(50, ago: Self.hour))) == nil)
        #expect(reason(judge(difference(remove: 1), pushed: pushed(50, ago: Self.hour - 1))) == .removals)
    }

    @Test func `a removal that is tried again counts once`() {
        #expect(reason(judge(difference(remove: 50), pushed: pushed(50, prefix: "r"))) == nil)
    }

    @Test func `additions do not count as removals, nor removals as additions`() {
        #expect(reason(judge(difference(remove: 30, add: 100), pushed: pushed(100, present: true))) == nil)
        #expect(reason(judge(difference(add: 150), pushed: pushed(50))) == nil)
    }

    @Test func `a hold for removals holds the group's additions too`() throws {
        guard case .hold(let body) = judge(difference(remove: 51, add: 3)) else { throw Unexpected() }
        #expect(body.pairs.filter(\.present).count == 3)
    }

    @Test(arguments: [(5, 10, false), (6, 10, true), (6, 12, false), (7, 13, true), (6, 11, true), (9, 9, false)])
    func `exactly half of the members may go, more of ten or more may not`(removals: Int, size: Int, isHeld: Bool) {
        let verdict = judge(difference(remove: removals), size: size)
        #expect(reason(verdict) == (isHeld ? .share : nil))
        if case .hold(let body) = verdict {
            #expect(body.realSize == size)
            #expect(body.allowed == size / 2)
        }
    }

    @Test func `members are counted only where the share could be passed`() {
        #expect(judge(difference(remove: 5), size: nil) == .go(difference(remove: 5)))
        #expect(judge(difference(remove: 6), size: nil) == .measure(directoryGroup: "G", removed: []))
        let before = pushed(5)
        #expect(
            judge(difference(remove: 1), pushed: before, size: nil) == .measure(directoryGroup: "G", removed: before)
        )
    }

    @Test func `a single leaver is never held, whatever the figures`() {
        let strictest = settings(removals: 1, share: 1, additions: 1)
        for size in [nil, 1, 10, 11, 1_000] {
            #expect(reason(judge(difference(remove: 1), size: size, strictest)) == nil)
        }
        #expect(reason(judge(difference(remove: 2), strictest)) == .removals)
    }

    @Test func `nought switches a limit off, and only that one`() {
        let many = difference(remove: 500, add: 500)
        #expect(reason(judge(many, .off)) == nil)
        #expect(reason(judge(many, settings(removals: 1, share: 1, additions: 1, window: 0))) == nil)
        #expect(reason(judge(many, settings(removals: 50))) == .removals)
        #expect(reason(judge(many, settings(share: 400_000))) == .share)
        #expect(reason(judge(many, settings(additions: 200))) == .additions)
        #expect(judge(many, size: nil, settings(removals: 600)) == .go(many), "no share: nothing to count")
    }

    @Test func `each figure is the one that is set`() {
        #expect(reason(judge(difference(remove: 3), settings(removals: 3))) == nil)
        #expect(reason(judge(difference(remove: 4), settings(removals: 3))) == .removals)
        #expect(reason(judge(difference(remove: 29), size: 100, settings(share: 290_000))) == nil)
        #expect(reason(judge(difference(remove: 30), size: 100, settings(share: 290_000))) == .share)
        #expect(reason(judge(difference(add: 5), settings(additions: 4))) == .additions)
        let short = settings(removals: 3, window: 60_000_000)
        #expect(reason(judge(difference(remove: 1), pushed: pushed(9, ago: 60_000_000), short)) == nil)
        #expect(reason(judge(difference(remove: 1), pushed: pushed(9, ago: 59_999_999), short)) == .removals)
    }

    @Test func `what is released does not count`() {
        let both = difference(remove: 50, released: 500)
        #expect(judge(both) == .go(both))
        #expect(reason(judge(difference(remove: 51, released: 500))) == .removals)
    }

    @Test func `while a group is held only what is released goes`() {
        let held = difference(remove: 60, add: 3, released: 2, hold: 7)
        guard case .go(let allowed) = judge(held) else { return #expect(Bool(false), "held twice") }
        #expect(allowed.changes.map(\.user) == ["x0", "x1"])
    }

    @Test func `a hold for additions lists additions alone, and lets leavers go`() throws {
        guard case .hold(let body) = judge(difference(remove: 3, add: 201)) else { throw Unexpected() }
        #expect(body.pairs.count == 201)
        #expect(!body.pairs.contains { !$0.present })
        let held = difference(remove: 50, add: 300, released: 2, hold: 7, holdReason: .additions)
        guard case .go(let allowed) = judge(held) else { throw Unexpected() }
        #expect(allowed.changes.filter { !$0.present }.count == 52)
        #expect(!allowed.changes.contains { $0.present })
        #expect(judge(held, size: nil) == .measure(directoryGroup: "G", removed: []))
        for reason in [HoldBody.Reason.removals, .share] {
            guard case .go(let none) = judge(difference(remove: 1, add: 3, hold: 7, holdReason: reason)) else {
                throw Unexpected()
            }
            #expect(none.changes.isEmpty)
        }
        guard case .go(let rest) = judge(difference(remove: 51, released: 1, hold: 7, holdReason: .additions)) else {
            throw Unexpected()
        }
        #expect(rest.changes.map(\.user) == ["x0"], "too many removals wait as well")
    }

    @Test func `a count is of the members before the removals of the window that is judged, each once`() {
        let early = pushed(6, ago: Self.hour - 1)
        let size = Brake.Size(members: (6..<20).map { "M\($0)" }, known: [], removed: early)
        #expect(size.before(Set(early.map(\.user)), removals: 6) == 20)
        #expect(size.before([], removals: 0) == 14, "the window has moved on")
        #expect(size.before(["old1", "old2", "old7", "else"], removals: 4) == 16)
        let again = Brake.Size(members: ["M0", "M1"], known: [], removed: pushed(2))
        #expect(again.before(["old0", "old1"], removals: 2) == 2, "who was to leave and is still there counts once")
    }

    @Test func `what the log knows counts where it is more, and who is to leave where the directory tells nothing`() {
        #expect(Brake.Size(members: [], known: ["u1", "u2"], removed: []).before([], removals: 9) == 2)
        #expect(Brake.Size(members: ["M1", "M2", "M3"], known: ["u1"], removed: []).before([], removals: 9) == 3)
        #expect(Brake.Size(members: nil, known: ["u1"], removed: pushed(2)).before(["old0"], removals: 1) == 2)
        #expect(Brake.Size(members: nil, known: ["u1"], removed: []).before([], removals: 29) == 29)
    }

    @Test func `who has no account in the directory counts once there is one`() {
        #expect(reason(judge(difference(remove: 50, unbound: 100))) == nil)
        #expect(reason(judge(Given.difference(bound: false, difference(remove: 60).changes))) == nil)
    }
}

struct Unexpected: Error {}
