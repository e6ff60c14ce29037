/// When something that waits is tried again: a function of when its wait began. So a restart neither forgets a wait nor
/// cuts it short, no try need be written down, and a view can tell the next time too.
///
/// The first try is `first` after the beginning. Each interval is twice the one before while that is less than `longest`;
/// from then on it is `longest`. All in microseconds.
public struct Ladder: Hashable, Sendable {
    /// Before the first try.
    public let first: Int64
    /// Never longer than this.
    public let longest: Int64
    /// The tries while intervals grow: how long after the beginning each is.
    public let growing: [Int64]

    /// A schedule that doubles from `first` to `longest`, both from 1 to 35 years.
    public init(first: Int64, longest: Int64) {
        self.first = min(max(first, 1), 1 << 50)
        self.longest = min(max(longest, self.first), 1 << 50)
        var steps: [Int64] = []
        var interval = self.first
        while interval < self.longest {
            steps.append((steps.last ?? 0) + interval)
            interval *= 2
        }
        growing = steps
    }

    /// The first try after `now` of a wait that began at `start`.
    public func next(after now: Int64, since start: Int64) -> Int64 {
        let (difference, overflows) = now.subtractingReportingOverflow(start)
        let age = overflows ? (now > start ? Int64.max / 2 : 0) : max(difference, 0)
        let last = growing.last ?? 0
        let step = growing.first { $0 > age } ?? last + ((min(age, .max / 2) - last) / longest + 1) * longest
        let (next, isTooLate) = start.addingReportingOverflow(step)
        return isTooLate ? .max : next
    }

    /// A lookup that found nothing that can be used.
    public static let lookup = Ladder(first: 30_000_000, longest: 900_000_000)
    /// A lookup without an answer, and a directory to which no connection is made.
    public static let connection = Ladder(first: 1_000_000, longest: 60_000_000)
    /// A directory that refuses the token: only a person can mend it.
    public static let token = Ladder(first: 15_000_000, longest: 300_000_000)
}
