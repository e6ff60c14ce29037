/// Body of an `okta.baseline` entry: who is a member of one Okta group, as Okta's API told it when it was asked. Written only
/// where all of the group could be read.
public struct BaselineBody: Codable, Hashable, Sendable {
    /// A member.
    public struct Member: Codable, Hashable, Sendable {
        /// Okta user id.
        public let user: String
        /// The login; `nil` where Okta told none.
        public let login: String?
        /// The name for people; `nil` where Okta told none.
        public let name: String?
        /// Okta's word for where the user stands in life, such as `ACTIVE` or `SUSPENDED`; `nil` where Okta told none.
        public let status: String?

        /// A member.
        public init(user: String, login: String?, name: String?, status: String?) {
            self.user = user
            self.login = login
            self.name = name
            self.status = status
        }
    }

    /// The run, a UUID; all its entries have it.
    public let run: String
    /// Okta group id.
    public let group: String
    /// The group's name; `nil` where Okta has no such group any more.
    public let name: String?
    /// Whether Okta has the group.
    public let exists: Bool
    /// As of when it holds, in microseconds since 1970 on Okta's clock. Events that were published then or later may or may
    /// not be in it.
    public let instant: Int64
    /// When Okta was asked, in microseconds since 1970 on our clock.
    public let askedAt: Int64
    /// The members of any status, each once, ordered by user id as bytes.
    public let members: [Member]

    /// A baseline; members in any order.
    public init(
        run: String,
        group: String,
        name: String?,
        exists: Bool,
        instant: Int64,
        askedAt: Int64,
        members: [Member]
    ) {
        self.run = run
        self.group = group
        self.name = name
        self.exists = exists
        self.instant = instant
        self.askedAt = askedAt
        self.members = members.sorted { $0.user.utf8.lexicographicallyPrecedes($1.user.utf8) }
    }

    private enum CodingKeys: String, CodingKey {
        case run, group, name, exists, instant, members
        case askedAt = "asked_at"
    }

    /// What names it: unique among the baselines of a group, and no event's uuid begins so.
    public static func name(ofRun run: String) -> String { "baseline:" + run }

    /// Whether the fold can use it: ids are ASCII, as those of events are, and its instant can be told in nanoseconds.
    var isSound: Bool {
        let ids = [run, group] + members.map(\.user)
        return ids.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 < 0x80 } }
            && Set(members.map(\.user)).count == members.count && abs(instant / 1_000) < Int64.max / 1_000_000
            && (exists || members.isEmpty)
    }
}
