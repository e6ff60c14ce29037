extension Fold {
    /// Carries out what an operator asked, so far as it concerns the fold.
    mutating func act(_ body: OperatorBody, _ entry: ReadEntry) throws {
        var control = try state.control
        switch body.action {
        case .pause:
            control.paused = body.reason
            try state.save(control)
        case .resume:
            // Somebody's own pause is not what keeps a directory that did harm from doing more.
            if control.paused != nil { control.paused = nil } else { control.harm = nil }
            try state.save(control)
            for group in try state.groups() where try state.group(group).inScope { touch(group) }
        case .approve:
            for uuid in body.events ?? [] { try approve(uuid, at: entry.position) }
            for name in body.holds ?? [] { try release(name, entry) }
        case .release:
            guard let id = body.group else { return }
            var group = try state.group(id)
            group.binding = nil
            try save(scoped: &group, id)
            try rebind(try state.pairs(ofGroup: id), to: nil, at: entry.recordedAt)
            touch(id)
        case .reassert:
            try doubtPairs(decidedFrom: body.from, at: entry.recordedAt)
        case .replay, .reconcile:
            break
        }
    }

    /// Makes what the directory holds of the pairs in scope unknown.
    private mutating func doubtPairs(decidedFrom position: Int64?, at recordedAt: Int64) throws {
        for group in try state.groups() where try state.group(group).inScope {
            for id in try state.pairs(ofGroup: group) {
                var pair = try state.pair(id)
                guard pair.desired != nil, (pair.decision?.position ?? .max) >= position ?? 0 else { continue }
                pair.doubt(at: recordedAt)
                try state.save(pair, id)
            }
            touch(group)
        }
    }

    /// A process took over. Its forerunner waits for no answer any more: what it left open stays unknown.
    mutating func start(_ entry: ReadEntry, listening: Bool) throws {
        if var span = try state.lastSpan(), span.until == nil {
            span.until = try state.control.lastRecordedAt
            try state.save(span)
        }
        if listening { try state.save(ListeningSpan(position: entry.position, from: entry.recordedAt)) }
        for attempt in try state.openAttempts() { try abandon(attempt, at: entry.recordedAt) }
    }

    private mutating func abandon(_ attempt: AttemptState, at recordedAt: Int64) throws {
        var ended = attempt
        ended.endedAt = recordedAt
        try state.save(ended)
        for change in attempt.body.changes {
            let id = PairID(group: attempt.body.group, user: change.user)
            var pair = try state.pair(id)
            guard pair.openAttempt == attempt.body.id else { continue }
            pair.openAttempt = nil
            pair.appliedBefore = nil
            try state.save(pair, id)
        }
        var group = try state.group(attempt.body.group)
        if group.openAttempt == attempt.body.id { group.openAttempt = nil }
        try state.save(group, attempt.body.group)
        touch(attempt.body.group)
    }

    /// The process let go of the ledger.
    mutating func stop(_ entry: ReadEntry) throws {
        guard var span = try state.lastSpan(), span.until == nil else { return }
        span.until = entry.recordedAt
        span.stoppedCleanly = true
        try state.save(span)
    }

    /// Takes over changed settings. Another directory holds other members: nothing is known of it, and nothing is bound.
    mutating func configure(_ settings: FoldSettings, _ entry: ReadEntry) throws {
        var control = try state.control
        let former = control.settings
        let known = control.knownDirectory
        control.settings = settings
        control.knownDirectory = settings.directory ?? known
        if known != control.knownDirectory {
            control.trouble = nil
            control.provedDialect = nil
            control.harm = nil
        }
        try state.save(control)
        if let known, known != control.knownDirectory { try forgetDirectory(at: entry.recordedAt) }
        guard former.prefix != settings.prefix else { return }
        for id in try state.groups() {
            var group = try state.group(id)
            try save(scoped: &group, id)
        }
    }

    private mutating func forgetDirectory(at recordedAt: Int64) throws {
        for id in try state.boundUsers() {
            var user = try state.user(id)
            user.binding = nil
            try state.save(user, id)
        }
        for id in try state.groups() {
            // What was held or let through was about the members of the former directory.
            if let hold = try state.group(id).hold.flatMap(state.hold) { try end(hold, at: recordedAt) }
            var group = try state.group(id)
            group.binding = nil
            group.failures = 0
            group.retryAt = nil
            group.waitReason = nil
            try save(scoped: &group, id)
            for pairID in try state.pairs(ofGroup: id) {
                var pair = try state.pair(pairID)
                let former = pair
                if pair.applied == nil { pair.rest() } else { pair.doubt(at: recordedAt) }
                pair.released = nil
                if pair != former { try state.save(pair, pairID) }
            }
        }
    }
}
