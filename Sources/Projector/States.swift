import Okta

/// One Okta user in one Okta group.
public struct PairID: Hashable, Sendable {
    /// Okta group id, compared as bytes.
    public let group: String
    /// Okta user id, compared as bytes.
    public let user: String

    /// A pair.
    public init(group: String, user: String) {
        self.group = group
        self.user = user
    }
}

/// What decides a pair or a group: an event, or a baseline, at its place in the order.
public struct Decision: Hashable, Sendable {
    /// The event's place in the order of its pair; also says present or absent.
    public let order: EventOrder
    /// Position of the entry whose copy stands for the event.
    public let position: Int64
    /// What told it apart from the next one when `published` did not.
    public var tie: TieBreak?

    /// A decision.
    public init(order: EventOrder, position: Int64, tie: TieBreak? = nil) {
        self.order = order
        self.position = position
        self.tie = tie
    }

    /// The decision that an event makes.
    init(_ copy: EventCopy) { self.init(order: copy.order, position: copy.place.position) }

    /// The greater of the two, which remembers how close it was. Order and repetition of merging do not matter.
    static func latest(_ left: Decision?, _ right: Decision?) -> Decision? {
        guard var greater = left, var lesser = right else { return left ?? right }
        if greater.order == lesser.order { return greater }
        if greater.order < lesser.order { swap(&greater, &lesser) }
        greater.tie = TieBreak.weaker(greater.tie, greater.order.tieBreak(against: lesser.order))
        return greater
    }
}

/// What is known of a pair's membership in the directory.
public enum Applied: String, Hashable, Sendable {
    /// The user is a member.
    case present
    /// The user is not a member.
    case absent
    /// A request was sent, or an operator doubts: either may be true.
    case unknown

    /// The certain value.
    init(present: Bool) { self = present ? .present : .absent }
}

/// All that the fold knows of a pair.
public struct PairState: Hashable, Sendable {
    /// The greatest of the pair's own events.
    public var own: Decision?
    /// The position of the latest baseline that names the pair; `nil` where none does.
    public var named: Int64?
    /// What decides: the greatest of `own`, the group's deletion and the group's baseline.
    public var decision: Decision?
    /// Membership in the directory; `nil` where nothing was ever sent.
    public var applied: Applied?
    /// When `applied` became so, in microseconds since 1970.
    public var appliedAt: Int64?
    /// What `applied` was before the open attempt.
    public var appliedBefore: Applied?
    /// The attempt whose outcome will tell.
    public var openAttempt: String?
    /// The most changes that a request holding this pair may have: halved by each refusal, `nil` again after success.
    public var batchLimit: Int?
    /// Refusals of this pair alone, one after another.
    public var refusals = 0
    /// Not before this, in microseconds since 1970.
    public var retryAt: Int64?
    /// Why it waits.
    public var waitReason: String?
    /// The position of the hold whose approval lets the present decision past the brake.
    public var released: Int64?

    /// A pair of which nothing is known.
    public init() {}

    /// Whether the user is to be a member; `nil` where no event decides and nothing was sent. What was sent because of an
    /// event that the System Log has corrected since is taken back.
    public var desired: Bool? {
        if let decision { return !decision.order.removes }
        return applied == nil ? nil : false
    }

    /// Whether something is to be sent: what is desired is not what is known to be so.
    public var differs: Bool {
        guard let desired else { return false }
        return applied != Applied(present: desired)
    }
}

/// What is known of a user's or group's place in the directory.
public struct Binding: Hashable, Sendable {
    /// What the last lookup found.
    public var finding: Finding
    /// The directory's id while bound.
    public var directoryID: String?
    /// By what it was found, or why it cannot be used.
    public var detail: String?
    /// When it was found, in microseconds since 1970.
    public var at: Int64

    /// A binding.
    public init(finding: Finding, directoryID: String?, detail: String?, at: Int64) {
        self.finding = finding
        self.directoryID = directoryID
        self.detail = detail
        self.at = at
    }
}

