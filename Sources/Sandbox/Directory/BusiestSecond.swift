/// The most of something in any window of one second, exactly: a window begins at an arrival and ends just before the
/// second is over.
struct BusiestSecond: Sendable {
    /// The most so far.
    private(set) var most = 0
    private var recent: [(at: Int64, count: Int)] = []
    private var first = 0
    private var sum = 0

    /// So many arrived; `now` in nanoseconds. A clock that goes backwards counts as standing still.
    mutating func add(_ count: Int, at now: Int64) {
        let now = max(now, recent.last?.at ?? now)
        recent.append((now, count))
        sum += count
        while recent[first].at <= now - 1_000_000_000 {
            sum -= recent[first].count
            first += 1
        }
        if first * 2 > recent.count {
            recent.removeFirst(first)
            first = 0
        }
        most = max(most, sum)
    }
}
