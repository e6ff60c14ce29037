public import Okta

/// The total order of the events of one user-group pair: by `published`, then by the ticks of the uuid, then an add
/// before a remove, then by the bytes of the uuid.
///
/// Okta delivers late and out of order and documents no tie-break within a millisecond. Version-1 uuids carry the time
/// of their making in ticks of 100 ns, which is a hint where its millisecond is that of `published`. Where there is no
/// such hint, the remove wins: in doubt nobody keeps access.
public struct EventOrder: Hashable, Sendable, Comparable {
    /// When Okta says it happened.
    public let published: Instant
    /// Ticks of 100 ns since 1970 from a version-1 uuid of the same millisecond; else 0 for an add and the maximum for
    /// a remove.
    public let ticks: Int64
    /// Whether the event takes membership away.
    public let removes: Bool
    /// The event's uuid, compared as bytes.
    public let uuid: String

    /// The place of an event that was published at `published` under `uuid`.
    public init(published: Instant, removes: Bool, uuid: String) {
        self.init(
            published: published,
            ticks: Self.ticks(uuid: uuid, published: published, removes: removes),
            removes: removes,
            uuid: uuid
        )
    }

    /// An order read back from a store.
    public init(published: Instant, ticks: Int64, removes: Bool, uuid: String) {
        self.published = published
        self.ticks = ticks
        self.removes = removes
        self.uuid = uuid
    }

    private static func ticks(uuid: String, published: Instant, removes: Bool) -> Int64 {
        let milliseconds = published.nanoseconds.flooredQuotient(1_000_000)
        if let ticks = TimeUUID.ticks(of: uuid), ticks.flooredQuotient(10_000) == milliseconds { return ticks }
        return removes ? .max : 0
    }

    /// Whether `left` comes before `right`; what comes last decides.
    public static func < (left: EventOrder, right: EventOrder) -> Bool {
        if left.published != right.published { return left.published < right.published }
        if left.ticks != right.ticks { return left.ticks < right.ticks }
        if left.removes != right.removes { return right.removes }
        return left.uuid.utf8.lexicographicallyPrecedes(right.uuid.utf8)
    }

    /// Equal when neither comes before the other: the same bytes, not the same characters.
    public static func == (left: EventOrder, right: EventOrder) -> Bool {
        left.published == right.published && left.ticks == right.ticks && left.removes == right.removes
            && left.uuid.utf8.elementsEqual(right.uuid.utf8)
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(published)
        hasher.combine(ticks)
        hasher.combine(removes)
        for byte in uuid.utf8 { hasher.combine(byte) }
    }

    /// What told the two apart when it was less than `published`; `nil` when `published` did.
    public func tieBreak(against other: EventOrder) -> TieBreak? {
        // That what was published at a baseline's instant wins is no guess.
        guard published == other.published, !isBaseline, !other.isBaseline else { return nil }
        if ticks != other.ticks { return .ticks }
        if removes != other.removes { return .kind }
        return .uuid
    }
}

/// What decided between two events of the same `published`: shown to auditors, since it is weaker evidence.
public enum TieBreak: String, Hashable, Sendable, Comparable {
    /// The ticks in version-1 uuids.
    case ticks
    /// A remove goes before an add.
    case kind
    /// Nothing but the bytes of the uuid.
    case uuid

    private var fineness: Int {
        switch self {
        case .ticks: 0
        case .kind: 1
        case .uuid: 2
        }
    }

    /// Whether `left` is the stronger evidence.
    public static func < (left: TieBreak, right: TieBreak) -> Bool { left.fineness < right.fineness }

    /// The weaker of the two.
    static func weaker(_ left: TieBreak?, _ right: TieBreak?) -> TieBreak? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
