/// How long each phase of a request may take. A negative or zero duration has already passed.
public struct Deadlines: Sendable, Hashable {
    /// From `send` until the request starts to leave: waiting for a free connection, name resolution, TCP and TLS.
    public var connect: Duration
    /// From when the request starts to leave until the first byte of the answer.
    public var firstByte: Duration
    /// From `send` until the answer is complete.
    public var total: Duration

    /// The part of a request in which a deadline passed.
    public enum Phase: String, Sendable, Hashable {
        /// No connection was ready in time; no byte of the request left.
        case connect
        /// The request was sent, at least in part, and no answer began.
        case firstByte = "first byte"
        /// The whole took too long.
        case total
    }

    /// Creates deadlines; the defaults suit an API on another network.
    public init(connect: Duration = .seconds(10), firstByte: Duration = .seconds(30), total: Duration = .seconds(60)) {
        self.connect = connect
        self.firstByte = firstByte
        self.total = total
    }

    /// Finds the deadline that comes next.
    ///
    /// - Parameters:
    ///   - start: When the request was handed over.
    ///   - sent: When it last started to leave, nil if it has not.
    ///   - answered: Whether a byte of the answer has come.
    /// - Returns: When it passes, and the phase it belongs to.
    func next(
        start: ContinuousClock.Instant,
        sent: ContinuousClock.Instant?,
        answered: Bool
    ) -> (instant: ContinuousClock.Instant, phase: Phase) {
        let end = start + Self.bounded(total)
        let step: (instant: ContinuousClock.Instant, phase: Phase)
        if let sent {
            step = answered ? (end, .total) : (sent + Self.bounded(firstByte), .firstByte)
        } else {
            step = (start + Self.bounded(connect), .connect)
        }
        return step.instant <= end ? step : (end, .total)
    }

    /// Keeps instants far from overflow: a day is longer than any request here may take.
    private static func bounded(_ duration: Duration) -> Duration { min(duration, .seconds(86_400)) }

    /// The connect deadline as libcurl takes it. Zero would mean libcurl's own default of 300 s.
    var connectMilliseconds: Int { max(1, Self.bounded(connect).wholeMilliseconds) }
}

extension Duration {
    /// Milliseconds, rounded up.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
