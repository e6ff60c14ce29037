/// Body of a `scim.observation` entry: what a lookup in the directory taught, written only when it changes.
public struct ObservationBody: Codable, Hashable, Sendable {
    /// What was looked up.
    public enum Subject: String, Codable, Hashable, Sendable {
        /// A user, by `externalId` or `userName`.
        case user
        /// A group, by `displayName`.
        case group
    }

    /// A user or a group.
    public let subject: Subject
    /// Its Okta id.
    public let id: String
    /// What was found.
    public let finding: Finding
    /// The directory's id; present where `finding` is `bound`.
    public let directoryID: String?
    /// What it was found by: `externalId`, `userName` or `displayName`, and the value; or why it cannot be used.
    public let detail: String?

    /// An observation.
    public init(subject: Subject, id: String, finding: Finding, directoryID: String?, detail: String?) {
        self.subject = subject
        self.id = id
        self.finding = finding
        self.directoryID = directoryID
        self.detail = detail
    }

    private enum CodingKeys: String, CodingKey {
        case subject, id, finding, detail
        case directoryID = "directory_id"
    }
}

/// What a lookup found.
public enum Finding: String, Codable, Hashable, Sendable, CaseIterable {
    /// Exactly one, and it is ours to use.
    case bound
    /// None.
    case notFound
    /// Several.
    case ambiguous
    /// One, but it is bound to another Okta id.
    case taken
    /// It was bound, and the directory no longer has it.
    case gone
    /// The directory answered, but its answer is of no use: it refuses the question, or says what cannot be read.
    case failed
    /// The directory failed, or there was no whole answer.
    case unanswered

    /// What was found, for people.
    public var words: String {
        switch self {
        case .bound: "bound"
        case .notFound: "not found"
        case .ambiguous: "ambiguous"
        case .taken: "taken"
        case .gone: "gone"
        case .failed: "lookup failed"
        case .unanswered: "lookup unanswered"
        }
    }

    /// When it is looked for again; `nil` where it need not be.
    public var ladder: Ladder? {
        switch self {
        case .bound: nil
        case .notFound, .ambiguous, .taken, .gone, .failed: .lookup
        case .unanswered: .connection
        }
    }
}

/// Body of a `scim.observation` entry about the directory as a whole, written when that changes and no outcome says it.
public struct DirectoryBody: Codable, Hashable, Sendable {
    /// Tells it from what lookups taught.
    public enum Subject: String, Codable, Hashable, Sendable {
        /// The directory as a whole.
        case directory
    }

    /// How it stands.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// It deals with requests.
        case answers
        /// No connection is made.
        case unreachable
        /// It asks for time.
        case throttled
        /// It refuses the token.
        case unauthorized
    }

    /// Always `directory`.
    public let subject: Subject
    /// How it stands.
    public let finding: State
    /// What showed it: a status, or why there was no connection.
    public let detail: String?
    /// Until when it is left alone, in microseconds since 1970; `nil` where it named no time.
    public let retryAt: Int64?

    /// What is to be known of the directory; `nil` for no trouble.
    public init(_ trouble: DirectoryTrouble?) {
        subject = .directory
        finding =
            switch trouble?.kind {
            case nil: .answers
            case .unreachable: .unreachable
            case .throttled: .throttled
            case .unauthorized: .unauthorized
            }
        detail = trouble?.detail
        retryAt = trouble?.until
    }

    /// The trouble that it tells of; `nil` where there is none.
    public var trouble: DirectoryTrouble.Kind? {
        switch finding {
        case .answers: nil
        case .unreachable: .unreachable
        case .throttled: .throttled
        case .unauthorized: .unauthorized
        }
    }

    private enum CodingKeys: String, CodingKey {
        case subject, finding, detail
        case retryAt = "retry_at"
    }
}
