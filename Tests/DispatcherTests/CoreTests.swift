import HTTPTransport
import Projector
import SCIM
import Testing

@testable import Dispatcher

@Suite struct `What is sent and when` {
    private let second: Int64 = 1_000_000

    private func plain(_ group: String) -> GroupDifference { Given.difference(of: group, [Given.change("u")]) }

    @Test func `a group has one request at a time, and is read again when it ends`() throws {
        let core = Desk()
        let batch = try #require(core.begin(plain("g"), now: 0))
        core.touch(["g"])
        #expect(core.next(now: 0) == nil)
        core.end(batch, Given.answer(204), now: 0)
        #expect(core.next(now: 0) == .read(group: "g"))
        #expect(core.running == 0)
    }

    @Test func `no more requests are under way than allowed`() throws {
        let core = Desk(parallel: 2)
        let first = try #require(core.begin(plain("a"), now: 0))
        _ = try #require(core.begin(plain("b"), now: 0))
        #expect(core.begin(plain("c"), now: 0) == nil)
        core.end(first, Given.answer(204), now: 0)
        #expect(core.next(now: 0) == .read(group: "c"))
    }

    @Test func `an answer to a request that left before a hold does not lift the hold`() throws {
        let core = Desk()
        let first = try #require(core.begin(plain("a"), now: 0))
        let second = try #require(core.begin(plain("b"), now: 0))
        core.end(first, Given.answer(429, retryAfter: 30), now: 0)
        core.end(second, Given.answer(204), now: 1)
        #expect(core.target.holdUntil == 30 * self.second)
        #expect(core.next(now: 30 * self.second - 1) == nil)
        #expect(core.next(now: 30 * self.second) != nil)
    }

