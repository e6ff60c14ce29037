import Ledger
import Okta
import Projector

extension FoldedView {
    /// What the projector makes of a log.
    init(folding entries: [Entry], settings: FoldSettings) throws {
        self.init(try MemoryState(folding: entries, settings: settings))
    }

    init(_ state: MemoryState) {
        for (id, pair) in state.pairs {
            guard let decision = pair.decision else { continue }
            membership[Pair(group: id.group, user: id.user)] = Membership(
                present: !decision.order.removes,
                decidedBy: decision.order.uuid,
                tie: decision.tie?.rawValue
            )
        }
        for (id, group) in state.groupStates {
            if let name = group.name { groups[id] = Group(name: name, inScope: group.inScope) }
        }
        logins = state.userStates.compactMapValues(\.login)
        for (uuid, copies) in state.events {
            standings[uuid] = Standing(
                text: copies.values.compactMap { Self.standing($0, state) }.joined(separator: " and "),
                conflict: copies.values.contains { $0.judgement == .duplicate(differs: true) }
            )
        }
    }

    /// What a copy makes its event; `nil` for a duplicate.
    private static func standing(_ judged: JudgedCopy, _ state: MemoryState) -> String? {
        let (copy, group) = (judged.copy, judged.copy.group?.id ?? "")
        switch judged.judgement {
        case .duplicate: return nil
        case .ignored(let reason): return "ignored: \(reason.rawValue)"
        case .held(let reason): return "held: \(reason.rawValue)"
        case .counts: break
        }
        let decides =
            switch copy.kind {
            case .add, .remove:
                state.pair(PairID(group: group, user: copy.user?.id ?? "")).decision?.position == copy.place.position
                    && state.pair(PairID(group: group, user: copy.user?.id ?? "")).decision?.order == copy.order
            case .groupDeleted: state.pairs(ofGroup: group).contains { state.pair($0).decision?.order == copy.order }
            case .groupNamed: state.group(group).naming == copy.order
            case .user, .other: false
            }
        return decides ? "decides" : "superseded"
    }
}

extension MemoryState {
    /// The state after a whole log.
    convenience init(folding entries: [Entry], settings: FoldSettings) throws {
        self.init()
        var fold = Fold(self, settings: settings)
        for entry in entries { try fold.apply(ReadEntry(entry)) }
    }
}
