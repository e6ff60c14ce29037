/// What is still to do for one group: the difference between desired and applied membership. It is read, never stored:
/// the log is the queue.
public struct GroupDifference: Hashable, Sendable {
    /// One pair whose desired state is not known to be in force.
    public struct Change: Hashable, Sendable {
        /// Okta user id.
        public let user: String
        /// The latest login; what a directory user is found by where no `externalId` says better.
        public let login: String?
        /// Whether the user is to be a member.
        public let present: Bool
        /// The event or baseline that decides; `nil` where the one that did was corrected, which takes membership back.
        public let decision: Decision?
        /// What is known of the directory.
        public let applied: Applied?
        /// The user's place in the directory.
        public let binding: Binding?
        /// The most changes that a request holding this one may have.
        public let batchLimit: Int?
        /// Refusals of this pair alone, one after another.
        public let refusals: Int
        /// Not before this, in microseconds since 1970.
        public let retryAt: Int64?
        /// Whether an operator let it past the brake.
        public let isReleased: Bool
        /// Whether it must not leave before Okta's System Log, or an operator, has confirmed the event that decides.
        public let awaitsConfirmation: Bool

        /// A change; `nil` where nothing is desired.
        public init?(user: String, pair: PairState, state: UserState, awaitsConfirmation: Bool = false) {
            guard let present = pair.desired else { return nil }
            self.user = user
            login = state.login
            self.present = present
            decision = pair.decision
            applied = pair.applied
            binding = state.binding
            batchLimit = pair.batchLimit
            refusals = pair.refusals
            retryAt = pair.retryAt
            isReleased = pair.released != nil
            self.awaitsConfirmation = awaitsConfirmation
        }

        /// Whether the directory may hold it already: a baseline tells what may have been so for years. Who has no account
        /// is not seen by a look, and so waits for another.
        public var waitsForLook: Bool { applied == nil && decision?.order.isBaseline == true }

        /// Whether nothing need be sent: the user is to be absent, and the directory has lost the account it was bound to.
        public var isSettled: Bool { !present && binding?.finding == .gone }
    }

    /// Okta group id.
    public let group: String
    /// The latest name; what the directory group is found by.
    public let name: String?
    /// The group's place in the directory.
    public let binding: Binding?
    /// The attempt whose outcome is not known yet.
    public let openAttempt: String?
    /// Failed attempts since the last success.
    public let failures: Int
    /// Not before this, in microseconds since 1970.
    public let retryAt: Int64?
    /// Why its last request did not get through.
    public let waitReason: String?
    /// The position of the hold by which the brake keeps its changes back, except those that are released.
    public let hold: Int64?
    /// Which limit that hold is about.
    public let holdReason: HoldBody.Reason?
    /// The changes, ordered by user id as bytes.
    public let changes: [Change]

    /// The same difference with only some pairs in it; with all of them where `pairs` is `nil`.
    public func restricted(to pairs: Set<PairID>?) -> GroupDifference {
        guard let pairs else { return self }
        return GroupDifference(self, changes: changes.filter { pairs.contains(PairID(group: group, user: $0.user)) })
    }

    /// What may not be sent before the directory's members were read: a baseline asks for it, and nobody knows whether the
    /// directory holds it already.
    public var toLookAt: GroupDifference { GroupDifference(self, changes: changes.filter(\.waitsForLook)) }

    /// What may be sent: the same difference without what is to be looked at or confirmed first; `nil` where nothing is left.
    public var toSend: GroupDifference? {
        let sendable = changes.filter { !$0.waitsForLook && !$0.awaitsConfirmation }
        return sendable.isEmpty ? nil : GroupDifference(self, changes: sendable)
    }

    /// The same difference with only what an operator let past the brake.
    public var released: GroupDifference { GroupDifference(self, changes: changes.filter(\.isReleased)) }

    /// The same difference without additions that no operator let past the brake.
    public var withoutHeldAdditions: GroupDifference {
        GroupDifference(self, changes: changes.filter { $0.isReleased || !$0.present })
    }

    private init(_ other: GroupDifference, changes: [Change]) {
        group = other.group
        name = other.name
        binding = other.binding
        openAttempt = other.openAttempt
        failures = other.failures
        retryAt = other.retryAt
        waitReason = other.waitReason
        hold = other.hold
        holdReason = other.holdReason
        self.changes = changes
    }

    /// A group's difference.
    public init(group: String, state: GroupState, holdReason: HoldBody.Reason?, changes: [Change]) {
        self.group = group
        name = state.name
        binding = state.binding
        openAttempt = state.openAttempt
        failures = state.failures
        retryAt = state.retryAt
        waitReason = state.waitReason
        hold = state.hold
        self.holdReason = holdReason
        self.changes =
            state.binding?.finding == .gone ? changes.filter(\.present) : changes.filter { !$0.isSettled }
    }
}

