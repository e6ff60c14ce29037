public import Okta

/// Where in the log an event stands: the entry, and its place in that entry's `data.events`.
public struct EventPlace: Hashable, Comparable, Sendable {
    /// Position of the entry.
    public let position: Int64
    /// Index in `data.events`, from 0.
    public let ordinal: Int

    /// A place.
    public init(position: Int64, ordinal: Int) {
        self.position = position
        self.ordinal = ordinal
    }

    /// Whether `left` was recorded first.
    public static func < (left: EventPlace, right: EventPlace) -> Bool {
        (left.position, left.ordinal) < (right.position, right.ordinal)
    }
}

/// One copy of one event, as one entry of the log tells it. The same event (`uuid`) may come many times.
public struct EventCopy: Hashable, Sendable {
    /// Who told us.
    public enum Source: String, Hashable, Sendable {
        /// A hook delivery: late, repeated, and possibly edited.
        case hook
        /// The System Log: Okta's own record.
        case systemLog = "log"
    }

    /// Where the copy stands in the log.
    public let place: EventPlace
    /// Who told us.
    public let source: Source
    /// The event's identity: opaque text.
    public let uuid: String
    /// Okta's event type.
    public let eventType: String
    /// When Okta says it happened.
    public let published: Instant
    /// `outcome.result`.
    public let outcome: String?
    /// Who did it.
    public let actor: Party?
    /// The one group that the event is about.
    public let group: Party?
    /// The one user that the event is about.
    public let user: Party?
    /// Why the event has no effect, if it has none.
    public let ignored: IgnoredReason?
    /// Why this copy alone does not suffice, if it does not.
    public let untimely: HeldReason?

    /// A copy read back from a store.
    public init(
        place: EventPlace,
        source: Source,
        uuid: String,
        eventType: String,
        published: Instant,
        outcome: String?,
        actor: Party?,
        group: Party?,
        user: Party?,
        ignored: IgnoredReason?,
        untimely: HeldReason?
    ) {
        self.place = place
        self.source = source
        self.uuid = uuid
        self.eventType = eventType
        self.published = published
        self.outcome = outcome
        self.actor = actor
        self.group = group
        self.user = user
        self.ignored = ignored
        self.untimely = untimely
    }

    /// What the type means.
    public var kind: EventKind { EventKind(eventType: eventType) }

    /// The copy's place in the order of its pair.
    public var order: EventOrder {
        EventOrder(published: published, removes: kind == .remove || kind == .groupDeleted, uuid: uuid)
    }

    /// Whether two copies say the same: type, outcome, published, and who and which group.
    /// Names are left out: Okta fills them in at sending, so an honest copy may carry a newer one.
    public func saysTheSame(as other: EventCopy) -> Bool {
        eventType == other.eventType && outcome == other.outcome && published == other.published
            && group?.id == other.group?.id && user?.id == other.user?.id && ignored == other.ignored
    }
}

extension EventCopy {
    /// What one event of one entry says.
    /// - Parameters:
    ///   - event: the event as Okta wrote it.
    ///   - place: where it stands in the log.
    ///   - source: who told us.
    ///   - organization: the org that sent it, if the entry tells.
    ///   - recordedAt: when the entry was recorded, in microseconds since 1970.
    ///   - settings: what the fold was told to count.
    init(
        _ event: LogEvent,
        at place: EventPlace,
        from source: Source,
        organization: String?,
        recordedAt: Int64,
        settings: FoldSettings
    ) {
        let groups = event.targets.filter { $0.type == "UserGroup" }
        let users = event.targets.filter { $0.type == "User" }
        let kind = EventKind(eventType: event.eventType)
        let odd = event.malformedTargets > 0 || !(groups + users).allSatisfy { $0.id.utf8.allSatisfy { $0 < 0x80 } }
        self.init(
            place: place,
            source: source,
            uuid: event.uuid,
            eventType: event.eventType,
            published: event.published,
            outcome: event.outcome,
            actor: event.actor,
            group: groups.count == 1 && kind != .user ? groups[0] : nil,
            user: users.count == 1 && kind != .groupNamed && kind != .groupDeleted ? users[0] : nil,
            ignored: Self.ignored(
                event,
                kind: kind,
                odd: odd,
                groups: groups.count,
                users: users.count,
                foreign: !settings.admits(organization: organization, source: source)
            ),
            untimely: source == .hook ? HeldReason(published: event.published, recordedAt: recordedAt) : nil
        )
    }

    private static func ignored(
        _ event: LogEvent,
        kind: EventKind,
        odd: Bool,
        groups: Int,
        users: Int,
        foreign: Bool
    ) -> IgnoredReason? {
        if kind == .other { return event.eventType.utf8.starts(with: "event_hook.".utf8) ? .eventHook : .type }
        if foreign { return .organization }
        if event.outcome != "SUCCESS" { return .outcome }
        if odd { return .malformedTarget }
        switch kind {
        case .add, .remove: return groups == 1 && users == 1 ? nil : .targets
        case .groupDeleted, .groupNamed: return groups == 1 ? nil : .targets
        case .user: return users == 1 ? .userLifecycle : .targets
        case .other: return .type
        }
    }
}
