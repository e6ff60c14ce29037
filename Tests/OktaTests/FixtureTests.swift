import Okta
import Testing

@Suite struct `What Okta is known to send` {
    /// What a fixture must become.
    struct Expected: Sendable {
        var file: String
        var eventID: String
        /// Nil where the source has a placeholder for its host.
        var organization: String?
        var eventTime: String
        var summaries: [String]
    }

    static let deliveries = [
        Expected(
            file: "hook-group-add-mismatched-displayMessage.discord.json",
            eventID: "7725f197-576a-4eff-b1ce-668221e8144a",
            organization: "sandbox.oktapreview.com",
            eventTime: "2023-05-23T20:33:08.822Z",
            summaries: ["group.user_membership.add SUCCESS by PublicClientAppEntity to User, UserGroup"]
        ),
        Expected(
            file: "hook-group-add-web-nulls-stripped.fengyu225.json",
            eventID: "b35b987b-28d0-4660-b8d4-049c7ed9fc47",
            organization: "dev-15495745.okta.com",
            eventTime: "2023-12-17T19:50:37.215Z",
            summaries: ["group.user_membership.add SUCCESS by User to User, UserGroup"]
        ),
        Expected(
            file: "hook-multi-2events-null-target.logzio.json",
            eventID: "aad38794-8234-4c85-93e7-8092b2534131",
            organization: "trial-1653213.okta.com",
            eventTime: "2022-11-14T17:02:36.691Z",
            summaries: [
                "user.lifecycle.delete.initiated Success by nobody to ",
                "system.log_stream.lifecycle.delete Success by nobody to ",
            ]
        ),
        Expected(
            file: "hook-preview-group-add-null-actor-null-target.aws-samples.json",
            eventID: "0d6c348d-a771-49dd-9eb7-655167f26501",
            organization: "dev-51269148.okta.com",
            eventTime: "2022-12-21T13:48:32.813Z",
            summaries: ["group.user_membership.add Success by nobody to "]
        ),
        Expected(
            file: "hook-preview-sample-microseconds.logzio.json",
            eventID: "6e0e111c-fced-493b-82e3-4fa3c0f7fd59",
            organization: "trial-8778577.okta.com",
            eventTime: "2025-04-21T06:19:19.305084Z",
            summaries: ["user.behavior.profile.reset Success by nobody to "]
        ),
        Expected(
            file: "hook-session-start.okta-docs-2026.json",
            eventID: "85b60edb-4263-4e13-993b-818e26201052",
            organization: nil,
            eventTime: "2023-03-28T17:03:37.093Z",
            summaries: ["user.session.start SUCCESS by User to AuthenticatorEnrollment, AppInstance"]
        ),
        Expected(
            file: "hook-user-deactivate-system-job-nanosecond-eventTime.ilbee.json",
            eventID: "55377059-967e-4bf2-af9a-0fe8ea2b7da1",
            organization: "bricks.okta.com",
            eventTime: "2025-10-10T11:36:46.282226397Z",
            summaries: ["user.lifecycle.deactivate SUCCESS by SystemPrincipal to User"]
        ),
    ]

    @Test(arguments: deliveries)
    func `each delivery is read`(expected: Expected) throws {
        let fixture = try Fixture(expected.file)
        let delivery = try Delivery(parsing: fixture.bytes)
        #expect(delivery.eventID == expected.eventID)
        #expect(Delivery.eventID(in: fixture.bytes) == expected.eventID)
        #expect(delivery.organization == expected.organization)
        #expect(delivery.eventTime == expected.eventTime)
        let events = try delivery.events.map { try $0.get() }
        #expect(events.map(summary) == expected.summaries)
        for event in events {
            #expect(Instant(rfc3339: event.publishedText) == event.published)
            #expect(event.malformedTargets == 0)
        }
    }

    @Test func `a membership event keeps who, whom and which group`() throws {
        let delivery = try Delivery(parsing: Fixture("hook-group-add-web-nulls-stripped.fengyu225.json").bytes)
        let event = try #require(try delivery.events.first?.get())
        #expect(event.uuid == "881314fe-9d15-11ee-bc5e-4375ba0eba6a")
        #expect(event.publishedText == "2023-12-17T19:50:29.789Z")
        #expect(event.legacyEventType == "core.user_group_member.user_add")
        #expect(
            event.actor
                == Party(
                    id: "00uanj6crnJlouOZz5d7",
                    type: "User",
                    alternateId: "jsmith123@example.com",
                    displayName: "J Smith"
                )
        )
        #expect(
            event.targets == [
                Party(
                    id: "00uanplv6slY8dR1h5d7",
                    type: "User",
                    alternateId: "Jdoe@example.com",
                    displayName: "John Doe"
                ),
                Party(
                    id: "00gdz0dyasA3d63V85d7",
                    type: "UserGroup",
                    alternateId: "unknown",
                    displayName: "test-okta-hook-1"
                ),
            ]
        )
    }

    @Test(arguments: [
        ("log-group-add.demisto.json", "group.user_membership.add SUCCESS by User to User, UserGroup"),
        ("log-group-remove.demisto.json", "group.user_membership.remove SUCCESS by User to User, UserGroup"),
        (
            "log-app-group-import-4targets.elastic.json",
            "app.user_management SUCCESS by SystemPrincipal to AppUser, AppGroup, User, AppInstance"
        ),
    ])
    func `each bare event is read, and is no delivery`(file: String, expected: String) throws {
        let fixture = try Fixture(file)
        #expect(summary(try LogEvent(parsing: fixture.bytes)) == expected)
        #expect(throws: UnreadableDelivery.noEvents) { try Delivery(parsing: fixture.bytes) }
        #expect(Delivery.eventID(in: fixture.bytes) == nil)
    }

    @Test func `an imported membership is told apart by its older type alone`() throws {
        let event = try LogEvent(parsing: Fixture("log-app-group-import-4targets.elastic.json").bytes)
        #expect(event.legacyEventType == "app.user_management.app_group_member_import.insert_success")
    }

    @Test func `a page of the System Log is neither delivery nor event`() throws {
        let fixture = try Fixture("systemlog-page-2events-same-uuid-same-ms.demisto.json")
        #expect(throws: UnreadableDelivery.notAnObject) { try Delivery(parsing: fixture.bytes) }
        #expect(throws: UnreadableEvent.notAnObject) { try LogEvent(parsing: fixture.bytes) }
        // The same two events as a hook would send them: one uuid twice is for the fold to settle.
        let body = Array(#"{"data":{"events":"#.utf8) + fixture.bytes + Array("}}".utf8)
        let events = try Delivery(parsing: body).events.map { try $0.get() }
        #expect(events.map(\.uuid) == ["123", "123"])
        #expect(events.map(\.targets.count) == [2, 2])
    }

    @Test func `a cut-off body with a trailing comma is not JSON`() throws {
        let fixture = try Fixture("partial-malformed-trailing-comma.trelica.txt")
        #expect(throws: UnreadableDelivery.notJSON) { try Delivery(parsing: fixture.bytes) }
        #expect(Delivery.eventID(in: fixture.bytes) == nil)
    }

    private func summary(_ event: LogEvent) -> String {
        let targets = event.targets.map(\.type).joined(separator: ", ")
        return "\(event.eventType) \(event.outcome ?? "-") by \(event.actor?.type ?? "nobody") to \(targets)"
    }
}
