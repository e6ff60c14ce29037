import Testing

@testable import SCIM

@Suite struct `What may leave in a second` {
    /// Sends as fast as the pace allows, each `lateness` after its time, and gives the times of leaving.
    private func departures(
        _ pace: inout Pace,
        counts: [Int],
        start: Int64,
        lateness: (Int) -> Int64
    ) -> [(at: Int64, count: Int)] {
        var now = start
        return counts.enumerated().map { index, count in
            now = max(now, pace.reserve(count, now: now)) + lateness(index)
            while case let earliest = pace.mayLeave(count, now: now), earliest > now {
                now = earliest + lateness(index)
            }
            pace.left(count, now: now)
            return (now, count)
        }
    }

    private func mostInASecond(_ departures: [(at: Int64, count: Int)]) -> Int {
        var (first, sum, most) = (0, 0, 0)
        for departure in departures {
            sum += departure.count
            while departures[first].at <= departure.at - Pace.second {
                sum -= departures[first].count
                first += 1
            }
            most = max(most, sum)
        }
        return most
    }

    @Test(arguments: [1, 7, 25, 40, 1_000])
    func `no window of a second holds more than the figure, however late a timer rings`(figure: Int) {
        for seed in 0..<20 {
            var random = Seeded(UInt64(seed * 31 + figure))
            var pace = Pace(figure, start: 0)
            let counts = Array(repeating: 1, count: figure * 5)
            let all = departures(&pace, counts: counts, start: 0) { _ in Int64.random(in: 0...30_000, using: &random) }
            #expect(mostInASecond(all) <= figure, "seed \(seed)")
        }
    }

    @Test func `requests of several changes count with all of them`() {
        var random = Seeded(5)
        var pace = Pace(500, start: 0)
        let counts = (0..<200).map { _ in Int.random(in: 1...100, using: &random) }
        let all = departures(&pace, counts: counts, start: 0) { _ in 0 }
        #expect(mostInASecond(all) <= 500)
    }

    @Test func `the full figure is used, but for a hundredth`() {
        var pace = Pace(25, start: 0)
        let all = departures(&pace, counts: Array(repeating: 1, count: 2_500), start: 0) { $0 % 7 == 0 ? 3_000 : 100 }
        #expect(all.last!.at < 103_000_000)
    }

