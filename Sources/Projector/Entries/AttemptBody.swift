/// Body of a `scim.attempt` entry: the request that is about to leave, and the pairs it changes. Never the token.
public struct AttemptBody: Codable, Hashable, Sendable {
    /// One change that the request asks for.
    public struct Change: Codable, Hashable, Sendable {
        /// Okta user id.
        public let user: String
        /// The directory's id of that user.
        public let member: String
        /// Whether the user is to be a member.
        public let present: Bool
        /// `true` where an operator let it past the brake, so that the brake does not count it; else `nil`.
        public let released: Bool?

        /// A change.
        public init(user: String, member: String, present: Bool, released: Bool = false) {
            self.user = user
            self.member = member
            self.present = present
            self.released = released ? true : nil
        }
    }

    /// The attempt's UUID, also the entry's key.
    public let id: String
    /// Okta group id.
    public let group: String
    /// The directory's id of that group.
    public let directoryGroup: String
    /// The changes, each user once.
    public let changes: [Change]
    /// HTTP method.
    public let method: String
    /// Path below the directory's base URL.
    public let path: String
    /// The request body, exactly as sent.
    public let body: String
    /// 1 for the first try of the group's work, 2 for the next, and so on until one succeeds.
    public let tryNumber: Int

    /// An attempt.
    public init(
        id: String,
        group: String,
        directoryGroup: String,
        changes: [Change],
        method: String,
        path: String,
        body: String,
        tryNumber: Int
    ) {
        self.id = id
        self.group = group
        self.directoryGroup = directoryGroup
        self.changes = changes
        self.method = method
        self.path = path
        self.body = body
        self.tryNumber = tryNumber
    }

    private enum CodingKeys: String, CodingKey {
        case id, group, changes, method, path, body
        case directoryGroup = "directory_group"
        case tryNumber = "try"
    }
}

/// Body of a `scim.outcome` entry: what came of an attempt.
public struct OutcomeBody: Codable, Hashable, Sendable {
    /// What is now known of the directory.
    public enum Result: String, Codable, Hashable, Sendable, CaseIterable {
        /// 2xx: every change is in force.
        case applied
        /// A definite refusal of this request (4xx): nothing changed.
        case refused
        /// No connection was made: nothing changed.
        case notSent
        /// 429: nothing changed; the whole directory asks for time.
        case throttled
        /// 401 or 403: nothing changed; the token is refused.
        case unauthorized
        /// Reset, timeout or 5xx: the changes may be in force or not.
        case unknown
    }

    /// The attempt's UUID, also the entry's key.
    public let attempt: String
    /// What is now known.
    public let result: Result
    /// HTTP status, if there was an answer.
    public let status: Int?
    /// The directory's name for the request (`x-amzn-RequestId`).
    public let requestID: String?
    /// The first part of the answer, or the transport error.
    public let detail: String?
    /// From sending to the last byte, in milliseconds.
    public let durationMilliseconds: Int
    /// When to try again, in microseconds since 1970; `nil` where nothing is left to try.
    public let retryAt: Int64?
    /// Until when the directory asked to be left alone (`Retry-After`), in microseconds since 1970; `nil` where it did not.
    public let holdUntil: Int64?
    /// Okta ids of the users whom the refusal itself names; `nil` where it names none.
    public let atFault: [String]?
    /// Whether the request is to be split though it was not refused: the directory fails at it again and again, while
    /// others get through.
    public let split: Bool?
    /// Whether it was kept back because the directory asked for time meanwhile: no failure of its own.
    public let withheld: Bool?

    /// An outcome.
    public init(
        attempt: String,
        result: Result,
        status: Int?,
        requestID: String?,
        detail: String?,
        durationMilliseconds: Int,
        retryAt: Int64?,
        holdUntil: Int64? = nil,
        atFault: [String]? = nil,
        split: Bool? = nil,
        withheld: Bool? = nil
    ) {
        self.attempt = attempt
        self.result = result
        self.status = status
        self.requestID = requestID
        self.detail = detail
        self.durationMilliseconds = durationMilliseconds
        self.retryAt = retryAt
        self.holdUntil = holdUntil
        self.atFault = atFault
        self.split = split
        self.withheld = withheld
    }

    private enum CodingKeys: String, CodingKey {
        case attempt, result, status, detail, split, withheld
        case atFault = "at_fault"
        case requestID = "request_id"
        case durationMilliseconds = "duration_ms"
        case retryAt = "retry_at"
        case holdUntil = "hold_until"
    }
}
