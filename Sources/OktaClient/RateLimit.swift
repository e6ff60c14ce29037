public import HTTPTransport
import Okta

/// What an answer of Okta's says of its budget: per-minute windows that do not follow the clock's minutes
/// (developer.okta.com/docs/reference/rate-limits/).
public struct RateLimit: Hashable, Sendable {
    /// `X-Rate-Limit-Limit`: requests a window. 0 where too many were under way at once.
    public let limit: Int?
    /// `X-Rate-Limit-Remaining`: requests left in it.
    public let remaining: Int?
    /// `X-Rate-Limit-Reset`: when the next one begins, in seconds since 1970 on Okta's clock.
    public let reset: Int64?
    /// Okta's own clock, from `Date`, in seconds since 1970.
    public let date: Int64?

    /// What no window takes longer than, so that an odd `Reset` does not stop us for long.
    public static let longestWait = Duration.seconds(90)

    /// The rate headers of an answer; what is absent or no number is nil.
    public init(_ response: HTTPResponse) {
        self.init(
            limit: response.first("X-Rate-Limit-Limit").flatMap { Int($0) },
            remaining: response.first("X-Rate-Limit-Remaining").flatMap { Int($0) },
            reset: response.first("X-Rate-Limit-Reset").flatMap { Int64($0) },
            date: response.first("Date").flatMap(Instant.init(httpDate:)).map { $0.nanoseconds / 1_000_000_000 }
        )
    }

    /// A budget of these values.
    public init(limit: Int?, remaining: Int?, reset: Int64?, date: Int64?) {
        (self.limit, self.remaining, self.reset, self.date) = (limit, remaining, reset, date)
    }

    /// How long to wait after an answer of 429: until the window ends. `Reset` is on Okta's clock, so it is measured against
    /// Okta's own `Date`; ours may be wrong.
    ///
    /// - Parameter now: Our clock, in microseconds since 1970, for an answer without `Date`.
    /// - Returns: 1 s to ``longestWait``; 60 s, a whole window, where no reset is told.
    public func waitAfterRefusal(now: Int64) -> Duration {
        guard let reset else { return .seconds(60) }
        return min(max(until(reset, now: now) + .seconds(1), .seconds(1)), Self.longestWait)
    }

    /// How long to wait before the next request although this one was answered: a tenth of the window is left to others,
    /// since one bucket serves the whole org.
    ///
    /// - Parameter now: Our clock, in microseconds since 1970, for an answer without `Date`.
    /// - Returns: Zero to ``longestWait``.
    public func waitBeforeNext(now: Int64) -> Duration {
        guard let limit, let remaining, let reset, limit > 0, remaining <= limit / 10 else { return .zero }
        return min(max(until(reset, now: now) + .seconds(1), .zero), Self.longestWait)
    }

    private func until(_ reset: Int64, now: Int64) -> Duration {
        let clock = date ?? now / 1_000_000
        let (seconds, overflows) = reset.subtractingReportingOverflow(clock)
        return .seconds(overflows ? 0 : min(max(seconds, -86_400), 86_400))
    }
}
