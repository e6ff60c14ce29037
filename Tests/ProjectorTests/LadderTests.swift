import Projector
import Testing

@Suite struct `A ladder` {
    private let second: Int64 = 1_000_000

    @Test func `tries after 30, 90, 210, 450 and 930 seconds, and every 15 minutes from then on`() {
        var times: [Int64] = []
        var now: Int64 = 0
        while times.count < 8 {
            now = Ladder.lookup.next(after: now, since: 0)
            times.append(now / second)
        }
        #expect(times == [30, 90, 210, 450, 930, 1_830, 2_730, 3_630])
    }

    @Test func `the next try is the first one after now, whenever it is asked for`() {
        for ladder in [Ladder.lookup, .connection, .token, Ladder(first: 5, longest: 5), Ladder(first: 7, longest: 3)] {
            var steps: [Int64] = [0]
            while steps.count < 40 { steps.append(ladder.next(after: 1_000 + (steps.last ?? 0), since: 1_000) - 1_000) }
            for (before, after) in zip(steps, steps.dropFirst()) {
                #expect(after > before && after - before <= ladder.longest)
                for now in [before, before + 1, (before + after) / 2, after - 1] where now < after {
                    #expect(ladder.next(after: 1_000 + now, since: 1_000) == 1_000 + after)
                }
            }
        }
    }

    @Test func `a wait that begins later than now is tried after its first interval`() {
        #expect(Ladder.token.next(after: 0, since: 100 * second) == 115 * second)
    }

    @Test func `no times make it fail`() {
        for ladder in [Ladder.lookup, Ladder(first: 1, longest: .max), Ladder(first: .max, longest: .max)] {
            for now in [Int64.min, -1, 0, 1, .max] {
                for start in [Int64.min, -1, 0, 1, .max] { #expect(ladder.next(after: now, since: start) >= start) }
            }
        }
    }
}
