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
}
