import Projector
import SCIM

/// The changes of one group that go into one request.
public struct Batch: Hashable, Sendable {
    /// One change with the directory's id of its user.
    public struct Change: Hashable, Sendable {
        /// Okta user id.
        public let user: String
        /// The directory's id of that user.
        public let member: String
        /// Whether the user is to be a member.
        public let present: Bool
        /// Whether an operator let it past the brake.
        public let isReleased: Bool
    }

    /// Okta group id.
    public let group: String
    /// The directory's id of that group.
    public let directoryGroup: String
    /// 1 to 100 changes, each user and each member once, removals first.
    public let changes: [Change]
    /// 1 for a first try.
    public let tryNumber: Int
    /// Refusals so far of the one pair, where it stands alone.
    public let refusals: Int
    /// Why the group's request before this one did not get through.
    public let formerReason: String?
    /// Whether it is one change of several at which the directory failed again and again.
    public let isProbe: Bool
    /// Whether it is part of a request that was split.
    public let isPiece: Bool
    /// Set where it holds the first removals that the directory is to be seen to carry out.
    public internal(set) var proof: Witnesses?

    /// The members of the group before, as the directory told them.
    public enum Witnesses: Hashable, Sendable {
        /// Their ids.
        case members([String])
        /// It does not tell members: nothing can be shown, and a leaver must not wait for that.
        case untold
    }

    /// Whether anybody is removed.
    var removes: Bool { changes.contains { !$0.present } }

    /// The next request of a group: pairs that no request was refused for go first and together; then those of a refused
    /// request, in halves, until the pair at fault stands alone. Removals go before additions. `nil` where nothing can
    /// be sent now.
    /// - Parameters:
    ///   - difference: what is to be done.
    ///   - limit: the most changes, 1 to 100.
    ///   - failures: how often in a row the directory failed at the group's requests.
    ///   - now: microseconds since 1970.
    ///   - isUsable: whether what a user is bound to is beyond doubt.
    init?(
        of difference: GroupDifference,
        limit: Int = MemberPatch.maximumChanges,
        failures: Int = 0,
        now: Int64,
        isUsable: (_ user: String) -> Bool = { _ in true }
    ) {
        guard let directoryGroup = difference.binding?.directoryID else { return nil }
        let usable = difference.changes
            .filter { $0.binding?.directoryID != nil && ($0.retryAt ?? 0) <= now && isUsable($0.user) }
        // After a failure the other end of what is alike goes first: what is at fault may be at this one.
        let ready = (failures % 2 == 0 ? usable : usable.reversed())
            .sorted { Self.rank($0) < Self.rank($1) }
        guard let first = ready.first else { return nil }
        let limit = max(1, min(first.batchLimit ?? .max, limit, MemberPatch.maximumChanges))
        var members: Set<String> = []
        var changes: [Change] = []
        for change in ready where change.batchLimit == first.batchLimit && changes.count < limit {
            guard let member = change.binding?.directoryID, members.insert(member).inserted else { continue }
            changes.append(
                Change(user: change.user, member: member, present: change.present, isReleased: change.isReleased)
            )
        }
        isProbe = failures >= Self.failuresBeforeProbe && failures % 2 == 1 && changes.count > 1
        // One change tells whether the directory fails at all of them or at one of the others.
        if isProbe { changes = [changes[failures / 2 % changes.count]] }
        group = difference.group
        self.directoryGroup = directoryGroup
        self.changes = changes
        tryNumber = difference.failures + 1
        refusals = first.refusals
        formerReason = difference.waitReason
        isPiece = first.batchLimit != nil
    }

    private static let failuresBeforeProbe = 4

    private static func rank(_ change: GroupDifference.Change) -> (Int, Int) {
        (-(change.batchLimit ?? .max), change.present ? 1 : 0)
    }
}
