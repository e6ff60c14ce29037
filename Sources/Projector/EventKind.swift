import Okta

/// What a System Log event type means to the fold.
/// The catalogue: developer.okta.com/docs/reference/api/event-types/.
public enum EventKind: Hashable, Sendable {
    /// A user entered a group.
    case add
    /// A user left a group.
    case remove
    /// A group ended; Okta does not document whether its members are told one by one.
    case groupDeleted
    /// A group was made or renamed: tells its name and nothing of its members.
    case groupNamed
    /// A user was made, disabled, renamed or deleted: kept and shown, tells a login, changes no membership.
    case user
    /// Anything else.
    case other

    /// What befalls Okta's event hooks. No hook can be subscribed to these: only the System Log tells them, deliveries that
    /// failed among them.
    public static let hookTypes = [
        "event_hook.delivery", "event_hook.created", "event_hook.updated", "event_hook.activated",
        "event_hook.deactivated", "event_hook.deleted", "event_hook.verified",
    ]

    /// The types that the fold knows: what a hook is to be subscribed to, and, with `hookTypes`, what a backfill asks for.
    public static let followedTypes = [
        "group.user_membership.add", "group.user_membership.remove", "group.lifecycle.create", "group.lifecycle.delete",
        "group.profile.update", "user.lifecycle.create", "user.lifecycle.activate", "user.lifecycle.deactivate",
        "user.lifecycle.suspend", "user.lifecycle.unsuspend", "user.lifecycle.reactivate",
        "user.lifecycle.delete.initiated", "user.account.update_profile",
    ]

    /// The meaning of an event type, spelled as Okta spells it.
    public init(eventType: String) {
        switch eventType {
        case "group.user_membership.add": self = .add
        case "group.user_membership.remove": self = .remove
        case "group.lifecycle.delete": self = .groupDeleted
        case "group.lifecycle.create", "group.profile.update": self = .groupNamed
        case "user.account.update_profile": self = .user
        default: self = eventType.hasPrefix("user.lifecycle.") ? .user : .other
        }
    }
}

/// Why an event that was read has no effect. The raw value stands in the `event` view.
public enum IgnoredReason: String, Hashable, Sendable, CaseIterable {
    /// A type that tells nothing of groups.
    case type
    /// It is about an event hook: what became of a delivery, or who changed the hook.
    case eventHook
    /// A user's life: kept and shown; it changes no membership.
    case userLifecycle
    /// `outcome.result` is not `SUCCESS`: nothing happened in Okta.
    case outcome
    /// Not exactly the one `User` and one `UserGroup` target (or the one `UserGroup`) that such an event has.
    case targets
    /// A target without an id or a type, or with an id that is not ASCII.
    case malformedTarget
    /// From another Okta org than the configured one.
    case organization
}

/// Why an event is held back: a hook delivery proves neither age nor truth, since an administrator can send any old or
/// edited event from the console's Preview.
public enum HeldReason: String, Hashable, Sendable, CaseIterable {
    /// Recorded more than 24 h after it was published.
    case old
    /// Recorded more than 5 min before it was published.
    case future

    /// Microseconds in 24 h.
    public static let oldAfter: Int64 = 24 * 3_600 * 1_000_000
    /// Microseconds in 5 min.
    public static let futureAfter: Int64 = 5 * 60 * 1_000_000

    /// The reason to hold a copy, if there is one.
    /// - Parameters:
    ///   - published: when Okta says it happened.
    ///   - recordedAt: when the copy entered the log, in microseconds since 1970.
    init?(published: Instant, recordedAt: Int64) {
        let publishedAt = published.nanoseconds / 1_000
        if recordedAt - publishedAt > Self.oldAfter {
            self = .old
        } else if publishedAt - recordedAt > Self.futureAfter {
            self = .future
        } else {
            return nil
        }
    }
}
