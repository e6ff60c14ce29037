import Okta
import Testing

@testable import OktaClient

struct WalkTests {
    private func walk() throws -> SystemLogWalk {
        let query = SystemLogQuery(since: Instant(nanoseconds: 0), limit: 10, eventTypes: ["a.b"])
        return SystemLogWalk(query, of: try OktaOrg(url: "https://example.okta.com"))
    }

    private func next(_ cursor: String) -> [String] {
        ["<https://example.okta.com/api/v1/logs>; rel=\"self\"", "</api/v1/logs?after=\(cursor)>; rel=\"next\""]
    }

    @Test func `a walk goes on while events come, and ends at an empty page although it has a next link`() throws {
        var walk = try walk()
        #expect(try walk.took(events: 10, links: next("1")) == .goOn)
        #expect(walk.url == "https://example.okta.com/api/v1/logs?after=1")
        #expect(try walk.took(events: 3, links: next("2")) == .goOn)
        #expect(try walk.took(events: 0, links: next("2")) == .atTheEnd)
        #expect(walk.pages == 3)
    }

    @Test func `a next link that is the request itself ends a walk`() throws {
        var walk = try walk()
        #expect(try walk.took(events: 1, links: next("1")) == .goOn)
        #expect(try walk.took(events: 1, links: next("1")) == .atTheEnd)
    }

    @Test func `links in a circle are an error, not a loop`() throws {
        var walk = try walk()
        for cursor in ["1", "2", "3"] { _ = try walk.took(events: 1, links: next(cursor)) }
        #expect(throws: OktaError(.endless)) { try walk.took(events: 1, links: next("2")) }
    }

    @Test func `events without a next link are an error, because more may follow`() throws {
        var walk = try walk()
        #expect(throws: OktaError(.noNextLink)) { try walk.took(events: 1, links: []) }
        var quiet = try self.walk()
        #expect(try quiet.took(events: 0, links: []) == .atTheEnd)
    }

    @Test func `a next link to another host is refused by name, even on an empty page`() throws {
        for events in [0, 1] {
            var walk = try walk()
            let error = #expect(throws: OktaError.self) {
                try walk.took(events: events, links: ["<https://evil.example/api/v1/logs?after=1>; rel=\"next\""])
            }
            #expect(error?.kind == .foreignLink(host: "evil.example"))
        }
    }

    @Test func `a kept link is taken up only if it leads to this org's System Log`() throws {
        let org = try OktaOrg(url: "https://example.okta.com")
        #expect(SystemLogWalk(resuming: "https://example.okta.com/api/v1/logs?after=1", of: org) != nil)
        #expect(SystemLogWalk(resuming: "https://other.okta.com/api/v1/logs?after=1", of: org) == nil)
        #expect(SystemLogWalk(resuming: "https://example.okta.com/api/v1/users?after=1", of: org) == nil)
    }

    @Test func `a query polls: no until, ascending, a thousand events, the types wanted`() throws {
        let since = try #require(Instant(rfc3339: "2026-01-02T03:04:05.678901Z"))
        let path = SystemLogQuery(since: since, limit: 5_000, eventTypes: ["group.user_membership.add", "x"]).path
        #expect(
            path == "/api/v1/logs?since=2026-01-02T03%3A04%3A05.678Z&limit=1000&sortOrder=ASCENDING&filter="
                + "eventType%20eq%20%22group.user_membership.add%22%20or%20eventType%20eq%20%22x%22"
        )
    }
}

struct RateLimitTests {
    @Test func `a refusal is waited out until the reset by Okta's own clock, whatever ours says`() {
        let rate = RateLimit(limit: 50, remaining: 0, reset: 1_000_030, date: 1_000_000)
        for now: Int64 in [0, 999_000_000_000, 5_000_000_000_000] {
            #expect(rate.waitAfterRefusal(now: now) == .seconds(31))
        }
        let dateless = RateLimit(limit: 50, remaining: 0, reset: 1_000_030, date: nil)
        #expect(dateless.waitAfterRefusal(now: 1_000_020 * 1_000_000) == .seconds(11))
    }

    @Test func `no reset, however odd, stops us for long`() {
        #expect(RateLimit(limit: nil, remaining: nil, reset: nil, date: nil).waitAfterRefusal(now: 0) == .seconds(60))
        for (reset, date) in [(Int64.max, Int64.min), (.max, 0), (.min, .max), (0, 1_000_000)] {
            let wait = RateLimit(limit: 0, remaining: 0, reset: reset, date: date).waitAfterRefusal(now: 0)
            #expect((Duration.seconds(1)...RateLimit.longestWait).contains(wait))
        }
    }

    @Test func `the last tenth of a window is left to others`() {
        func wait(_ remaining: Int) -> Duration {
            RateLimit(limit: 50, remaining: remaining, reset: 130, date: 100).waitBeforeNext(now: 0)
        }
        #expect(wait(6) == .zero)
        #expect(wait(5) == .seconds(31))
        #expect(wait(0) == .seconds(31))
        #expect(RateLimit(limit: 50, remaining: 0, reset: 50, date: 100).waitBeforeNext(now: 0) == .zero)
        #expect(RateLimit(limit: nil, remaining: nil, reset: nil, date: nil).waitBeforeNext(now: 0) == .zero)
    }
}
