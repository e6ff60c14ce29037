extension Fold {
    /// An attempt is durable before its request leaves: from here on its pairs may have changed.
    mutating func announce(_ body: AttemptBody, _ entry: ReadEntry) throws {
        guard try state.attempt(body.id) == nil else { return }
        try state.save(AttemptState(body: body, position: entry.position, at: entry.recordedAt))
        for change in body.changes {
            let id = PairID(group: body.group, user: change.user)
            var pair = try state.pair(id)
            pair.appliedBefore = pair.applied
            pair.applied = .unknown
            pair.appliedAt = entry.recordedAt
            pair.openAttempt = body.id
            try state.save(pair, id)
        }
        var group = try state.group(body.group)
        group.openAttempt = body.id
        try state.save(group, body.group)
        touch(body.group)
    }

    /// An outcome tells what came of an attempt. Pairs that something else has made unknown meanwhile stay so.
    mutating func conclude(_ body: OutcomeBody, _ entry: ReadEntry) throws {
        guard var attempt = try state.attempt(body.attempt), attempt.outcome == nil else { return }
        attempt.outcome = body
        attempt.endedAt = entry.recordedAt
        try state.save(attempt)
        for change in attempt.body.changes {
            let id = PairID(group: attempt.body.group, user: change.user)
            var pair = try state.pair(id)
            guard pair.openAttempt == attempt.body.id else { continue }
            pair.conclude(change, body, batch: attempt.body.changes.count, at: entry.recordedAt)
            try state.save(pair, id)
        }
        try conclude(group: attempt, body, at: entry.recordedAt)
    }

    private mutating func conclude(group attempt: AttemptState, _ body: OutcomeBody, at recordedAt: Int64) throws {
        let id = attempt.body.group
        var group = try state.group(id)
        if group.openAttempt == attempt.body.id { group.openAttempt = nil }
        switch body.result {
        case .applied, .refused:
            group.failures = 0
            group.retryAt = nil
            group.waitReason = nil
            try directoryAnswered(attempt)
        case .notSent where body.isWithheld:
            group.retryAt = nil
        case .unknown where body.split == true:
            _ = try judgeDirectory(attempt, body, formerly: group.waitReason, at: recordedAt)
            // Its pairs wait, each by itself; the group's others do not.
            group.retryAt = nil
            group.waitReason = nil
        case .notSent, .throttled, .unauthorized, .unknown:
            group.failures += 1
            let concernsAll = try judgeDirectory(attempt, body, formerly: group.waitReason, at: recordedAt)
            // What concerns all is waited for by all together.
            group.retryAt = concernsAll && body.result != .unknown ? nil : body.retryAt
            group.waitReason = body.waitReason
        }
        try state.save(group, id)
        touch(id)
    }

    /// Takes over what a lookup taught. Membership belongs to an account and a group of the directory: where either is
    /// gone there is none, and where another one stands in its place nothing is known.
    mutating func observe(_ body: ObservationBody, _ entry: ReadEntry) throws {
        let binding = Binding(
            finding: body.finding,
            directoryID: body.finding == .bound ? body.directoryID : nil,
            detail: body.detail,
            at: entry.recordedAt
        )
        switch body.subject {
        case .user:
            var user = try state.user(body.id)
            let former = user.binding
            user.binding = binding
            try state.save(user, body.id)
            if binding.differs(from: former) {
                try rebind(try state.pairs(ofUser: body.id), to: binding, at: entry.recordedAt)
            }
            try touchGroups(ofUser: body.id)
        case .group:
            var group = try state.group(body.id)
            let former = group.binding
            group.binding = binding
            try save(scoped: &group, body.id)
            if binding.differs(from: former) {
                try rebind(try state.pairs(ofGroup: body.id), to: binding, at: entry.recordedAt)
            }
            touch(body.id)
        }
    }

    /// Takes over what the first removal showed. Where it did harm, nothing is sent until an operator resumes, and then
    /// what the ledger believed of that group is sent again.
    mutating func prove(_ body: ProofBody, _ entry: ReadEntry) throws {
        var control = try state.control
        control.provedDialect = body.verdict == .exact ? body.dialect : nil
        control.provedAt = entry.recordedAt
        if let words = body.harm(inGroup: try state.group(body.group).name) { control.harm = words }
        try state.save(control)
        guard body.verdict == .tookOthers || body.verdict == .ignored else { return }
        for id in try state.pairs(ofGroup: body.group) {
            var pair = try state.pair(id)
            guard pair.applied != nil else { continue }
            pair.doubt(at: entry.recordedAt)
            try state.save(pair, id)
        }
        touch(body.group)
    }

    /// Draws the consequences of another binding, or of none, for the pairs concerned.
    mutating func rebind(_ pairs: [PairID], to binding: Binding?, at recordedAt: Int64) throws {
        for id in pairs {
            var pair = try state.pair(id)
            guard pair.applied != nil else { continue }
            // An answer that is still awaited may tell of a membership that began before the loss.
            if binding?.finding == .gone, pair.openAttempt == nil {
                pair.lose(at: recordedAt)
            } else {
                pair.doubt(at: recordedAt)
            }
            try state.save(pair, id)
            touch(id.group)
        }
    }
}

