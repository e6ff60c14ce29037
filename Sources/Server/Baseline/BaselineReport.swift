import Foundation
import OktaClient
import Projector

/// What a baseline told, and what that corrected.
struct BaselineReport: Codable, Sendable {
    /// A group that could not be read whole.
    struct Failure: Codable, Sendable {
        let group: String
        let groupName: String?
        let reason: String
    }

    /// A pair of which the events said something else.
    struct Pair: Codable, Sendable {
        let group: String
        let groupName: String?
        let user: String
        let login: String?
    }

    /// Pairs of one sort: all are counted, some shown.
    struct Pairs: Codable, Sendable {
        var count = 0
        var first: [Pair] = []

        fileprivate mutating func add(_ pair: KnownGroup.Pair, _ group: KnownGroup) {
            count += 1
            guard first.count < BackfillReport.Events.named else { return }
            first.append(Pair(group: group.group, groupName: group.state.name, user: pair.user, login: pair.login))
        }
    }

    /// The run, which names each of its baselines.
    let run: String
    /// Groups that were read, and the members that they have together.
    private(set) var groups = 0
    private(set) var members = 0
    /// Groups that Okta has no more, by name.
    private(set) var gone: [String] = []
    /// Members that are not active, by Okta's word for their status.
    private(set) var notActive: [String: Int] = [:]
    /// Pairs that the ledger had not heard of, in groups that had no baseline before.
    private(set) var told = 0
    /// Pairs whose addition no event has told.
    private(set) var added = Pairs()
    /// Pairs whose removal no event has told.
    private(set) var removed = Pairs()
    private(set) var failed: [Failure] = []
    private(set) var coverage: [String] = []
    /// What to type next.
    var next = ""

    init(run: String) { self.run = run }

    mutating func add(_ body: BaselineBody, before: KnownGroup, after: KnownGroup) {
        groups += 1
        members += body.members.count
        if !body.exists { gone.append(after.state.name ?? body.group) }
        for status in body.members.compactMap(\.status) where status != "ACTIVE" { notActive[status, default: 0] += 1 }
        let desired = Dictionary(before.pairs.map { ($0.user, $0.state.desired) }) { $1 }
        for pair in after.pairs {
            let former = desired[pair.user] ?? nil
            switch (former, pair.state.desired) {
            case (nil, true?) where before.state.baseline == nil: told += 1
            case (nil, true?), (false?, true?): added.add(pair, after)
            case (true?, false?): removed.add(pair, after)
            default: break
            }
        }
    }

    mutating func fail(_ group: String, name: String?, _ error: OktaError) {
        failed.append(Failure(group: group, groupName: name, reason: "\(error)"))
    }

    mutating func conclude(_ coverage: [String]) { self.coverage = coverage }

    /// Lines for people.
    var lines: [String] {
        var lines = ["Read \(groups) group(s) from Okta with \(members) member(s)."]
        if !gone.isEmpty {
            lines.append("Okta has no more: \(gone.map(TablePrinter.visible).joined(separator: ", ")).")
        }
        if !notActive.isEmpty {
            let counts = notActive.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            lines.append("Members that are not active: \(counts.joined(separator: ", ")).")
        }
        lines.append(
            "The ledger had not heard of \(told). Corrected: \(added.count) added, \(removed.count) removed."
        )
        lines += Self.list("In Okta, and no event has said so", added)
        lines += Self.list("Not in Okta any more, and no event has said so", removed)
        for failure in failed {
            lines.append(
                TablePrinter.visible("Not read: \(failure.groupName ?? failure.group): \(failure.reason)")
            )
        }
        return lines + coverage + ["Next: \(next)"]
    }

    private static func list(_ title: String, _ pairs: Pairs) -> [String] {
        guard pairs.count > 0 else { return [] }
        let shown = pairs.first.prefix(20).map { pair in
            TablePrinter.visible("  \(pair.login ?? pair.user) in \(pair.groupName ?? pair.group)")
        }
        let rest = pairs.count - shown.count
        return ["\(title) (\(pairs.count)):"] + shown + (rest > 0 ? ["  and \(rest) more; --json names them"] : [])
    }
}
