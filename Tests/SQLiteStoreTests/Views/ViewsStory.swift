import Ledger
import Projector

/// A day in the life of a ledger with a bit of everything, by the names that `docs/schema.md` uses in its questions.
enum ViewsStory {
    static func tell(to ledger: ViewsLedger) async throws {
        try await morning(ledger)
        try await oddities(ledger)
        try await push(ledger)
        try await leaver(ledger)
        try await restart(ledger)
        try ledger.fold()
    }

    private static func morning(_ ledger: ViewsLedger) async throws {
        try ledger.clock("2026-08-01T08:00:00Z")
        try await ledger.note(
            .ledgerConfigured,
            FoldSettings(prefix: "AWS_", organization: "acme.okta.com", directory: "https://scim.example/v2")
        )
        try await ledger.note(.ledgerStarted, StartedBody(version: "1.0.0", schema: 1, listening: true))
        try ledger.clock("2026-08-01T09:00:02Z")
        try await ledger.deliver(
            "d-1",
            [
                .add("ann", "AWS_Admin", "2026-08-01T09:00:00.123Z", "e-1"),
                .add("bob", "AWS_Admin", "2026-08-01T09:00:00.5Z", "e-2"),
                .add("carol", "AWS_Admin", "2026-08-01T09:00:01.000001Z", "e-3"),
                .add("dave", "AWS_Old", "2026-08-01T09:00:01.000000001Z", "e-4"),
                .add("ann", "Everyone", "2026-08-01T09:00:01Z", "e-5"),
            ]
        )
        try await ledger.deliver("d-2", [.add("ann", "AWS_Admin", "2026-08-01T09:00:00.123Z", "e-1")])
        try await ledger.deliver("d-3", [.add("ann", "AWS_Admin", "2026-08-01T09:00:00.124Z", "e-1")])
        try await ledger.deliver(
            "d-4",
            [
                .remove("erin", "AWS_Admin", "2026-07-20T09:00:00Z", "e-6"),
                .add("gina", "AWS_Admin", "2026-07-20T09:00:00Z", "e-14"),
            ]
        )
        try await ledger.deliver(
            "d-5",
            [
                OktaEvent(
                    uuid: "e-7",
                    published: "2026-08-01T09:00:01Z",
                    type: "group.user_membership.add",
                    user: "erin",
                    group: "AWS_Admin",
                    outcome: "FAILURE"
                ),
                OktaEvent(uuid: "e-8", published: "2026-08-01T09:00:01Z", type: "user.session.start", user: "erin"),
                OktaEvent(uuid: "e-9", published: "yesterday", type: "user.session.start", user: "erin"),
            ]
        )
        try await ledger.deliver(
            "d-6",
            from: "evil.okta.com",
            [.add("eve", "AWS_Admin", "2026-08-01T09:00:01Z", "e-10")]
        )
    }

    private static func oddities(_ ledger: ViewsLedger) async throws {
        try await ledger.append(.oktaDelivery, key: "odd-1", [0x7B, 0xFF, 0xFE, 0x00, 0x7D])
        try await ledger.append(.oktaDelivery, key: "odd-2", Array(repeating: UInt8(ascii: "["), count: 10_000))
        try await ledger.append(.oktaDelivery, key: "odd-3", [])
        try await ledger.append(.oktaDelivery, key: "odd-4", Array(#"{"data":{"events":[]}}"#.utf8))
        try await ledger.append(.oktaDelivery, key: "odd-5", Array(#"{"data":{"events":["x"]}}"#.utf8))
        try await ledger.append(.oktaDelivery, key: "odd-6", Array(#" ["x"]"#.utf8))
        try await ledger.append(.oktaDelivery, key: "odd-7", Array("{\"a\":\"ü".utf8))
        let huge = #"{"data":{"events":[]},"x":""# + String(repeating: "ü", count: 1_000_000) + #""}"#
        try await ledger.append(.oktaDelivery, key: "odd-8", Array(huge.utf8))
    }

    private static func push(_ ledger: ViewsLedger) async throws {
        try await ledger.observe(.group, "00g-AWS_Admin", .bound, "g-1")
        try await ledger.observe(.group, "00g-AWS_Old", .bound, "g-2")
        for user in ["ann", "bob", "dave"] { try await ledger.observe(.user, "00u-\(user)", .bound, "u-\(user)") }
        try await ledger.observe(.user, "00u-carol", .notFound, nil)
        try ledger.clock("2026-08-01T09:00:03Z")
        try await ledger.attempt("a-1", "AWS_Admin", ["ann": true, "bob": true], number: 1)
        try ledger.clock("2026-08-01T09:00:03.25Z")
        try await ledger.outcome("a-1", .applied, status: 200)
        try await ledger.attempt("a-2", "AWS_Old", ["dave": true], number: 1)
        try ledger.clock("2026-08-01T09:00:04Z")
        try await ledger.outcome("a-2", .applied, status: 200)
    }

    private static func leaver(_ ledger: ViewsLedger) async throws {
        try ledger.clock("2026-08-01T10:00:01Z")
        try await ledger.deliver("d-7", [.remove("bob", "AWS_Admin", "2026-08-01T10:00:00Z", "e-11")])
        try await ledger.attempt("a-3", "AWS_Admin", ["bob": false], number: 1)
        try ledger.clock("2026-08-01T10:00:02Z")
        try await ledger.outcome("a-3", .unknown, status: 503)
        try ledger.clock("2026-08-01T10:00:07Z")
        try await ledger.attempt("a-4", "AWS_Admin", ["bob": false], number: 2)
        try ledger.clock("2026-08-01T10:00:07.5Z")
        try await ledger.outcome("a-4", .applied, status: 200)
        try await ledger.act(.pause, reason: "change freeze")
        try await ledger.act(.resume, reason: "freeze over")
    }

    private static func restart(_ ledger: ViewsLedger) async throws {
        try ledger.clock("2026-08-01T11:00:00Z")
        let deletion = OktaEvent(
            uuid: "e-12",
            published: "2026-08-01T10:59:59Z",
            type: "group.lifecycle.delete",
            group: "AWS_Old"
        )
        try await ledger.deliver("d-8", [deletion])
        try await ledger.attempt("a-5", "AWS_Old", ["dave": false], number: 1)
        try ledger.clock("2026-08-01T12:00:00Z")
        try await ledger.note(.ledgerStarted, StartedBody(version: "1.0.1", schema: 1, listening: true))
        try ledger.clock("2026-08-01T13:00:00Z")
        try await ledger.note(.ledgerStopped, StoppedBody(version: "1.0.1", tallies: ["deliveries": 0]))
        try ledger.clock("2026-08-01T13:05:00Z")
        try await ledger.note(.ledgerStarted, StartedBody(version: "1.0.1", schema: 1, listening: true))
        try await ledger.act(.approve, reason: "checked in Okta's console", events: ["e-6"])
        // A System Log copy that says otherwise stands for the event.
        let copy = try JSONBytes.encode(OktaEvent.add("frank", "AWS_Admin", "2026-08-01T13:05:00Z", "e-13").json)
        try await ledger.append(.oktaLogEvent, key: "e-13", copy)
    }
}