    @Test func `nothing comes as a burst: after a pause too the second is used evenly`() {
        var pace = Pace(25, start: 0)
        let all = departures(&pace, counts: Array(repeating: 1, count: 30), start: 90_000_000) { _ in 0 }
        for (one, next) in zip(all, all.dropFirst()) { #expect(next.at - one.at >= 40_000) }
    }

    @Test func `a crowd that was held up does not leave together`() {
        var pace = Pace(40, start: -2_000_000)
        var now: Int64 = 0
        let places = (0..<40).map { _ in pace.reserve(1, now: 0) }
        // All timers ring half a second late.
        var left: [Int64] = []
        for place in places {
            now = max(now, place, 500_000)
            while case let earliest = pace.mayLeave(1, now: now), earliest > now { now = earliest }
            pace.left(1, now: now)
            left.append(now)
        }
        for (one, next) in zip(left, left.dropFirst()) { #expect(next - one >= 19_000) }
    }

    @Test func `after a start with much to do nothing leaves in a crowd either`() {
        var pace = Pace(40, start: 0)
        let places = (0..<64).map { _ in pace.reserve(1, now: 0) }
        #expect(places[0] >= Pace.second)
        for (one, next) in zip(places, places.dropFirst()) { #expect(next - one >= 25_000) }
    }

    @Test func `the second before a start counts as used up by an earlier process`() {
        var pace = Pace(25, start: 1_000)
        #expect(departures(&pace, counts: [1], start: 1_000) { _ in 0 }[0].at >= 1_001_000)
    }

    @Test func `without a figure nothing waits`() {
        var pace = Pace(nil, start: 0)
        let all = departures(&pace, counts: Array(repeating: 100, count: 50), start: 0) { _ in 0 }
        #expect(all.allSatisfy { $0.at == 0 })
    }

    @Test func `after a 429 a fifth less than what was borne leaves, and grows back a hundredth a second`() throws {
        var pace = Pace(nil, start: 0)
        _ = departures(&pace, counts: Array(repeating: 100, count: 6), start: 10_000_000) { _ in 10_000 }
        pace.slowDown(now: 10_100_000)
        #expect(pace.figure(now: 10_100_000) == 480)
        let later = try #require(pace.figure(now: 20_100_000))
        #expect(abs(later - 528) < 0.001)
    }

    @Test func `a figure never grows above what was configured, and never falls below 1`() {
        var pace = Pace(25, start: 0)
        for _ in 0..<30 { pace.slowDown(now: 5_000_000) }
        #expect(pace.figure(now: 5_000_000) == 1)
        #expect(pace.figure(now: 5_000_000_000) == 25)
    }
}

@Suite struct `A budget` {
    @Test func `keeps reads, writes and changes apart`() {
        var budget = RateBudget(.init(reads: 1, writes: 2, members: 100), start: -2_000_000)
        #expect(budget.leave(.read, now: 0) == nil)
        #expect(budget.leave(.read, now: 0) ?? 0 >= 1_000_000)
        #expect(budget.leave(.write(changes: 60), now: 0) == nil)
        #expect(budget.leave(.write(changes: 60), now: 900_000) ?? 0 >= 1_000_000)
        #expect(budget.leave(.write(changes: 40), now: 900_000) == nil)
        #expect(budget.leave(.write(changes: 1), now: 2_000_000) == nil)
    }

    @Test func `a 429 to full requests is taken for the limit of changes, one to small requests for that of requests`()
    {
        var full = RateBudget(.aws, start: 0)
        for index in 0..<5 { _ = full.leave(.write(changes: 100), now: 5_000_000 + Int64(index) * 40_000) }
        full.throttled(.write(changes: 100), now: 5_300_000)
        #expect(full.leave(.write(changes: 100), now: 5_300_000) ?? 0 > 5_400_000)
        var small = RateBudget(.aws, start: 0)
        for index in 0..<5 { _ = small.leave(.write(changes: 1), now: 5_000_000 + Int64(index) * 40_000) }
        small.throttled(.write(changes: 1), now: 5_300_000)
        #expect(small.leave(.write(changes: 100), now: 6_300_000) == nil)
    }

    @Test func `a request holds no more changes than leave in a second where that was configured`() {
        #expect(RateBudget(.init(reads: nil, writes: nil, members: 30), start: 0).changesInARequest(now: 0) == 30)
        #expect(RateBudget(.aws, start: 0).changesInARequest(now: 0) == 100)
    }

    @Test func `a request that is refused four times though nothing else left becomes smaller, and larger again later`()
    {
        var budget = RateBudget(.aws, start: 0)
        var now: Int64 = 10_000_000
        for refusals in 1...5 {
            #expect(budget.leave(.write(changes: 100), now: now) == nil)
            budget.throttled(.write(changes: 100), now: now)
            #expect(budget.changesInARequest(now: now) == [100, 100, 100, 50, 25][refusals - 1])
            now += 60_000_000
        }
        budget.served()
        #expect(budget.changesInARequest(now: now) == 25)
        #expect(budget.changesInARequest(now: now + 600_000_000) == 100)
    }

    @Test func `429 answers that come by chance leave requests as large as they are`() {
        var random = Seeded(3)
        var budget = RateBudget(.aws, start: 0)
        var now: Int64 = 10_000_000
        for _ in 0..<1_000 {
            now = max(budget.reserve(.write(changes: 100), now: now), now)
            while let later = budget.leave(.write(changes: 100), now: now) { now = later }
            guard Double.random(in: 0..<1, using: &random) < 0.1 else {
                budget.served()
                continue
            }
            now += 1_000_000
            budget.throttled(.write(changes: 100), now: now)
        }
        #expect(budget.changesInARequest(now: now) == 100)
        // Chance alone keeps it far below the figure, but never from working.
        #expect(now < 3_600_000_000)
    }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
