import Foundation

/// Seeded randomness (SplitMix64, https://prng.di.unimi.it/splitmix64.c): one seed gives one run, everywhere.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// True so many times in a hundred.
    mutating func roll(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// One of `items`, which is not empty.
    mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &self)] }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// The seed of this run: that of `LEDGER_TEST_SEED`, else a random one. Tests print it.
enum Seed {
    static let value =
        ProcessInfo.processInfo.environment["LEDGER_TEST_SEED"].flatMap(UInt64.init) ?? .random(in: 1...999_999)
}
