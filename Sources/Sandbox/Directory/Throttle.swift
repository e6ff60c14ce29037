/// The directory's speed limits, each a number a second; nil is no limit. Only answered requests are counted.
public struct Throttles: Hashable, Codable, Sendable {
    /// POST, PUT, PATCH and DELETE requests a second.
    public var writesPerSecond: Int?
    /// GET requests a second.
    public var readsPerSecond: Int?
    /// Single membership changes a second. AWS has such a limit but does not publish its number.
    public var membersPerSecond: Int?

    /// Limits with these numbers.
    public init(writesPerSecond: Int? = nil, readsPerSecond: Int? = nil, membersPerSecond: Int? = nil) {
        self.writesPerSecond = writesPerSecond
        self.readsPerSecond = readsPerSecond
        self.membersPerSecond = membersPerSecond
    }

    /// AWS's published limits: 25 writes and 40 reads a second (userguide, limits).
    public static let aws = Throttles(writesPerSecond: 25, readsPerSecond: 40)
    /// No limit at all.
    public static let off = Throttles()
}

/// A token bucket that holds one second's worth. It may be overdrawn by one request, so that a request of 100 changes
/// can pass a limit of 50 a second; the next then waits the longer.
struct Bucket {
    private var tokens: Double?
    private var filledAt: Int64 = 0

    /// Takes `count` tokens, or returns the whole seconds to wait if none is there.
    mutating func take(_ count: Int, perSecond: Int?, now: Int64) -> Int? {
        guard let perSecond, perSecond > 0 else { return nil }
        let rate = Double(perSecond)
        let gained = Double(now - filledAt) / 1e9 * rate
        let held = min(rate, (tokens ?? rate) + max(0, gained))
        filledAt = max(filledAt, now)
        guard held >= min(1, Double(count)) else {
            tokens = held
            return max(1, Int(((1 - held) / rate).rounded(.up)))
        }
        tokens = held - Double(count)
        return nil
    }
}