    @Test func `sixteen refusals of one token count once`() throws {
        let core = Desk()
        let batches = try (0..<16).map { try #require(core.begin(plain("g\($0)"), now: 0)) }
        for batch in batches { core.end(batch, Given.answer(401), now: 0) }
        #expect(core.target.holdUntil == 15 * second)
        #expect(core.target.reason?.contains("token") == true)
    }

    @Test func `a later Retry-After prolongs a hold, a sooner one does not shorten it`() throws {
        let core = Desk()
        let batches = try (0..<3).map { try #require(core.begin(plain("g\($0)"), now: 0)) }
        for (batch, wait) in zip(batches, [20, 40, 10]) { core.end(batch, Given.answer(429, retryAfter: wait), now: 0) }
        #expect(core.target.holdUntil == 40 * second)
    }

    @Test func `a Retry-After of nothing is no invitation to hammer`() throws {
        let core = Desk()
        let batch = try #require(core.begin(plain("g"), now: 0))
        core.end(batch, Given.answer(429, retryAfter: 0), now: 0)
        #expect(core.target.holdUntil >= second)
        let retryAt = try #require(Given.outcome(Given.answer(429, retryAfter: 0)).retryAt)
        #expect(retryAt >= second)
        let asking = Desk()
        #expect(asking.begin(Given.difference(bound: false, [Given.change("u")]), now: 0) == nil)
        for question in asking.questions(now: 0) {
            asking.lookupFailed(question, .throttled(retryAfter: .zero), now: 0)
        }
        #expect(asking.target.holdUntil >= second)
    }

    @Test func `after a hold one request probes, and a success opens the full width`() throws {
        let core = Desk(parallel: 4)
        let batch = try #require(core.begin(plain("a"), now: 0))
        core.end(batch, Given.failure(.couldNotConnect, arrived: false), now: 0)
        let later = core.target.holdUntil
        let probe = try #require(core.begin(plain("b"), now: later))
        #expect(core.begin(plain("c"), now: later) == nil)
        core.end(probe, Given.answer(204), now: later)
        #expect(core.target == Target())
        #expect(core.begin(plain("c"), now: later) != nil)
        #expect(core.begin(plain("d"), now: later) != nil)
    }

    @Test func `what a hold held back is tried at once when it ends well`() throws {
        let core = Desk()
        let held = try #require(core.begin(plain("a"), now: 0))
        core.end(held, Given.answer(401), now: 0)
        let later = core.target.holdUntil
        let probe = try #require(core.begin(plain("b"), now: later))
        core.end(probe, Given.answer(204), now: later)
        let waiting = Given.difference(of: "a", failures: 1, waitReason: "token refused (401)", [Given.change("u")])
        #expect(core.begin(waiting, now: later) != nil)
    }

    @Test func `a group that alone is forbidden does not hold up the others`() throws {
        let core = Desk()
        var now: Int64 = 0
        let first = try #require(core.begin(plain("bad"), now: now))
        core.end(first, Given.answer(403), now: now)
        now = core.target.holdUntil
        let probe = try #require(core.begin(plain("good"), now: now))
        core.end(probe, Given.answer(204), now: now)
        for _ in 0..<5 {
            let refused = Given.difference(of: "bad", waitReason: "token refused (403)", [Given.change("u")])
            let again = try #require(core.begin(refused, now: now))
            core.end(again, Given.answer(403), now: now)
            #expect(core.target == Target())
            now += 600 * second
        }
    }

    @Test func `one lookup that the directory cannot bear does not hold up the others`() {
        let core = Desk()
        #expect(core.begin(Given.difference(of: "g", bound: false, [Given.change("u")]), now: 0) == nil)
        for question in core.questions(now: 0) {
            core.lookupFailed(question, .serverFailed(status: 500, retryAfter: nil), now: 0)
        }
        #expect(core.target == Target())
        #expect(core.begin(plain("other"), now: 0) != nil)
    }

    @Test func `a lookup is asked once for all groups that need it, which are read again when it ends`() {
        let core = Desk()
        let user = Given.change("u", bound: false)
        #expect(core.begin(Given.difference(of: "a", [user]), now: 0) == nil)
        let asked = core.questions(now: 0)
        #expect(asked.map(\.subject.id) == ["u"])
        core.touch(["b"])
        #expect(core.next(now: 0) == .read(group: "b"))
        #expect(core.plan(Given.difference(of: "b", [user]), now: 0) == nil)
        #expect(core.next(now: 0) == nil)
        core.lookedUp(asked[0], .bound, now: 0)
        let reads = [core.next(now: 0), core.next(now: 0)].compactMap(\.self)
        #expect(Set(reads) == [.read(group: "a"), .read(group: "b")])
    }

    @Test func `what is not found is looked for again after its delay, or at once under another name`() {
        let core = Desk()
        let unknown = Given.difference(of: "g", name: "AWS_old", bound: false, [Given.change("u")])
        #expect(core.begin(unknown, now: 0) == nil)
        let first = core.questions(now: 0)
        #expect(first.count == 1)
        core.lookedUp(first[0], .notFound, now: 0)
        #expect(core.begin(unknown, now: 1) == nil)
        #expect(core.questions(now: 1).isEmpty)
        #expect(core.wake(now: 1) == 30 * second)
        let renamed = Given.difference(of: "g", name: "AWS_new", bound: false, [Given.change("u")])
        #expect(core.begin(renamed, now: 2) == nil)
        #expect(core.questions(now: 2).map(\.name) == ["AWS_new"])
    }

    @Test func `a group whose own delay has not passed wakes when it has`() {
        let core = Desk()
        let waiting = Given.difference(of: "g", retryAt: 500, failures: 1, [Given.change("u")])
        #expect(core.begin(waiting, now: 0) == nil)
        #expect(core.wake(now: 0) == 500)
        core.advance(to: 500)
        #expect(core.next(now: 500) == .read(group: "g"))
    }

    @Test func `nothing rings while there is no room, and only its end while there is a hold`() throws {
        let core = Desk(parallel: 1)
        let waiting = Given.difference(of: "w", retryAt: 5, failures: 1, [Given.change("u")])
        #expect(core.begin(waiting, now: 0) == nil)
        let batch = try #require(core.begin(plain("a"), now: 0))
        core.touch(["b"])
        core.advance(to: 5)
        #expect(core.wake(now: 5) == nil)
        core.end(batch, Given.answer(429, retryAfter: 30), now: 5)
        #expect(core.wake(now: 5) == core.target.holdUntil)
        core.advance(to: core.target.holdUntil)
        #expect(core.next(now: core.target.holdUntil) != nil)
    }

    @Test func `after a 404 of one pair alone, both sides are looked for before anything names them again`() throws {
        let core = Desk()
        let difference = Given.difference(of: "g", [Given.change("u", present: false)])
        let batch = try #require(core.begin(difference, now: 0))
        core.end(batch, Given.answer(404), now: 0)
        #expect(core.begin(difference, now: 0) == nil)
        let asked = core.questions(now: 0)
        #expect(Set(asked.map(\.subject.id)) == ["g", "u"])
        for question in asked { core.lookupFailed(question, .malformed, now: 0) }
        #expect(core.begin(difference, now: 0) == nil, "still in doubt")
        core.advance(to: 60 * second)
        #expect(core.begin(difference, now: 60 * second) == nil)
        for question in core.questions(now: 60 * second) { core.lookedUp(question, .bound, now: 0) }
        #expect(core.begin(difference, now: 60 * second) != nil)
    }

    @Test func `a doubted group without a name is looked for by the id that it is bound to`() throws {
        let core = Desk()
        let nameless = Given.difference(of: "g", name: nil, [Given.change("u", present: false)])
        let batch = try #require(core.begin(nameless, now: 0))
        core.end(batch, Given.answer(404), now: 0)
        #expect(core.begin(nameless, now: 0) == nil)
        let asked = core.questions(now: 0)
        #expect(Set(asked.map(\.subject.id)) == ["g", "u"])
        for question in asked { core.lookedUp(question, .bound, now: 0) }
        #expect(core.begin(nameless, now: 0) != nil)
    }

    @Test func `what is known against the directory outlives a restart, and a time that it named holds`() {
        let named = Desk()
        named.resume(DirectoryTrouble(kind: .throttled, detail: nil, since: 0, until: 50 * second), now: 10 * second)
        named.touch(["g"])
        #expect(named.next(now: 50 * second - 1) == nil)
        #expect(named.wake(now: 10 * second) == 50 * second)
        #expect(named.next(now: 50 * second) == .read(group: "g"))
        let token = Desk()
        token.resume(DirectoryTrouble(kind: .unauthorized, detail: nil, since: 0, until: nil), now: 100 * second)
        let probe = token.begin(plain("a"), now: 100 * second)
        #expect(probe != nil, "somebody may have mended it")
        #expect(token.begin(plain("b"), now: 100 * second) == nil)
        if let probe { token.end(probe, Given.answer(401), now: 101 * second) }
        #expect(token.target.holdUntil == 105 * second)
    }

    @Test func `what the full disk kept from beginning begins later`() throws {
        let core = Desk()
        let batch = try #require(core.begin(plain("g"), now: 0))
        core.notBegun(batch, again: second)
        #expect(core.running == 0)
        #expect(core.next(now: 0) == nil)
        #expect(core.wake(now: 0) == second)
        core.advance(to: second)
        #expect(core.next(now: second) == .read(group: "g"))
    }
}
