/// How long to wait before the next try. All in microseconds.
public struct Backoff: Hashable, Sendable {
    /// Before the second try.
    public let first: Int64
    /// Never longer than this.
    public let longest: Int64

    /// A schedule that doubles from `first` to `longest`.
    public init(first: Int64, longest: Int64) {
        self.first = first
        self.longest = longest
    }

    /// After a request whose outcome is unknown.
    public static let transport = Backoff(first: 1_000_000, longest: 60_000_000)
    /// After a 429 that does not say how long to wait.
    public static let throttled = Backoff(first: 1_000_000, longest: 60_000_000)
    /// After a 403 that concerns one group alone: only a person can mend it.
    public static let unauthorized = Backoff(first: 15_000_000, longest: 300_000_000)
    /// After one pair alone was refused.
    public static let refused = Backoff(first: 30_000_000, longest: 3_600_000_000)

    /// The delay after a number of failures in a row.
    /// - Parameters:
    ///   - failures: at least 1.
    ///   - jitter: 0 ..< 1; spreads tries of many over the second half of the delay.
    /// - Returns: microseconds.
    public func delay(failures: Int, jitter: Double) -> Int64 {
        let doublings = min(max(failures - 1, 0), 30)
        let full = min(first << Int64(doublings), longest)
        return full / 2 + Int64(Double(full / 2) * jitter)
    }
}
