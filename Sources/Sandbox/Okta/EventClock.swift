/// Gives every event its time and its uuid, in the true order of events.
///
/// Real uuids are of version 1 and hold the time of `published` to the millisecond, with some ticks of 100 ns below it
/// (14 of 14 public captures). Two events in one millisecond differ by those ticks alone.
struct EventClock: Sendable {
    private let pace: OktaGenerator.Pace
    /// Milliseconds since 1970 UTC.
    private var millisecond: Int64
    /// Ticks of 100 ns within the millisecond, below 10,000.
    private var ticks: Int64 = 0
    private var lastWasVersion1 = false
    private let node: UInt64
    /// The events published in the same millisecond as the one before.
    private(set) var ties = 0
    /// The events whose uuid is of version 4.
    private(set) var version4 = 0

    init(pace: OktaGenerator.Pace, startingAt start: Int64, random: inout SeededRandom) {
        self.pace = pace
        millisecond = start / 1_000_000
        node = (random.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0100_0000_0000
    }

    /// The time of the latest event, nanoseconds since 1970 UTC.
    var now: Int64 { millisecond * 1_000_000 }

    /// The stamp of the next event: later than all before it, in the same millisecond or a later one.
    mutating func next(_ random: inout SeededRandom) -> EventStamp {
        let isVersion4 = random.chance(pace.version4Share)
        // A uuid of version 4 tells no time: without a millisecond of its own the true order would be a guess.
        if !isVersion4, lastWasVersion1, ticks < 9_000, random.chance(pace.tieShare) {
            ticks += 1 + Int64(random.below(20))
            ties += 1
        } else {
            millisecond += 1 + Int64(random.below(2 * pace.meanGapMilliseconds))
            ticks = 10 + Int64(random.below(211))
        }
        lastWasVersion1 = !isVersion4
        if isVersion4 {
            version4 += 1
            return EventStamp(
                published: now,
                high: (random.next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000,
                low: (random.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
            )
        }
        // 100 ns intervals since 1582-10-15 (RFC 9562 section 5.1): low, middle, then version and high bits.
        let time = UInt64(bitPattern: millisecond * 10_000 + ticks) &+ 0x01B2_1DD2_1381_4000
        let high = (time << 32) | ((time >> 16) & 0xFFFF_0000) | 0x1000 | ((time >> 48) & 0x0FFF)
        return EventStamp(published: now, high: high, low: node)
    }
}
