/// Body of a `scim.observation` entry about the members of one directory group, written where reading them showed
/// something that the ledger did not believe.
///
/// Whoever writes it MUST leave out pairs that had an open attempt when the reading began: what they were is not certain.
public struct MembersBody: Codable, Hashable, Sendable {
    /// Tells it from what lookups taught.
    public enum Subject: String, Codable, Hashable, Sendable {
        /// The members of a group.
        case members
    }

    /// One pair of which the ledger believed something else.
    public struct Pair: Codable, Hashable, Sendable {
        /// Okta user id.
        public let user: String
        /// The directory's id of that user.
        public let member: String
        /// Whether the user was found among the members.
        public let present: Bool

        /// A pair.
        public init(user: String, member: String, present: Bool) {
            self.user = user
            self.member = member
            self.present = present
        }
    }

    /// Always `members`.
    public let subject: Subject
    /// Okta group id.
    public let group: String
    /// The directory's id of the group that was read.
    public let directoryGroup: String
    /// How many entries the log had before the directory was asked: a pair of a later attempt may have changed since.
    public let asOf: Int64
    /// How many members were found.
    public let found: Int
    /// How many of them no event names. They are left alone.
    public let unknown: Int
    /// What is news, ordered by user id as bytes.
    public let pairs: [Pair]

    /// An observation.
    public init(group: String, directoryGroup: String, asOf: Int64, found: Int, unknown: Int, pairs: [Pair]) {
        subject = .members
        self.group = group
        self.directoryGroup = directoryGroup
        self.asOf = asOf
        self.found = found
        self.unknown = unknown
        self.pairs = pairs
    }

    private enum CodingKeys: String, CodingKey {
        case subject, group, found, unknown, pairs
        case directoryGroup = "directory_group"
        case asOf = "as_of"
    }
}
