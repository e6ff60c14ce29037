public import Projector

/// What is known of the directory as a whole, and when it may be asked again. Times are microseconds since 1970.
public struct Target: Hashable, Sendable {
    /// What a request met that concerns every request.
    public enum Trouble: Hashable, Sendable {
        /// No connection was made.
        case unreachable
        /// It asks for time, and when to come back if it said so.
        case throttled(until: Int64?)
        /// 401 or 403.
        case unauthorized
    }

    /// What is known against it; while there is anything, one request at a time probes.
    public private(set) var trouble: DirectoryTrouble?
    /// Nothing is sent before this.
    public private(set) var holdUntil: Int64 = 0
    /// Probes in a row that met trouble.
    private(set) var failures = 0

    /// A directory of which so much is known. A time that it named before a restart holds after it; else one probe is
    /// free, since somebody may just have mended what was wrong.
    init(_ trouble: DirectoryTrouble? = nil) {
        self.trouble = trouble
        holdUntil = trouble?.until ?? 0
    }

    /// Why nothing is sent, for people.
    public var reason: String? { trouble?.kind.words }

    /// Whether one more may begin while so many are under way.
    func admits(after running: Int, now: Int64) -> Bool { holdUntil <= now && (trouble == nil || running == 0) }

    /// A request failed for a reason that concerns all. What comes back during a hold left before it began, so it does
    /// not count again; but where it names a later time, that is kept to.
    mutating func hold(_ met: Trouble, detail: String? = nil, now: Int64, jitter: Double) {
        let isHeld = holdUntil > now
        let named: Bool
        let kind: DirectoryTrouble.Kind
        var until: Int64?
        switch met {
        case .unreachable: (kind, named) = (.unreachable, false)
        case .unauthorized: (kind, named) = (.unauthorized, false)
        case .throttled(let time):
            (kind, named) = (.throttled, time != nil)
            // "At once" is no invitation to ask as fast as the network allows.
            until = now + Backoff.throttled.delay(failures: failures + 1, jitter: jitter)
            if let time { until = max(time, now + Backoff.throttled.first) }
        }
        if isHeld, !named { return }
        let new = DirectoryTrouble(kind: kind, detail: detail, since: now, until: until)
        let standing = trouble?.followed(by: new, leftBefore: isHeld) ?? new
        trouble = standing
        if isHeld {
            holdUntil = max(holdUntil, until ?? 0)
        } else {
            failures += 1
            holdUntil = standing.next(after: now)
        }
    }

    /// The directory dealt with a request. During a hold that proves nothing: the request left before it began.
    mutating func answered(now: Int64) {
        if holdUntil <= now { self = Target() }
    }
}
