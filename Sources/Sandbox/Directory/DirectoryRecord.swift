/// One membership change that a request asked for and that took place.
public struct MemberChange: Hashable, Sendable {
    /// Which way a membership went.
    public enum Direction: String, Sendable {
        /// The user became a member, or was one.
        case added
        /// The user is no member any more, or was none.
        case removed
    }

    /// When, in nanoseconds since 1970 UTC.
    public let at: Int64
    /// Which way.
    public let direction: Direction
    /// The directory's id of the group.
    public let groupID: String
    /// The group's name at that time.
    public let group: String
    /// The directory's id of the user.
    public let userID: String
    /// The user's externalId, or the directory's id where there is none.
    public let user: String
    /// False if it changed nothing: a member added again, a stranger removed.
    public let effective: Bool
}

/// A request that a careful AWS client never sends, noted even where AWS's answer would hide it.
public struct Violation: Hashable, Sendable {
    /// What was wrong.
    public enum Kind: String, CaseIterable, Sendable {
        /// A request without User-Agent; AWS refuses such a PATCH.
        case noUserAgent
        /// A PATCH operation without `path`.
        case noPath
        /// More than 100 membership changes in one request.
        case tooManyMembers
        /// A member with a `display` sub-attribute.
        case memberDisplay
        /// A remove of `members` without values, which empties the whole group on other servers.
        case unfilteredRemove
        /// An empty list of members, or no operations at all.
        case emptyValue
        /// A replace of `members`.
        case replacedMembers
        /// A member in both an add and a remove, or twice, in one request.
        case repeatedMember
        /// A query parameter that AWS does not support.
        case unsupportedParameter
        /// A path with an empty segment, as in `/scim/v2//Users`.
        case emptySegment
    }

    /// What was wrong.
    public let kind: Kind
    /// Method and target of the request.
    public let request: String
    /// When, in nanoseconds since 1970 UTC.
    public let at: Int64
}

/// What a directory has been asked, has answered, and has changed.
public struct DirectoryRecord: Sendable {
    /// Requests by `METHOD route status`, for example `PATCH /Groups/{id} 204`; the status of a request that got no
    /// answer is `hang` or `reset`.
    public internal(set) var requests: [String: Int] = [:]
    /// What a careful client never sends, in order.
    public internal(set) var violations: [Violation] = []
    /// Every membership change that took place, in order, those by deletions too.
    public internal(set) var journal: [MemberChange] = []

    /// The most GET requests that arrived in any second, whatever they were answered.
    public var mostReads: Int { reads.most }
    /// The most requests of other methods that arrived in any second.
    public var mostWrites: Int { writes.most }
    /// The most membership changes that requests arriving in any second asked for.
    public var mostMemberChanges: Int { memberChanges.most }
    private var reads = BusiestSecond()
    private var writes = BusiestSecond()
    private var memberChanges = BusiestSecond()

    /// The number of requests whose counter begins with this text: `PATCH`, or `GET /Users 200`.
    public func count(_ prefix: String) -> Int {
        requests.reduce(0) { $1.key.hasPrefix(prefix) ? $0 + $1.value : $0 }
    }

    /// The changes of one group, by its name at that time, in order.
    public func journal(of group: String) -> [MemberChange] {
        journal.filter { $0.group == group }
    }

    mutating func count(_ method: String, _ route: String, _ status: String) {
        requests["\(method) \(route) \(status)", default: 0] += 1
    }

    mutating func pace(isRead: Bool, memberChanges count: Int, at now: Int64) {
        if isRead { reads.add(1, at: now) } else { writes.add(1, at: now) }
        if count > 0 { memberChanges.add(count, at: now) }
    }

    mutating func note(_ kinds: [Violation.Kind], request: DirectoryRequest, at now: Int64) {
        violations += kinds.map { Violation(kind: $0, request: "\(request.method) \(request.target)", at: now) }
    }
}
