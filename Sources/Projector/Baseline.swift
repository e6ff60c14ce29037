public import Okta

/// The latest reading of a group's members from Okta, so far as it decides.
public struct Baseline: Hashable, Sendable {
    /// Its place among the events of each pair: before all that were published at its instant or later.
    public let order: EventOrder
    /// Position of its entry.
    public let position: Int64
    /// The group's name; `nil` where Okta had no such group any more.
    public let name: String?
    /// Whether Okta had the group.
    public let exists: Bool
    /// When Okta was asked, in microseconds since 1970 on our clock.
    public let askedAt: Int64

    /// A baseline read back from a store.
    public init(order: EventOrder, position: Int64, name: String?, exists: Bool, askedAt: Int64) {
        self.order = order
        self.position = position
        self.name = name
        self.exists = exists
        self.askedAt = askedAt
    }

    /// What an entry tells.
    init(_ body: BaselineBody, at position: Int64) {
        self.init(
            order: .baseline(at: Instant(nanoseconds: body.instant * 1_000), of: BaselineBody.name(ofRun: body.run)),
            position: position,
            name: body.name,
            exists: body.exists,
            askedAt: body.askedAt
        )
    }

    /// What it decides of a pair that it names, or does not.
    func decision(isNamed: Bool) -> Decision {
        let order = EventOrder.baseline(at: order.published, of: order.uuid, removes: !isNamed)
        return Decision(order: order, position: position)
    }
}

/// What the latest baseline that named a user told of the user itself.
public struct ToldUser: Hashable, Sendable {
    /// The baseline's place among the events of the user.
    public let order: EventOrder
    /// The login.
    public let login: String?
    /// The display name.
    public let displayName: String?
    /// Okta's word for where the user stood in life as of then, such as `ACTIVE` or `SUSPENDED`.
    public let status: String?

    /// What a baseline told.
    public init(order: EventOrder, login: String?, displayName: String?, status: String?) {
        self.order = order
        self.login = login
        self.displayName = displayName
        self.status = status
    }
}

extension EventOrder {
    /// The place of a baseline: it was read at its instant or later, so every event of that instant may have come after it,
    /// and wins.
    public static func baseline(at instant: Instant, of name: String, removes: Bool = false) -> EventOrder {
        EventOrder(published: instant, ticks: .min, removes: removes, uuid: name)
    }

    /// Whether it is a baseline's and no event's.
    public var isBaseline: Bool { ticks == .min }
}
