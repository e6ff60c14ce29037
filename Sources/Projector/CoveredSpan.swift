/// A span of time of which the System Log has told all that Okta kept. In microseconds since 1970 on our clock.
public struct CoveredSpan: Hashable, Sendable {
    /// When it begins.
    public let from: Int64
    /// When it ends, later than `from`.
    public let until: Int64

    /// A span.
    public init(from: Int64, until: Int64) {
        self.from = from
        self.until = until
    }

    /// The union of spans: as few as possible, in order. Spans that touch become one.
    public static func union(_ spans: [CoveredSpan]) -> [CoveredSpan] {
        var union: [CoveredSpan] = []
        for span in spans.sorted(by: { ($0.from, $0.until) < ($1.from, $1.until) }) {
            if let last = union.last, span.from <= last.until {
                union[union.count - 1] = CoveredSpan(from: last.from, until: max(last.until, span.until))
            } else {
                union.append(span)
            }
        }
        return union
    }
}

/// A span in which nobody listened and that no backfill has covered: what Okta sent then is not known to be in the log.
public struct Gap: Hashable, Sendable {
    /// When it began, in microseconds since 1970 on our clock.
    public let from: Int64
    /// When it ended; `nil` while it goes on.
    public let until: Int64?

    /// A gap.
    public init(from: Int64, until: Int64?) {
        self.from = from
        self.until = until
    }

    /// The open gaps, in order: what lies between and after the spans in which deliveries were received or that a backfill
    /// has covered. Before the first of them nothing is known at all, which is no gap.
    public static func open(listening: [ListeningSpan], covered: [CoveredSpan]) -> [Gap] {
        let heard = listening.map { CoveredSpan(from: $0.from, until: $0.until ?? .max) }
        let known = CoveredSpan.union(heard + covered)
        var gaps = zip(known, known.dropFirst()).map { Gap(from: $0.until, until: $1.from) }
        if let last = known.last, last.until < .max { gaps.append(Gap(from: last.until, until: nil)) }
        return gaps
    }
}
