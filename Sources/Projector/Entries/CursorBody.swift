/// Body of an `okta.cursor` entry: how far a backfill has got, written when the events of its pages are durable.
public struct CursorBody: Codable, Hashable, Sendable {
    /// What a run has done so far.
    public struct Counts: Codable, Hashable, Sendable {
        /// Pages fetched.
        public var pages = 0
        /// Events in them.
        public var events = 0
        /// Events that were not in the log as `okta.logevent` before.
        public var stored = 0

        /// Nothing yet.
        public init() {}
    }

    /// The run, a UUID; all its entries have it.
    public let run: String
    /// From when on the System Log was asked, in microseconds since 1970 on our clock.
    public let from: Int64
    /// When the request that found nothing more was sent, in microseconds since 1970 on our clock; `nil` while the run goes on.
    public let until: Int64?
    /// Microseconds before `until` in which events may not have been kept yet: not covered.
    public let overlap: Int64
    /// Okta's clock less ours in seconds, as its `Date` told.
    public let clockOffset: Int64
    /// Okta's `next` link, with which a run that was interrupted goes on.
    public let next: String?
    /// What the run has done so far.
    public let counts: Counts

    /// A cursor.
    public init(
        run: String,
        from: Int64,
        until: Int64?,
        overlap: Int64,
        clockOffset: Int64,
        next: String?,
        counts: Counts
    ) {
        self.run = run
        self.from = from
        self.until = until
        self.overlap = overlap
        self.clockOffset = clockOffset
        self.next = next
        self.counts = counts
    }

    private enum CodingKeys: String, CodingKey {
        case run, from, until, overlap, next, counts
        case clockOffset = "clock_offset"
    }

    /// What is covered once the run is complete; `nil` before, and where it covers nothing.
    public var covered: CoveredSpan? {
        guard let until, overlap >= 0 else { return nil }
        let (end, overflows) = until.subtractingReportingOverflow(overlap)
        return overflows || end <= from ? nil : CoveredSpan(from: from, until: end)
    }

    /// The same span on Okta's clock: what was published in it, the System Log has told.
    public var told: CoveredSpan? {
        guard let covered else { return nil }
        let (offset, isFar) = clockOffset.multipliedReportingOverflow(by: 1_000_000)
        let (from, isEarly) = covered.from.addingReportingOverflow(offset)
        let (until, isLate) = covered.until.addingReportingOverflow(offset)
        return isFar || isEarly || isLate ? nil : CoveredSpan(from: from, until: until)
    }
}
