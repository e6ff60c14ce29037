/// How many of one sort may leave in a second: never more than the figure in any window of a second, and spread over it.
/// Times are microseconds since 1970. Pure: it knows what left, and says when the next may.
///
/// Whoever wants to leave reserves a place, waits for it, and then asks `mayLeave`, which looks at what really left: a
/// timer that rang late must not let two windows overlap, nor a crowd that was held up leave together.
struct Pace: Sendable {
    static let second: Int64 = 1_000_000
    /// What is kept to: a little more than a second, since some requests are longer on their way than others.
    private static let window: Int64 = 1_010_000
    /// How much further apart places are than the figure asks, so that what was late can be made up for.
    private static let spacing = 1.015
    /// How close to each other two may leave, as a share of the time between places.
    private static let closeness = 0.8

    /// The most a second that was asked for; `nil` for no limit.
    let configured: Int?
    /// It is never slowed down below this many a second.
    private let least: Double
    /// Below `configured` since the directory asked for fewer: what was in force then, and when.
    private var cut: (figure: Double, at: Int64)?
    /// Where the next reservation begins.
    private var free: Int64
    /// What left in the last second, oldest first.
    private var departures: [(at: Int64, count: Int)] = []

    /// - Parameters:
    ///   - configured: the most a second, at least 1; `nil` for no limit.
    ///   - least: what it is never slowed down below, a second.
    ///   - start: when the process began. An earlier one may have used the second before it up.
    init(_ configured: Int?, least: Double = 1, start: Int64) {
        self.configured = configured
        self.least = configured.map { min(least, Double($0)) } ?? least
        free = start
        guard let configured else { return }
        departures = [(start, configured)]
        free += Self.window
    }

    /// The most a second now; `nil` for no limit.
    func figure(now: Int64) -> Double? {
        let ceiling = configured.map(Double.init)
        guard let cut else { return ceiling }
        // A hundredth of the ceiling a second, so that a limit that was met once is met again only after a while; and from
        // the least it comes back in minutes, not in hours.
        let growth = (ceiling ?? max(cut.figure, least * Self.recovers)) / 100
        let grown = cut.figure + growth * Double(now - cut.at) / Double(Self.second)
        guard let ceiling else { return grown < cut.figure * Self.forgets ? grown : nil }
        return min(ceiling, grown)
    }

    /// Without a configured limit, one that was met counts no more once this many times as much went well.
    private static let forgets = 10.0
    private static let recovers = 10.0

    /// The time at which `count` more are to leave, after all that were reserved before.
    mutating func reserve(_ count: Int, now: Int64) -> Int64 {
        let place = max(free, now)
        guard let figure = figure(now: now) else { return place }
        free = place + Int64(Double(count) / figure * Self.spacing * Double(Self.second))
        return place
    }

    /// Whether `count` more may leave now. What is more than the figure by itself leaves alone.
    /// - Returns: the earliest time at which they may; `now` if at once.
    func mayLeave(_ count: Int, now: Int64) -> Int64 {
        guard let figure = figure(now: now) else { return now }
        let limit = max(1, Int(figure))
        var sum = departures.reduce(0) { $1.at > now - Self.window ? $0 + $1.count : $0 }
        var earliest = now
        for departure in departures where departure.at > now - Self.window && sum > 0 && sum + count > limit {
            sum -= departure.count
            earliest = departure.at + Self.window
        }
        guard let last = departures.last else { return earliest }
        let gap = Double(last.count) / figure * Self.closeness * Double(Self.second)
        return max(earliest, last.at + min(Int64(gap), Self.window))
    }

    /// `count` left.
    mutating func left(_ count: Int, now: Int64) {
        departures.removeFirst(departures.firstIndex { $0.at > now - Self.window } ?? departures.count)
        departures.append((now, count))
    }

    /// How many left in the last second.
    func recent(now: Int64) -> Int {
        departures.reduce(0) { $1.at > now - Self.second ? $0 + $1.count : $0 }
    }

    /// The directory asked for fewer: from here on a fifth less than what it bore, growing back slowly.
    mutating func slowDown(now: Int64) {
        let borne = Double(recent(now: now))
        let base = figure(now: now).map { max($0 / 2, min($0, borne)) } ?? borne
        cut = (max(least, base * 0.8), now)
    }
}
