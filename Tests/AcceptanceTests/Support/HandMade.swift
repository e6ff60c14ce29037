import Foundation
import Sandbox

/// Deliveries made by hand, one event each, where a test must say exactly what happens when.
struct HandMade {
    /// One change of one pair.
    struct Change {
        let uuid = UUID().uuidString.lowercased()
        let user: String
        let group: String
        let isAdd: Bool
        let published: Date

        /// The whole delivery with an `eventId` of its own.
        var body: [UInt8] { HandMade.delivery([event]) }

        var event: [String: Any] {
            [
                "uuid": uuid, "published": HandMade.text(published), "version": "0", "severity": "INFO",
                "eventType": "group.user_membership.\(isAdd ? "add" : "remove")",
                "outcome": ["result": "SUCCESS"],
                "actor": [
                    "id": "00uactor", "type": "User", "alternateId": "admin@example.com", "displayName": "Admin",
                ],
                "target": [
                    ["id": user, "type": "User", "alternateId": "\(user)@example.com", "displayName": user],
                    ["id": "00g\(group)", "type": "UserGroup", "alternateId": "unknown", "displayName": group],
                ],
            ]
        }
    }

    static func add(_ user: String, _ group: String, ago seconds: Double) -> Change {
        Change(user: user, group: group, isAdd: true, published: Date(timeIntervalSinceNow: -seconds))
    }

    static func remove(_ user: String, _ group: String, ago seconds: Double) -> Change {
        Change(user: user, group: group, isAdd: false, published: Date(timeIntervalSinceNow: -seconds))
    }

    /// A delivery of these events.
    static func delivery(_ events: [[String: Any]], id: String = UUID().uuidString.lowercased()) -> [UInt8] {
        let envelope: [String: Any] = [
            "eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1",
            "source": "https://example.okta.com/api/v1/eventHooks/who1", "eventId": id, "eventTime": text(Date()),
            "contentType": "application/json", "data": ["events": events],
        ]
        return Array((try? JSONSerialization.data(withJSONObject: envelope)) ?? Data())
    }

    /// RFC 3339 with milliseconds, as Okta writes.
    static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

extension HandMade.Change {
    /// The same event as the System Log has it.
    var logged: GeneratedEvent {
        GeneratedEvent(
            uuid: uuid,
            published: Int64((published.timeIntervalSince1970 * 1_000).rounded(.down)) * 1_000_000,
            eventType: event["eventType"] as? String ?? "",
            effect: nil,
            bytes: Array((try? JSONSerialization.data(withJSONObject: event)) ?? Data())
        )
    }
}
