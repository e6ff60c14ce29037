import Ledger
import Projector
import Testing

/// What Okta's events decide depends on the set of them alone.
///
/// Where the rules themselves look at arrival, so do the arrivals made here: see `History`.
@Suite struct `Order and repeats` {
    static let histories = 1_000

    @Test func `any order of arrival with any repeats gives the oracle's membership and standings`() throws {
        var histories = Histories(seed: Seed.value)
        var dice = Dice(seed: Seed.value &+ 1)
        var late = 0
        for number in 1...Self.histories {
            let history = try histories.next()
            let inOrder = try history.entries(Array(history.drafts.indices), &dice)
            let expected = Oracle.view(OracleLog(inOrder))
            for _ in 1...2 {
                let arrival = history.arrival(&dice)
                late += history.lateDeletions(in: arrival)
                let state = try MemoryState(folding: history.entries(arrival, &dice), settings: history.settings)
                let view = FoldedView(state)
                let difference = view.difference(from: expected)
                try #require(difference == [], "seed \(Seed.value), history \(number)")
                try #require(state.unreadable.count == arrival.reduce(0) { $0 + history.drafts[$1].unreadable })
            }
        }
        var tally = histories.tally
        tally.hit(.lateGroupDeletion, late)
        print("LEDGER_TEST_SEED=\(Seed.value): \(Self.histories) histories; \(tally.text)")
        #expect(tally.missing == [], "seed \(Seed.value)")
    }

    @Test func `every planted fault in the order is caught, and the fold has none`() throws {
        var histories = Histories(seed: Seed.value &+ 2)
        var dice = Dice(seed: Seed.value &+ 3)
        var caught: [Fault: Int] = [:]
        for _ in 1...300 {
            let history = try histories.next()
            let entries = try history.entries(history.arrival(&dice), &dice)
            let log = OracleLog(entries)
            let view = try FoldedView(folding: entries, settings: history.settings)
            let difference = view.difference(from: Oracle.view(log))
            try #require(difference == [], "seed \(Seed.value)")
            for fault in Fault.allCases where Oracle.view(log, fault: fault) != view { caught[fault, default: 0] += 1 }
        }
        print(
            "caught in 300 histories: "
                + Fault.allCases.map { "\($0) \(caught[$0, default: 0])" }.joined(separator: ", ")
        )
        for fault in Fault.allCases {
            #expect(caught[fault, default: 0] > 0, "\(fault) not caught, seed \(Seed.value)")
        }
    }
}

extension FoldedView {
    /// Only what differs: a whole view is too long to read.
    func difference(from expected: FoldedView) -> [String] {
        func rows<Key: Hashable, Value: Equatable>(_ got: [Key: Value], _ wanted: [Key: Value]) -> [String] {
            Set(got.keys).union(wanted.keys).filter { got[$0] != wanted[$0] }.map {
                "\($0): got \(got[$0].map { "\($0)" } ?? "none"), expected \(wanted[$0].map { "\($0)" } ?? "none")"
            }
        }
        return rows(membership, expected.membership) + rows(standings, expected.standings)
            + rows(groups, expected.groups)
            + rows(logins, expected.logins)
    }
}