extension Binding {
    /// Whether the directory's account or group that was bound before is not the one bound now, or may not be: what was
    /// lost in any way and is found again may have kept its memberships.
    fileprivate func differs(from former: Binding?) -> Bool {
        if finding == .bound, let former, former.finding != .bound { return true }
        return former?.directoryID != nil && former?.directoryID != directoryID
    }
}

extension PairState {
    fileprivate mutating func conclude(
        _ change: AttemptBody.Change,
        _ outcome: OutcomeBody,
        batch: Int,
        at recordedAt: Int64
    ) {
        openAttempt = nil
        switch outcome.result {
        case .applied:
            applied = Applied(present: change.present)
            appliedAt = recordedAt
            released = nil
            rest()
        case .refused:
            restore(at: recordedAt)
            if let named = outcome.atFault, batch > 1 {
                // The others go together once more.
                if named.contains(change.user) { batchLimit = 1 }
            } else {
                split(outcome, batch: batch)
            }
        case .unknown where outcome.split == true:
            split(outcome, batch: batch)
        case .notSent, .throttled, .unauthorized:
            restore(at: recordedAt)
        case .unknown:
            break
        }
        appliedBefore = nil
    }

    /// Something in the request is at fault: it goes in halves, and what is at fault alone waits.
    private mutating func split(_ outcome: OutcomeBody, batch: Int) {
        if batch > 1 {
            // Three go singly: halves of two and one could cost a request more.
            batchLimit = batch <= 3 ? 1 : (batch + 1) / 2
        } else {
            batchLimit = 1
            refusals += 1
            retryAt = outcome.retryAt
            waitReason = outcome.waitReason
        }
    }

    private mutating func restore(at recordedAt: Int64) {
        applied = appliedBefore
        appliedAt = appliedBefore == nil ? nil : recordedAt
    }

    /// Nothing is waited for any more.
    mutating func rest() {
        batchLimit = nil
        refusals = 0
        retryAt = nil
        waitReason = nil
    }

    /// The directory has no such account or group any more, and so no such membership.
    mutating func lose(at recordedAt: Int64) {
        doubt(at: recordedAt)
        applied = .absent
    }

    /// Forgets what is known of the directory: the pair differs until an attempt succeeds.
    mutating func doubt(at recordedAt: Int64) {
        applied = .unknown
        appliedAt = recordedAt
        appliedBefore = nil
        openAttempt = nil
        released = nil
        rest()
    }
}

extension OutcomeBody {
    /// One line for people: why the work waits.
    var waitReason: String {
        switch result {
        case .applied: "applied"
        case .refused: "refused (\(status.map(String.init) ?? "no status"))"
        case .notSent: "directory unreachable"
        case .throttled: "directory asks for time (429)"
        case .unauthorized: "token refused (\(status.map(String.init) ?? "no status"))"
        case .unknown: "outcome unknown (\(status.map(String.init) ?? "no answer"))"
        }
    }
}
