import Ledger
import Projector
import SCIM

/// Reads the directory's members of one group, compares them with what is desired and believed, and writes down what the
/// ledger did not believe: for `ledger reconcile`, and for the push before it sends what a baseline asks for.
struct MemberReading: Sendable {
    /// What came of it.
    enum Result: Sendable {
        case compared(GroupDrift)
        /// Nothing could be compared; why.
        case skipped(KnownGroup, reason: String)
        /// Without a pair nothing is asked for and nothing was sent, and nobody looks the group up.
        case empty
        /// The directory did not tell.
        case failed(KnownGroup, SCIMError)
    }

    let log: any EntryLog
    let fold: any FoldedLog
    /// The ids of a group's members by the directory's id of it; `nil` for no such group.
    let members: @Sendable (_ directoryGroup: String) async throws(SCIMError) -> [String]?

    /// Reads and compares.
    /// - Parameters:
    ///   - id: Okta group id.
    ///   - recording: whether anything is written.
    ///   - record: writes an entry and returns once it is folded.
    /// - Returns: what came of it.
    /// - Throws: the log's or the fold's error.
    func compare(
        _ id: String,
        recording: Bool,
        _ record: (MembersBody) async throws -> Void
    ) async throws -> Result {
        // Before the directory is asked: what later attempts change, the answer may not show.
        let position = try log.count()
        try await fold.folded(through: position - 1)
        let known = try await fold.differences { try $0.known(ofGroup: id) }
        let binding = known.state.binding
        guard binding?.finding == .bound, let directoryGroup = binding?.directoryID else {
            guard known.pairs.contains(where: \.state.isOurs) else { return .empty }
            return .skipped(known, reason: binding?.finding.words ?? "not looked up yet (--fix does)")
        }
        let found: [String]
        do throws(SCIMError) {
            guard let members = try await members(directoryGroup) else {
                return .skipped(known, reason: "the directory has no such group any more")
            }
            found = members
        } catch {
            return .failed(known, error)
        }
        var drift = GroupDrift(known, directoryGroup: directoryGroup, members: found, lastApplied: [:])
        if !drift.pairs.isEmpty {
            let last = try await fold.differences { try $0.lastApplied(inGroup: id) }
            drift = GroupDrift(known, directoryGroup: directoryGroup, members: found, lastApplied: last)
        }
        if recording, let news = drift.news(asOf: position) {
            try await record(news)
        }
        return .compared(drift)
    }
}
