extension Fold {
    /// Takes over how the directory as a whole stands.
    mutating func observe(_ body: DirectoryBody, _ entry: ReadEntry) throws {
        var control = try state.control
        control.trouble = body.trouble.map { kind in
            let goesOn = control.trouble?.kind == kind
            return DirectoryTrouble(
                kind: kind,
                detail: body.detail,
                since: goesOn ? control.trouble?.since ?? entry.recordedAt : entry.recordedAt,
                until: body.retryAt
            )
        }
        try state.save(control)
    }

    /// The directory dealt with a request. That ends what was known against it, unless the request left before.
    mutating func directoryAnswered(_ attempt: AttemptState) throws {
        var control = try state.control
        guard let trouble = control.trouble, attempt.at > trouble.since else { return }
        control.trouble = nil
        try state.save(control)
    }

    /// Takes over what a request that did not get through tells of the directory; `reason` is why the group's request before
    /// it did not. Says whether it concerns all, and not the group alone.
    mutating func judgeDirectory(
        _ attempt: AttemptState,
        _ body: OutcomeBody,
        formerly reason: String?,
        at recordedAt: Int64
    ) throws -> Bool {
        var control = try state.control
        guard let kind = body.concernsAll(standing: control.trouble, formerly: reason) else { return false }
        let met = DirectoryTrouble(
            kind: kind,
            detail: body.shownBy,
            since: recordedAt,
            until: kind == .throttled ? body.holdUntil ?? body.retryAt : nil
        )
        control.trouble =
            control.trouble.map { $0.followed(by: met, leftBefore: attempt.at <= $0.since) } ?? met
        try state.save(control)
        return true
    }
}

extension OutcomeBody {
    /// What the outcome tells against the directory as a whole; `nil` where it tells nothing, or of one group alone. A 403
    /// can also be about one group: it is, if others got through since and it alone is turned away again.
    /// - Parameters:
    ///   - standing: what is known against the directory.
    ///   - reason: why the group's request before this one did not get through.
    /// - Returns: the trouble.
    public func concernsAll(standing: DirectoryTrouble?, formerly reason: String?) -> DirectoryTrouble.Kind? {
        switch result {
        case .applied, .refused: nil
        case .notSent: isWithheld ? nil : .unreachable
        case .throttled: .throttled
        case .unauthorized: standing == nil && reason == waitReason ? nil : .unauthorized
        case .unknown: holdUntil == nil ? nil : .throttled
        }
    }

    /// Whether nothing was tried: the directory was to be left alone when the request's turn came.
    var isWithheld: Bool { withheld == true }

    /// What shows the trouble: the status, or why there was no answer.
    public var shownBy: String? { status.map { "HTTP \($0)" } ?? detail }
}
