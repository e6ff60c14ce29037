/// What is known of the directory as a whole. Times are microseconds since 1970.
public struct Target: Hashable, Sendable {
    /// Something that concerns every request to the directory.
    public enum Trouble: Hashable, Sendable {
        /// No connection was made.
        case unreachable
        /// It asks for time, and when to come back if it said so.
        case throttled(until: Int64?)
        /// 401 or 403.
        case unauthorized
    }

    /// Nothing is sent before this.
    public private(set) var holdUntil: Int64 = 0
    /// Failures in a row; while there are any, one request at a time probes.
    public private(set) var failures = 0
    /// Why nothing is sent, for people.
    public private(set) var reason: String?

    /// A directory that nothing is known against.
    init() {}

    /// Whether one more may begin while so many are under way.
    func admits(after running: Int, now: Int64) -> Bool { holdUntil <= now && (failures == 0 || running == 0) }

    /// A request failed for a reason that concerns all. What comes back during a hold left before it began, so it does
    /// not count again; but where it names a later time, that is kept to.
    mutating func hold(_ trouble: Trouble, now: Int64, jitter: Double) {
        let isFirst = holdUntil <= now
        if isFirst { failures += 1 }
        switch trouble {
        case .unreachable:
            reason = "directory not reached"
            extend(isFirst, to: now + Backoff.transport.delay(failures: failures, jitter: jitter))
        case .throttled(nil):
            reason = "directory asks for time"
            extend(isFirst, to: now + Backoff.throttled.delay(failures: failures, jitter: jitter))
        case .throttled(let until?):
            reason = "directory asks for time"
            // "At once" is no invitation to ask as fast as the network allows.
            extend(true, to: max(until, now + Backoff.throttled.first))
        case .unauthorized:
            reason = "token refused: check scim.token and scim.url"
            extend(isFirst, to: now + Backoff.unauthorized.delay(failures: failures, jitter: jitter))
        }
    }

    private mutating func extend(_ counts: Bool, to time: Int64) {
        if counts { holdUntil = max(holdUntil, time) }
    }

    /// The directory dealt with a request. During a hold that proves nothing: the request left before it began.
    /// - Returns: whether a time of trouble ends.
    mutating func answered(now: Int64) -> Bool {
        guard failures > 0, holdUntil <= now else { return false }
        self = Target()
        return true
    }
}