/// All that the fold knows of a group.
public struct GroupState: Hashable, Sendable {
    /// The latest name that an event told.
    public var name: String?
    /// The event or baseline that told the name.
    public var naming: EventOrder?
    /// The greatest deletion.
    public var deletion: Decision?
    /// Whether the group's pairs are pushed.
    public var inScope = false
    /// Its directory group.
    public var binding: Binding?
    /// The one attempt whose outcome is not known yet.
    public var openAttempt: String?
    /// Failed attempts since the last success.
    public var failures = 0
    /// Not before this, in microseconds since 1970; `nil` where it waits for nothing, or for the directory as a whole.
    public var retryAt: Int64?
    /// Why its last request did not get through.
    public var waitReason: String?
    /// The position of the hold by which the brake keeps its changes back.
    public var hold: Int64?
    /// The latest reading of its members from Okta.
    public var baseline: Baseline?

    /// A group of which nothing is known.
    public init() {}
}

/// All that the fold knows of a user.
public struct UserState: Hashable, Sendable {
    /// The latest login that an event or a baseline told.
    public var login: String?
    /// The display name that was told with it.
    public var displayName: String?
    /// The event or baseline that told them.
    public var naming: EventOrder?
    /// Its directory user.
    public var binding: Binding?
    /// What the latest baseline that named the user told.
    public var told: ToldUser?

    /// A user of whom nothing is known.
    public init() {}
}

/// An attempt, from the entry that announces it to the one that says what came of it.
public struct AttemptState: Hashable, Sendable {
    /// The announcement.
    public let body: AttemptBody
    /// Position of the announcement.
    public let position: Int64
    /// When it was announced, in microseconds since 1970.
    public let at: Int64
    /// What came of it; `nil` while open.
    public var outcome: OutcomeBody?
    /// When the outcome was recorded, or when a restart gave up waiting for one.
    public var endedAt: Int64?

    /// An attempt.
    public init(body: AttemptBody, position: Int64, at: Int64) {
        self.body = body
        self.position = position
        self.at = at
    }
}

/// A hold of the brake, from the entry that says so to its end.
public struct HoldState: Hashable, Sendable {
    /// What is held, and why.
    public let body: HoldBody
    /// Position of its entry, which names it.
    public let position: Int64
    /// When it began, in microseconds since 1970.
    public let at: Int64
    /// When it ended; `nil` while it lasts.
    public var endedAt: Int64?
    /// Position of the entry that approved it; `nil` where none did.
    public var approval: Int64?
    /// The users whose changes the approval let through.
    public var released: Set<String> = []

    /// A hold that begins.
    public init(body: HoldBody, position: Int64, at: Int64) {
        self.body = body
        self.position = position
        self.at = at
    }
}

/// What holds for the whole ledger.
public struct ControlState: Hashable, Sendable {
    /// The settings in force: the last ones in the log.
    public var settings = FoldSettings.initial
    /// The directory that applied states and bindings are of: the last one that settings named. It stays while settings
    /// name none, so that another one after such a time is seen to be another.
    public var knownDirectory: String?
    /// Why an operator sends nothing; `nil` while none has paused.
    public var paused: String?
    /// What the directory was seen to do that it must not; nothing is sent until an operator resumes.
    public var harm: String?
    /// When that began, in microseconds since 1970.
    public var pausedAt: Int64?
    /// What concerns every request to the directory; `nil` while nothing is known against it.
    public var trouble: DirectoryTrouble?
    /// The dialect in which a removal was seen to remove those that it names, and nobody else; `nil` before that.
    public var provedDialect: String?
    /// When the last removal to be watched showed something, in microseconds since 1970.
    public var provedAt: Int64?
    /// `recorded_at` of the last entry folded.
    public var lastRecordedAt: Int64 = 0

    /// Before the first entry.
    public init() {}

    /// Why nothing is sent; `nil` while sending is allowed.
    public var stopped: String? { harm ?? paused }

    /// The dialect in which a removal was seen to be exact after a time.
    public func provedDialect(after time: Int64) -> String? {
        provedAt.map { $0 > time } ?? false ? provedDialect : nil
    }
}

/// A span in which the service was listening for deliveries.
public struct ListeningSpan: Hashable, Sendable {
    /// Position of the `ledger.started` entry.
    public let position: Int64
    /// When it started, in microseconds since 1970.
    public let from: Int64
    /// When it stopped, or, after a kill, when the last entry before it was recorded; `nil` while it listens.
    public var until: Int64?
    /// Whether it said that it stopped.
    public var stoppedCleanly = false

    /// A span that begins.
    public init(position: Int64, from: Int64) {
        self.position = position
        self.from = from
    }
}
