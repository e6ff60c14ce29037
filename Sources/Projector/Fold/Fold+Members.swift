extension Fold {
    /// Takes over what reading a group's members showed, so far as nothing has been sent since the reading began and the
    /// group and the users are still those that were asked about.
    mutating func observe(_ body: MembersBody, _ entry: ReadEntry) throws {
        let binding = try state.group(body.group).binding
        guard binding?.finding == .bound, binding?.directoryID == body.directoryGroup else { return }
        let sent = try state.attempts(ofGroup: body.group, from: body.asOf)
        let changed = Set(sent.flatMap { $0.body.changes.map(\.user) })
        for found in body.pairs where !changed.contains(found.user) {
            let user = try state.user(found.user).binding
            guard user?.finding == .bound, user?.directoryID == found.member else { continue }
            let id = PairID(group: body.group, user: found.user)
            var pair = try state.pair(id)
            guard pair.openAttempt == nil, pair.isOurs else { continue }
            pair.learn(found.present, at: entry.recordedAt)
            try state.save(pair, id)
        }
        touch(body.group)
    }
}

extension PairState {
    /// Whether membership is the ledger's to know: an event or a baseline decides, or what was sent for one is still to be
    /// taken back. A member of whom neither is true was made so by somebody else, and is left alone.
    public var isOurs: Bool { decision != nil || applied == .present || applied == .unknown }

    /// Takes over what the directory was seen to hold.
    fileprivate mutating func learn(_ present: Bool, at recordedAt: Int64) {
        guard applied != Applied(present: present) else { return }
        doubt(at: recordedAt)
        applied = Applied(present: present)
    }
}
