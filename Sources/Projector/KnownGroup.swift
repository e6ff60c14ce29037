/// All that the fold knows of one group and its pairs, to be compared with what the directory holds.
public struct KnownGroup: Hashable, Sendable {
    /// One pair of the group.
    public struct Pair: Hashable, Sendable {
        /// Okta user id.
        public let user: String
        /// The latest login.
        public let login: String?
        /// What is known of the pair.
        public let state: PairState
        /// The user's place in the directory.
        public let binding: Binding?

        /// A pair.
        public init(user: String, login: String?, state: PairState, binding: Binding?) {
            self.user = user
            self.login = login
            self.state = state
            self.binding = binding
        }
    }

    /// Okta group id.
    public let group: String
    /// What is known of the group itself.
    public let state: GroupState
    /// Its pairs, ordered by user id as bytes.
    public let pairs: [Pair]

    /// A group and its pairs.
    public init(group: String, state: GroupState, pairs: [Pair]) {
        self.group = group
        self.state = state
        self.pairs = pairs
    }

    /// What a state knows of a group.
    public init(_ group: String, in state: some FoldState) throws {
        self.group = group
        self.state = try state.group(group)
        pairs = try state.pairs(ofGroup: group).sorted { $0.user.utf8.lexicographicallyPrecedes($1.user.utf8) }.map {
            let user = try state.user($0.user)
            return Pair(user: $0.user, login: user.login, state: try state.pair($0), binding: user.binding)
        }
    }

    /// The last attempt that was applied to each pair of a group: its id, by Okta user.
    public static func lastApplied(inGroup group: String, in state: some FoldState) throws -> [String: String] {
        var last: [String: String] = [:]
        for attempt in try state.attempts(ofGroup: group, from: 0) where attempt.outcome?.result == .applied {
            for change in attempt.body.changes { last[change.user] = attempt.body.id }
        }
        return last
    }
}
