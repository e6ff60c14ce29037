import Projector

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

    /// Most changes that a request may have (AWS: docs.aws.amazon.com/singlesignon/latest/developerguide/patchgroup.html).
    public static let limit = 100

    /// The next request of a group: pairs that no request was refused for go first and together; then those of a refused
    /// request, in halves, until the pair at fault stands alone. Removals go before additions.
    /// - Parameters:
    ///   - difference: what is to be done.
    ///   - now: microseconds since 1970.
    /// - Returns: `nil` where nothing can be sent now.
    init?(of difference: GroupDifference, now: Int64) {
        guard let directoryGroup = difference.binding?.directoryID else { return nil }
        let ready = difference.changes
            .filter { $0.binding?.directoryID != nil && ($0.retryAt ?? 0) <= now }
            .sorted { Self.rank($0) < Self.rank($1) }
        guard let first = ready.first else { return nil }
        let limit = min(first.batchLimit ?? Self.limit, Self.limit)
        group = difference.group
        self.directoryGroup = directoryGroup
        tryNumber = difference.failures + 1
        refusals = first.refusals
        changes = ready.filter { $0.batchLimit == first.batchLimit }.prefix(limit).compactMap { change in
            change.binding?.directoryID.map { Change(user: change.user, member: $0, present: change.present) }
        }
    }

    private static func rank(_ change: GroupDifference.Change) -> (Int, Int) {
        (-(change.batchLimit ?? .max), change.present ? 1 : 0)
    }
}
