import Okta

extension Fold {
    /// Takes one copy of an event.
    mutating func apply(_ copy: EventCopy) throws {
        let standing = try state.standing(for: copy.uuid)
        let mayBeHeld = copy.untimely != nil || standing?.copy.untimely != nil
        let approved = try mayBeHeld && state.isApproved(copy.uuid)
        // One more copy changes nothing but itself; judging all of them each time would take the square of their number.
        if let standing = standing?.copy, Judgement.stands(standing, before: copy, approved: approved) {
            let differs = !copy.saysTheSame(as: standing)
            return try state.save(JudgedCopy(copy: copy, judgement: .duplicate(differs: differs)))
        }
        let known = standing == nil ? [] : try state.copies(of: copy.uuid)
        try replace(known, by: Judgement.judge(known.map(\.copy) + [copy], approved: approved))
    }

    /// Judges an event anew after an operator approved it.
    mutating func approve(_ uuid: String, at position: Int64) throws {
        try state.approve(uuid, at: position)
        let known = try state.copies(of: uuid)
        try replace(known, by: Judgement.judge(known.map(\.copy), approved: true))
        // An addition that waited for its confirmation need not wait any more.
        if let group = try state.standing(for: uuid)?.copy.group { touch(group.id) }
    }

    /// Saves what changed of an event's judgements, and draws the consequences.
    ///
    /// A new effect is merged in place. Where an effect is withdrawn, or another copy now stands for the event, what
    /// depended on it is computed again from all events concerned; that is rare.
    private mutating func replace(_ known: [JudgedCopy], by judged: [JudgedCopy]) throws {
        for (index, copy) in judged.enumerated() where index >= known.count || known[index] != copy {
            try state.save(copy)
        }
        let before = known.first(where: \.tellsNames)
        let after = judged.first(where: \.tellsNames)
        switch (before, after) {
        case (nil, nil): return
        case (nil, let after?): try merge(after)
        case (let before?, let after?) where before == after: return
        case (let before?, let after?) where before.copy.tells(theSameAs: after.copy): try confirm(after.copy)
        case (let before?, let after):
            try recompute(before.copy)
            if let after { try recompute(after.copy) }
        }
    }

    /// Another copy stands for an event and tells the same: only the entry that decides is another one.
    private mutating func confirm(_ copy: EventCopy) throws {
        guard let group = copy.group?.id else { return }
        if let user = copy.user?.id { return try recomputePair(PairID(group: group, user: user)) }
        if copy.kind == .groupDeleted { try recomputeGroup(group) }
    }

    private mutating func merge(_ judged: JudgedCopy) throws {
        try learnNames(from: judged.copy)
        guard judged.counts, let group = judged.copy.group else { return }
        switch judged.copy.kind {
        case .add, .remove:
            guard let user = judged.copy.user else { return }
            try decide(PairID(group: group.id, user: user.id), with: Decision(judged.copy))
        case .groupDeleted:
            try endGroup(group.id, with: Decision(judged.copy))
        case .groupNamed, .user, .other:
            break
        }
    }

    /// Merges a decision into a pair.
    private mutating func decide(_ id: PairID, with decision: Decision) throws {
        var pair = try state.pair(id)
        pair.own = Decision.latest(pair.own, decision)
        let desired = pair.desired
        pair.settle(in: try state.group(id.group))
        // A refusal of one change says nothing of the opposite one.
        if pair.desired != desired { pair.rest() }
        try state.save(pair, id)
        touch(id.group)
    }

    /// Merges a deletion into a group and all its pairs.
    private mutating func endGroup(_ id: String, with deletion: Decision) throws {
        var group = try state.group(id)
        group.deletion = Decision.latest(group.deletion, deletion)
        try state.save(group, id)
        try settlePairs(ofGroup: id)
    }

    /// Lets a group's deletion and its baseline, or their absence, count in all pairs of the group.
    mutating func settlePairs(ofGroup id: String) throws {
        let group = try state.group(id)
        for pairID in try state.pairs(ofGroup: id) {
            var pair = try state.pair(pairID)
            let (known, desired) = (pair.decision, pair.desired)
            pair.settle(in: group)
            if pair.desired != desired { pair.rest() }
            if pair.decision != known { try state.save(pair, pairID) }
        }
        touch(id)
    }

    /// Computes again all that a copy may have had a part in.
    private mutating func recompute(_ copy: EventCopy) throws {
        if let group = copy.group?.id {
            try recomputeGroup(group)
            if let user = copy.user?.id { try recomputePair(PairID(group: group, user: user)) }
        }
        // After the pair: a state may find the events that name a user by way of the user's pairs.
        if let user = copy.user?.id { try recomputeUserNames(user) }
    }

    private mutating func recomputePair(_ id: PairID) throws {
        var pair = try state.pair(id)
        pair.own = try state.copies(group: id.group, user: id.user)
            .filter { $0.counts && ($0.copy.kind == .add || $0.copy.kind == .remove) }
            .reduce(nil) { Decision.latest($0, Decision($1.copy)) }
        pair.settle(in: try state.group(id.group))
        try state.save(pair, id)
        touch(id.group)
    }
}

extension EventCopy {
    /// Whether the two say the same and call everybody the same.
    fileprivate func tells(theSameAs other: EventCopy) -> Bool {
        saysTheSame(as: other) && group?.displayName == other.group?.displayName
            && user?.alternateId == other.user?.alternateId && user?.displayName == other.user?.displayName
    }
}

extension PairState {
    /// Decides between the pair's own events, its group's deletion and its group's baseline. A deletion alone makes no pair,
    /// and neither does a baseline that does not name it.
    fileprivate mutating func settle(in group: GroupState) {
        let former = decision?.order
        let isKnown = own != nil || named != nil
        let told = group.baseline.map { $0.decision(isNamed: named == $0.position) }
        decision = isKnown ? Decision.latest(Decision.latest(own, group.deletion), told) : nil
        // What was let through past the brake is that decision and no later one.
        if former?.uuid != decision?.order.uuid || former?.removes != decision?.order.removes { released = nil }
    }
}
