/// Body of a `ledger.started` entry.
public struct StartedBody: Codable, Hashable, Sendable {
    /// The program's version.
    public let version: String
    /// The database's schema version.
    public let schema: Int
    /// Whether deliveries are received: a command that works on a stopped ledger only writes.
    public let listening: Bool

    /// A start.
    public init(version: String, schema: Int, listening: Bool) {
        self.version = version
        self.schema = schema
        self.listening = listening
    }
}

/// Body of a `ledger.stopped` entry: the tallies of the run that ends.
public struct StoppedBody: Codable, Hashable, Sendable {
    /// The program's version.
    public let version: String
    /// Named counts of the run, such as deliveries accepted.
    public let tallies: [String: Int]

    /// A stop.
    public init(version: String, tallies: [String: Int]) {
        self.version = version
        self.tallies = tallies
    }
}

/// Body of a `ledger.configured` entry: every setting that the fold depends on. Written only when one changes.
public struct FoldSettings: Codable, Hashable, Sendable {
    /// Groups whose latest name starts with this are in scope.
    public let prefix: String
    /// Host of the Okta org whose events count, in lower case; any org where `nil`.
    public let organization: String?
    /// The directory: its base URL, without the token; `nil` where nothing is pushed.
    public let directory: String?
    /// What waits until Okta's own record shows it; nothing where `nil`.
    public let confirm: Confirm?

    /// What may wait for the System Log. What takes access away never does.
    public enum Confirm: String, Codable, Hashable, Sendable, CaseIterable {
        /// Additions.
        case adds
    }

    /// Settings.
    public init(prefix: String, organization: String?, directory: String?, confirm: Confirm? = nil) {
        self.prefix = prefix
        self.organization = organization?.lowercased()
        self.directory = directory
        self.confirm = confirm
    }

    /// What holds before the first `ledger.configured` entry.
    public static let initial = FoldSettings(prefix: "AWS_", organization: nil, directory: nil)

    /// Whether events that `organization` sent count. The System Log is read from the configured org only.
    func admits(organization sender: String?, source: EventCopy.Source) -> Bool {
        guard let organization, source == .hook else { return true }
        return sender == organization
    }
}
