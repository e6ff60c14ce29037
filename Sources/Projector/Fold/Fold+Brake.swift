extension Fold {
    /// The brake holds a group: nothing of it is sent until the hold ends, but what an earlier hold released.
    mutating func hold(_ body: HoldBody, _ entry: ReadEntry) throws {
        var group = try state.group(body.group)
        guard group.hold == nil, Set(body.pairs.map(\.user)).count == body.pairs.count else { return }
        try state.save(HoldState(body: body, position: entry.position, at: entry.recordedAt))
        group.hold = entry.position
        try state.save(group, body.group)
        touch(body.group)
    }

    /// An operator lets the changes of a hold through: those that are still decided as they were listed.
    mutating func release(_ name: String, _ entry: ReadEntry) throws {
        guard let position = HoldBody.position(of: name), var hold = try state.hold(position), hold.endedAt == nil
        else {
            return
        }
        for listed in hold.body.pairs {
            let id = PairID(group: hold.body.group, user: listed.user)
            var pair = try state.pair(id)
            guard pair.differs, pair.isDecided(as: listed) else { continue }
            pair.released = position
            try state.save(pair, id)
            hold.released.insert(listed.user)
        }
        hold.approval = entry.position
        try end(hold, at: entry.recordedAt)
    }

    /// Ends the hold of a group where nothing is left of what it lists: Okta took the changes back, decided them anew, or
    /// the group is no longer pushed. What came since is judged anew.
    mutating func endIdleHold(ofGroup id: String, at recordedAt: Int64) throws {
        let group = try state.group(id)
        guard let position = group.hold, let hold = try state.hold(position) else { return }
        if group.inScope, try hold.body.pairs.contains(where: { try isToDo($0, id, group) }) { return }
        try end(hold, at: recordedAt)
    }

    /// Ends a hold. What it released stays so.
    mutating func end(_ hold: HoldState, at recordedAt: Int64) throws {
        var ended = hold
        ended.endedAt = recordedAt
        try state.save(ended)
        var group = try state.group(hold.body.group)
        group.hold = nil
        try state.save(group, hold.body.group)
        touch(hold.body.group)
    }

    /// Whether the difference still has a change as it was listed.
    private func isToDo(_ listed: HoldBody.Pair, _ id: String, _ group: GroupState) throws -> Bool {
        let pair = try state.pair(PairID(group: id, user: listed.user))
        guard pair.differs, pair.isDecided(as: listed) else { return false }
        if listed.present { return true }
        return try group.binding?.finding != .gone && state.user(listed.user).binding?.finding != .gone
    }
}

extension PairState {
    fileprivate func isDecided(as listed: HoldBody.Pair) -> Bool {
        desired == listed.present && decision?.order.uuid == listed.event
    }
}
