import GRDB
import Ledger
import Projector
import Testing

@testable import SQLiteStore

/// What the view `pending` says of what waits.
struct ViewsPendingTests {
    @Test func `the ladder in SQL is the ladder, at every age`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = Seeded(state: seed)
        let ledger = try ViewsLedger()
        let start: Int64 = 1_785_574_801_000_001
        for ladder in [Ladder.lookup, .connection, .token, Ladder(first: 5, longest: 5), Ladder(first: 1, longest: 60)]
        {
            let edges = (ladder.growing + [0, ladder.longest, 100 * ladder.longest]).flatMap { [$0 - 1, $0, $0 + 1] }
            let ages = edges + (0..<300).map { _ in Int64.random(in: -10...(1 << 40), using: &random) }
            let expression = ViewExpressions.next(ladder, after: "n", since: "s")
            let sql = "SELECT \(expression) FROM (SELECT ? AS n, ? AS s)"
            for age in ages {
                let found = try ledger.texts(sql, [start + age, start])
                #expect(found == ["\(ladder.next(after: start + age, since: start))"], "age \(age), seed \(seed)")
            }
        }
    }

    /// A group with one member to come, bound unless the reason is about that.
    private func ledger(group: Finding? = .bound, user: Finding? = .bound) async throws -> ViewsLedger {
        let ledger = try ViewsLedger()
        try ledger.clock("2026-08-01T09:00:00Z")
        try await ledger.note(
            .ledgerConfigured,
            FoldSettings(prefix: "AWS_", organization: nil, directory: "https://scim.example/v2")
        )
        try await ledger.deliver("d-1", [.add("ann", "AWS_Admin", "2026-08-01T09:00:00Z", "e-1")])
        if let group { try await ledger.observe(.group, "00g-AWS_Admin", group, group == .bound ? "g-1" : nil) }
        if let user { try await ledger.observe(.user, "00u-ann", user, user == .bound ? "u-1" : nil) }
        return ledger
    }

    private func reason(_ ledger: ViewsLedger) throws -> String {
        try ledger.fold()
        return try ledger.texts("SELECT reason FROM pending").first ?? "none"
    }

    @Test(arguments: Finding.allCases.filter { $0 != .bound })
    func `what a lookup found is the reason, and its ladder says when it is looked for next`(
        finding: Finding
    ) async throws {
        for isGroup in [true, false] {
            let ledger = try await isGroup ? ledger(group: finding) : ledger(user: finding)
            #expect(try reason(ledger) == "\(isGroup ? "group" : "user") \(finding.words)")
            let row = try #require(
                try ledger.rows("SELECT next_at, waiting_since, unixepoch() * 1000000 AS now FROM pending").first
            )
            let (next, since, now) = (row["next_at"] as Int64, row["waiting_since"] as Int64, row["now"] as Int64)
            let ladder = try #require(finding.ladder)
            let possible = [now - 1_000_000, now].map { ladder.next(after: $0, since: since) }
            #expect(possible.contains(next))
        }
    }

    @Test func `the directory's trouble is the reason of what waits for nothing of its own`() async throws {
        let ledger = try await ledger()
        #expect(try reason(ledger) == "due")
        try await ledger.attempt("a-1", "AWS_Admin", ["ann": true], number: 1)
        #expect(try reason(ledger) == "request under way")
        try await ledger.outcome("a-1", .unauthorized, status: 403, retryAt: 1)
        #expect(try reason(ledger) == "token refused")
        let row = try #require(
            try ledger.rows(
                "SELECT detail, last_attempt, last_attempt_result, next_at > waiting_since AS later FROM pending"
            )
            .first
        )
        #expect(row["detail"] == "HTTP 403")
        #expect(row["last_attempt"] == "a-1")
        #expect(row["last_attempt_result"] == "unauthorized")
        #expect(row["later"] == true)
        try await ledger.observe(.user, "00u-ann", .notFound, nil)
        #expect(try reason(ledger) == "user not found", "a working token would not help")
        try await ledger.act(.pause, reason: "night")
        #expect(try reason(ledger) == "paused")
        #expect(try ledger.texts("SELECT detail, next_at FROM pending") == ["night -"])
    }

    @Test func `a time that the directory named is the next time, to the letter`() async throws {
        let ledger = try await ledger()
        let until: Int64 = 1_985_574_801_000_001
        let trouble = DirectoryTrouble(kind: .throttled, detail: "HTTP 429", since: 0, until: until)
        try await ledger.note(.scimObservation, DirectoryBody(trouble))
        #expect(try reason(ledger) == "directory asks for time")
        #expect(try ledger.texts("SELECT next_at FROM pending") == ["\(until)"])
        let concerns = try ledger.projection.concerns()
        #expect(concerns.directory?.until == until)
        try await ledger.note(.scimObservation, DirectoryBody(nil))
        #expect(try reason(ledger) == "due")
    }

    @Test func `a refusal and an unknown outcome are reasons with the times that they were given`() async throws {
        let ledger = try await ledger()
        try await ledger.attempt("a-1", "AWS_Admin", ["ann": true], number: 1)
        try await ledger.outcome("a-1", .unknown, status: 502, retryAt: 77)
        #expect(try reason(ledger) == "outcome unknown (502)")
        #expect(try ledger.texts("SELECT next_at FROM pending") == ["77"])
        try await ledger.attempt("a-2", "AWS_Admin", ["ann": true], number: 2)
        try await ledger.outcome("a-2", .refused, status: 400, retryAt: 99)
        #expect(try reason(ledger) == "refused (400)")
        #expect(try ledger.texts("SELECT next_at, refusals FROM pending") == ["99 1"])
    }

    @Test func `the oldest removal is one that is to be done, and none that is settled`() async throws {
        let ledger = try await ledger()
        try ledger.clock("2026-08-01T10:00:00Z")
        try await ledger.deliver("d-2", [.remove("bob", "AWS_Admin", "2026-08-01T10:00:00Z", "e-2")])
        try ledger.clock("2026-08-01T11:00:00Z")
        try await ledger.deliver("d-3", [.remove("carol", "AWS_Admin", "2026-08-01T11:00:00Z", "e-3")])
        try await ledger.deliver("d-4", [.remove("dave", "Team", "2026-08-01T09:30:00Z", "e-4")])
        try ledger.fold()
        let oldest = try #require(try ledger.projection.concerns().oldestRemoval)
        #expect(
            oldest.user == "00u-bob" && oldest.group == "00g-AWS_Admin" && oldest.reason == "user not looked up yet"
        )
        #expect(oldest.sinceUTC == "2026-08-01T10:00:00.000000Z")
        try await ledger.observe(.user, "00u-bob", .notFound, nil)
        try ledger.fold()
        #expect(try ledger.projection.concerns().oldestRemoval?.user == "00u-bob", "never resolved, so it stays loud")
        try await ledger.observe(.user, "00u-bob", .gone, nil)
        try ledger.fold()
        #expect(try ledger.projection.concerns().oldestRemoval?.user == "00u-carol")
        let waiting = try ledger.projection.summary().waiting
        #expect(waiting.map(\.reason) == ["due", "user not looked up yet"])
        #expect(waiting.map(\.removals) == [0, 1])
    }

    @Test func `a pause has a reason and a beginning`() async throws {
        let ledger = try await ledger()
        try ledger.clock("2026-08-01T12:00:00Z")
        try await ledger.act(.pause, reason: "night")
        try ledger.fold()
        let concerns = try ledger.projection.concerns()
        #expect(concerns.paused == "night")
        #expect(concerns.pausedSince == 1_785_585_600_000_000)
        try await ledger.act(.resume, reason: "day")
        try ledger.fold()
        #expect(try ledger.projection.concerns() == Projection.Concerns())
    }
}