/// Where differences are read: a consistent view of the folded state.
public protocol DifferenceReader {
    /// Every group in scope that has a pair to change, in any order.
    func groupsThatDiffer() throws -> [String]
    /// The difference of one group; `nil` where the group is out of scope or nothing is to be done.
    /// - Complexity: MUST depend on the pairs that differ, not on the pairs that the group has.
    func difference(ofGroup group: String) throws -> GroupDifference?
    /// What the difference of one group would be if nothing were known of its pairs that were decided at or after a
    /// position; `nil` where the group is out of scope or nothing would be to do.
    func difference(ofGroup group: String, doubtingFrom position: Int64) throws -> GroupDifference?
    /// Every group in scope, in any order.
    func groupsInScope() throws -> [String]
    /// The Okta id that a directory id is bound to.
    func holder(of directoryID: String, _ subject: ObservationBody.Subject) throws -> String?
    /// Why nothing is sent; `nil` while sending is allowed.
    func pauseReason() throws -> String?
    /// What concerns every request to the directory.
    func trouble() throws -> DirectoryTrouble?
    /// The latest login of a user.
    func login(ofUser user: String) throws -> String?
    /// The changes of one group that were sent after a time and that no operator let past the brake: each pair and state
    /// once, as it was sent last, in any order.
    /// - Complexity: MUST depend on the group's attempts since then, not on those before.
    func pushed(toGroup group: String, after time: Int64) throws -> [PushedChange]
    /// The Okta users that one group's directory group has or may have, as far as the log knows, each once, in any order.
    func knownMembers(ofGroup group: String) throws -> [String]
    /// The dialect in which a removal was seen to be exact after a time; `nil` where none was.
    func provedDialect(after time: Int64) throws -> String?
    /// All that is known of one group and its pairs.
    func known(ofGroup group: String) throws -> KnownGroup
    /// The last attempt that certainly made each pair of one group what it was then: its id, by Okta user.
    func lastApplied(inGroup group: String) throws -> [String: String]
}

/// A change that left, whatever came of it.
public struct PushedChange: Hashable, Sendable {
    /// Okta user id.
    public let user: String
    /// The directory's id of that user.
    public let member: String
    /// Whether the user was to be a member.
    public let present: Bool
    /// When its attempt was recorded, in microseconds since 1970.
    public let at: Int64

    /// A change.
    public init(user: String, member: String, present: Bool, at: Int64) {
        self.user = user
        self.member = member
        self.present = present
        self.at = at
    }
}

extension MemoryState: DifferenceReader {
    /// Every group in scope that has a pair to change.
    public func groupsThatDiffer() -> [String] {
        groupStates.keys.filter { difference(ofGroup: $0) != nil }
    }

    /// The difference of one group.
    public func difference(ofGroup group: String) -> GroupDifference? {
        difference(ofGroup: group, doubtingFrom: .max)
    }

    /// Every group in scope.
    public func groupsInScope() -> [String] { groupStates.filter(\.value.inScope).map(\.key) }

    /// What the difference of one group would be if nothing were known of its later pairs.
    public func difference(ofGroup group: String, doubtingFrom position: Int64) -> GroupDifference? {
        let state = self.group(group)
        guard state.inScope else { return nil }
        let changes = pairs(ofGroup: group).compactMap { id -> GroupDifference.Change? in
            let pair = self.pair(id)
            guard pair.differs || (pair.decision?.position ?? -1) >= position else { return nil }
            return GroupDifference.Change(
                user: id.user,
                pair: pair,
                state: user(id.user),
                awaitsConfirmation: (try? awaitsConfirmation(pair)) ?? false
            )
        }
        let sorted = changes.sorted { $0.user.utf8.lexicographicallyPrecedes($1.user.utf8) }
        let reason = state.hold.flatMap(hold)?.body.reason
        let difference = GroupDifference(group: group, state: state, holdReason: reason, changes: sorted)
        return difference.changes.isEmpty ? nil : difference
    }

    /// Why nothing is sent.
    public func pauseReason() -> String? { control.stopped }

    /// What concerns every request to the directory.
    public func trouble() -> DirectoryTrouble? { control.trouble }

    /// The latest login of a user.
    public func login(ofUser user: String) -> String? { self.user(user).login }
    /// The changes of one group that were sent after a time and not released.
    public func pushed(toGroup group: String, after time: Int64) -> [PushedChange] {
        var (added, removed): ([String: PushedChange], [String: PushedChange]) = ([:], [:])
        for id in (attemptsOfGroup[group] ?? []).reversed() {
            guard let attempt = attempts[id], attempt.at > time else { break }
            for change in attempt.body.changes where change.released != true {
                let (user, member, present) = (change.user, change.member, change.present)
                guard (present ? added : removed)[user] == nil else { continue }
                let pushed = PushedChange(user: user, member: member, present: present, at: attempt.at)
                if present { added[user] = pushed } else { removed[user] = pushed }
            }
        }
        return Array(added.values) + Array(removed.values)
    }

    /// The Okta users that one group's directory group has or may have, as far as the log knows.
    public func knownMembers(ofGroup group: String) -> [String] {
        pairs(ofGroup: group).filter { [.present, .unknown].contains(pair($0).applied) }.map(\.user)
    }

    /// The dialect in which a removal was seen to be exact.
    public func provedDialect(after time: Int64) -> String? { control.provedDialect(after: time) }

    /// All that is known of one group and its pairs.
    public func known(ofGroup group: String) throws -> KnownGroup { try KnownGroup(group, in: self) }

    /// The last attempt that was applied to each pair of one group.
    public func lastApplied(inGroup group: String) throws -> [String: String] {
        try KnownGroup.lastApplied(inGroup: group, in: self)
    }
}
