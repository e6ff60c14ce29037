import Dispatcher
import Foundation
import Projector

/// What `ledger reconcile` says.
struct ReconcileReport: Encodable {
    private let groups: [GroupDrift]
    private let skipped: [Reconciliation.Skipped]
    private let paused: String?
    private let fixed: Bool
    /// Pairs that drift still.
    private let left: Int

    init(_ found: Reconciliation, left: Set<PairID>, fixed: Bool) {
        (groups, skipped, paused) = (found.groups, found.skipped, found.paused)
        (self.fixed, self.left) = (fixed, left.count)
    }

    /// Whether every group was read and no drift is left.
    var isDone: Bool { left == 0 && skipped.isEmpty }

    /// Prints it for people.
    func show() {
        let pairs = groups.flatMap { group in group.pairs.map { (group, $0) } }
        let found = groups.reduce(0) { $0 + $1.found }
        Output.line("Read \(groups.count) group(s) of the directory with \(found) member(s).")
        for group in skipped { Output.line("Not read: \(name(group.groupName ?? group.group)): \(name(group.reason))") }
        if !pairs.isEmpty {
            TablePrinter.show(
                header: ["group", "user", "desired", "believed", "actual", "what", "because of", "last applied by"],
                rows: pairs.map { group, pair in
                    [
                        group.groupName ?? group.group, pair.login ?? pair.user, pair.desired,
                        pair.applied ?? "never sent", pair.actual, pair.words,
                        pair.decidedBy ?? "corrected by the System Log", pair.attempt ?? "-",
                    ]
                }
            )
        }
        for group in groups { showRest(of: group) }
        if let paused { Output.line("Paused, so nothing is sent: \(name(paused))") }
        conclude(pairs.count)
    }

    private func showRest(of group: GroupDrift) {
        let title = name(group.groupName ?? group.group)
        if !group.unknown.isEmpty {
            Output.line("\(title): \(group.unknown.count) member(s) whom no event names; left alone (ids: --json).")
        }
        if group.unbound > 0 {
            Output.line(
                "\(title): \(group.unbound) user(s) not bound to an account, so not compared: ledger status says why."
            )
        }
        if group.changing > 0 { Output.line("\(title): \(group.changing) being changed now, so not compared.") }
        if let hold = group.hold { Output.line("\(title): held by the brake: ledger approve \(hold) --dry-run") }
    }

    private func conclude(_ count: Int) {
        switch (count, left, fixed) {
        case (0, _, _): Output.line("No drift.")
        case (_, 0, _): Output.line("\(count) pair(s) drifted; none is left.")
        case (_, _, false): Output.line("\(left) pair(s) drift.")
        case (_, _, true): Output.line("\(left) of \(count) pair(s) are left.")
        }
        let next =
            switch (left > 0, fixed) {
            case (true, false): "ledger reconcile --fix --as NAME --reason WHY"
            case (true, true): "ledger status says why they wait."
            case (false, _) where !skipped.isEmpty: "ledger reconcile again, once the groups above can be read."
            case (false, _): "nothing."
            }
        Output.line("Next: \(next)")
    }

    private func name(_ text: String) -> String { TablePrinter.visible(text) }
}

extension Reconciliation {
    /// The pairs that did not agree and still differ.
    func left(_ reader: any DifferenceReader) throws -> Set<PairID> {
        let drifted = pairs
        return Set(
            try groups.flatMap { group in
                (try reader.difference(ofGroup: group.group)?.changes ?? []).map {
                    PairID(group: group.group, user: $0.user)
                }
            }
        ).intersection(drifted)
    }
}
