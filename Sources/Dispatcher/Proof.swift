import Projector
import SCIM

/// Whether a directory does with a removal what its dialect says. Pure: its members were read elsewhere.
///
/// Some servers drop what they do not understand of a removal, and empty the whole group; others say yes and do nothing
/// (facts: SimpleIdServer #164, authentik #25686). So the first removals of a directory go alone, one group at a time,
/// until one is seen to have removed those that it names and nobody else.
enum Proof {
    /// A server may be changed behind its URL, so the proof is made again with the first removal after a day.
    static let isGoodFor: Int64 = 24 * 3_600_000_000

    /// What two readings show.
    enum Showing: Hashable {
        /// Somebody else was there and still is; those who were to go are gone.
        case exact
        /// Those who were to go are gone, but nobody else was there who could tell.
        case nothing
        /// These are gone though nobody asked.
        case lost([String])
        /// These are still there.
        case kept([String])
    }

    /// Compares the members before and after a request.
    static func compare(before: [String], after: [String], _ batch: Batch) -> Showing {
        let removed = Set(batch.changes.filter { !$0.present }.map(\.member))
        let left = Set(after)
        let others = before.filter { !removed.contains($0) }
        let lost = others.filter { !left.contains($0) }
        if !lost.isEmpty { return .lost(lost.sorted()) }
        let kept = removed.intersection(left)
        if !kept.isEmpty { return .kept(kept.sorted()) }
        return others.isEmpty || removed.isDisjoint(with: before) ? .nothing : .exact
    }

    /// Whether the directory, asked for one removal, says that it does not know the form in which it was asked.
    static func contradicts(_ outcome: SCIMOutcome, _ batch: Batch, _ dialect: Dialect) -> Bool {
        guard batch.changes.count == 1, batch.removes, case .refused(let refusal) = outcome.classification else {
            return false
        }
        switch refusal.reason {
        case .notImplemented: return true
        case .invalid: break
        default: return false
        }
        switch (refusal.explanation.scimType, dialect) {
        case ("invalidPath"?, _), ("noTarget"?, _), ("invalidSyntax"?, _), ("invalidFilter"?, .rfc): return true
        // A strict RFC server so refuses a removal with a list of values.
        case ("invalidValue"?, .aws): return true
        // Only AWS sends such an id, and its documented form is the other one.
        case (nil, .rfc): return outcome.requestID != nil
        default: return false
        }
    }
}
