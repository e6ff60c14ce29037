public import Ledger
public import Projector
import SCIM

/// Reads the directory's members of each bound group, and compares them with what is desired and believed.
public struct Reconciler: Sendable {
    private let log: any EntryLog
    private let fold: any FoldedLog
    private let directory: any Directory

    /// A reconciler of one log with one directory.
    public init(log: any EntryLog, fold: any FoldedLog, directory: any Directory) {
        self.log = log
        self.fold = fold
        self.directory = directory
    }

    /// Compares, group after group. One that cannot be read stops no other.
    /// - Parameters:
    ///   - group: Okta id of the one group to compare; all in scope where `nil`.
    ///   - recording: whether what the ledger did not believe is written down. The difference then asks for what is to be
    ///     sent, and the dispatcher sends it.
    /// - Returns: what was found.
    /// - Throws: the log's or the fold's error.
    public func run(group: String?, recording: Bool) async throws -> Reconciliation {
        try await fold.folded(through: try log.count() - 1)
        let (groups, paused) = try await fold.differences { reader in
            (try reader.groupsInScope(), try reader.pauseReason())
        }
        var result = Reconciliation(paused: paused)
        for id in groups.filter({ group == nil || $0 == group }).sorted() {
            try Task.checkCancellation()
            // Before the directory is asked: what later attempts change, the answer may not show.
            let position = try log.count()
            try await fold.folded(through: position - 1)
            let known = try await fold.differences { try $0.known(ofGroup: id) }
            guard known.state.binding?.finding == .bound, let directoryGroup = known.state.binding?.directoryID else {
                result.skip(known, reason: known.state.binding?.finding.words ?? "not looked up yet")
                continue
            }
            let members: [String]
            do throws(SCIMError) {
                members = try await directory.members(of: directoryGroup)
                // Directories that find members by a filter answer with nobody for a group that they do not have.
                if members.isEmpty, try await !directory.hasGroup(directoryGroup) {
                    result.skip(known, reason: "the directory has no such group any more")
                    continue
                }
            } catch {
                result.skip(known, reason: "\(error)")
                continue
            }
            let last = try await fold.differences { try $0.lastApplied(inGroup: id) }
            let drift = GroupDrift(known, directoryGroup: directoryGroup, members: members, lastApplied: last)
            if recording, let news = drift.news(asOf: position) { try await record(news) }
            result.groups.append(drift)
        }
        return result
    }

    private func record(_ body: MembersBody) async throws {
        let entry = NewEntry(kind: .scimObservation, key: nil, body: try EntryJSON.encode(body))
        try await fold.folded(through: try await log.append(entry).position)
    }
}

/// What comparing the directory with the ledger showed.
public struct Reconciliation: Codable, Hashable, Sendable {
    /// A group that could not be compared.
    public struct Skipped: Codable, Hashable, Sendable {
        /// Okta group id.
        public let group: String
        /// The group's latest name.
        public let groupName: String?
        /// Why, for people.
        public let reason: String

        private enum CodingKeys: String, CodingKey {
            case group, reason
            case groupName = "group_name"
        }
    }

    /// The groups that were compared, by their Okta ids.
    public internal(set) var groups: [GroupDrift] = []
    /// Those that could not be.
    public private(set) var skipped: [Skipped] = []
    /// Why nothing is sent; `nil` while sending is allowed.
    public let paused: String?

    init(paused: String?) { self.paused = paused }

    mutating func skip(_ known: KnownGroup, reason: String) {
        skipped.append(Skipped(group: known.group, groupName: known.state.name, reason: reason))
    }

    /// The pairs of which desired, believed and real membership do not agree.
    public var pairs: Set<PairID> {
        Set(groups.flatMap { group in group.pairs.map { PairID(group: group.group, user: $0.user) } })
    }
}
