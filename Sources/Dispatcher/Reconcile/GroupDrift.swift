import Okta
public import Projector

/// How one group stands when what is desired, what the ledger believes and what the directory holds are laid side by side.
public struct GroupDrift: Codable, Hashable, Sendable {
    /// A pair of which the three do not agree.
    public struct Pair: Codable, Hashable, Sendable {
        /// Okta user id.
        public let user: String
        /// The latest login.
        public let login: String?
        /// The directory's id of the user.
        public let member: String
        /// `present` or `absent`: what Okta's events and baselines ask for.
        public let desired: String
        /// `present`, `absent` or `unknown`: what the ledger believes; nothing where nothing was ever sent.
        public let applied: String?
        /// `present` or `absent`: what the directory holds.
        public let actual: String
        /// The uuid of the event, or the name of the baseline, that decides; nothing where the one that did was corrected by
        /// the System Log.
        public let decidedBy: String?
        /// When Okta says that it happened (UTC).
        public let decidedAt: String?
        /// The last attempt that was applied to the pair; nothing where none was.
        public let attempt: String?

        /// Whether the directory holds what is desired.
        public var isRight: Bool { actual == desired }
        /// Whether the ledger believes something else than the directory holds.
        public var isNews: Bool { actual != applied }

        /// What happened, for people.
        public var words: String {
            switch (isRight, applied == nil || applied == Applied.unknown.rawValue, isNews) {
            case (true, true, _): "right already, which the ledger did not know"
            case (true, false, _): "right already, though the ledger believed otherwise"
            case (false, true, _): "not known to have been pushed"
            case (false, false, false): "to be pushed"
            case (false, false, true): "changed in the directory by somebody else"
            }
        }

        private enum CodingKeys: String, CodingKey {
            case user, login, member, desired, applied, actual, attempt
            case decidedBy = "decided_by"
            case decidedAt = "decided_at"
        }
    }

    /// Okta group id.
    public let group: String
    /// The group's latest name.
    public let groupName: String?
    /// The directory's id of the group.
    public let directoryGroup: String
    /// How many members the directory holds.
    public let found: Int
    /// The pairs of which the three do not agree, ordered by user id as bytes.
    public let pairs: [Pair]
    /// The directory's ids of members whom neither an event nor a baseline names, sorted. They are left alone.
    public let unknown: [String]
    /// Users to be changed who are not bound to any account: of them nothing can be compared.
    public let unbound: Int
    /// Pairs that a request under way is changing: they are compared another time.
    public let changing: Int
    /// The hold by which the brake keeps the group's changes back.
    public let hold: String?

    /// Lays the three side by side.
    /// - Parameters:
    ///   - known: what the ledger knew before the directory was asked.
    ///   - directoryGroup: the directory group that was asked about.
    ///   - members: the directory's ids of its members, each once.
    ///   - lastApplied: the last attempt that was applied to each user's pair.
    public init(_ known: KnownGroup, directoryGroup: String, members: [String], lastApplied: [String: String]) {
        let actual = Set(members)
        var named: Set<String> = []
        var pairs: [Pair] = []
        var (unbound, changing) = (0, 0)
        for pair in known.pairs {
            let member = pair.binding?.finding == .bound ? pair.binding?.directoryID : nil
            if pair.state.openAttempt != nil {
                changing += 1
                if let member { named.insert(member) }
                continue
            }
            guard pair.state.isOurs, let desired = pair.state.desired else { continue }
            guard let member else {
                if pair.state.differs, desired { unbound += 1 }
                continue
            }
            named.insert(member)
            let isPresent = actual.contains(member)
            guard desired != isPresent || pair.state.applied != (isPresent ? .present : .absent) else { continue }
            pairs.append(Pair(pair, member, desired, isPresent, lastApplied[pair.user]))
        }
        group = known.group
        groupName = known.state.name
        self.directoryGroup = directoryGroup
        found = actual.count
        self.pairs = pairs
        unknown = actual.subtracting(named).sorted()
        self.unbound = unbound
        self.changing = changing
        hold = known.state.hold.map(HoldBody.name(at:))
    }

    /// What is to be written down.
    /// - Parameter position: how many entries the log had before the directory was asked.
    /// - Returns: what the ledger did not believe; `nil` where there is no such thing.
    public func news(asOf position: Int64) -> MembersBody? {
        let news = pairs.filter(\.isNews)
        guard !news.isEmpty else { return nil }
        return MembersBody(
            group: group,
            directoryGroup: directoryGroup,
            asOf: position,
            found: found,
            unknown: unknown.count,
            pairs: news.map { .init(user: $0.user, member: $0.member, present: $0.actual == Applied.present.rawValue) }
        )
    }

    private enum CodingKeys: String, CodingKey {
        case group, found, pairs, unknown, unbound, changing, hold
        case groupName = "group_name"
        case directoryGroup = "directory_group"
    }
}

extension GroupDrift.Pair {
    fileprivate init(
        _ pair: KnownGroup.Pair,
        _ member: String,
        _ desired: Bool,
        _ isPresent: Bool,
        _ attempt: String?
    ) {
        self.init(
            user: pair.user,
            login: pair.login,
            member: member,
            desired: (desired ? Applied.present : .absent).rawValue,
            applied: pair.state.applied?.rawValue,
            actual: (isPresent ? Applied.present : .absent).rawValue,
            decidedBy: pair.state.decision?.order.uuid,
            decidedAt: pair.state.decision?.order.published.text,
            attempt: attempt
        )
    }
}
