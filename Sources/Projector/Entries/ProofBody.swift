/// Body of a `scim.proof` entry: whether the directory does with a removal what its dialect says, found by reading a
/// group's members before and after the first one.
public struct ProofBody: Codable, Hashable, Sendable {
    /// What was found.
    public enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        /// Those who were to go are gone, and others are still there.
        case exact
        /// Members are gone that nobody asked to remove.
        case tookOthers
        /// It said yes, and the members are still there.
        case ignored
        /// It refused the form of the request.
        case refused
    }

    /// What was found.
    public let verdict: Verdict
    /// The dialect of the request.
    public let dialect: String
    /// Okta group id.
    public let group: String
    /// The directory's id of that group.
    public let directoryGroup: String
    /// The attempt's UUID.
    public let attempt: String
    /// The directory's ids of those who were to go and are still there, or are gone and were not to go: the first 100.
    public let members: [String]
    /// How many those are.
    public let count: Int

    /// A finding.
    public init(
        verdict: Verdict,
        dialect: String,
        group: String,
        directoryGroup: String,
        attempt: String,
        members: [String]
    ) {
        self.verdict = verdict
        self.dialect = dialect
        self.group = group
        self.directoryGroup = directoryGroup
        self.attempt = attempt
        self.members = Array(members.prefix(100))
        count = members.count
    }

    private enum CodingKeys: String, CodingKey {
        case verdict, dialect, group, attempt, members, count
        case directoryGroup = "directory_group"
    }

    /// Why nothing is sent any more, for people; `nil` where all is well.
    public func harm(inGroup name: String?) -> String? {
        let group = "\(name ?? self.group) (directory group \(directoryGroup))"
        let what: String
        switch verdict {
        case .exact: return nil
        case .tookOthers: what = "a removal from \(group) took \(count) other member(s) with it"
        case .ignored:
            what = "a removal from \(group) was answered with success, but \(count) member(s) are still there"
        case .refused: what = "the directory refused the form of a removal from \(group)"
        }
        return "\(what). Nothing is sent. scim.dialect is \(dialect): mend it and start again, then `ledger resume`"
    }
}
