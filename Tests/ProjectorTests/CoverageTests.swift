import Ledger
import Projector
import Testing

/// Which time is a gap, and what closes one.
@Suite struct CoverageTests {
    private func cursor(_ from: Int64, _ until: Int64?, overlap: Int64 = 0) -> CursorBody {
        CursorBody(
            run: "r",
            from: from,
            until: until,
            overlap: overlap,
            clockOffset: 0,
            next: nil,
            counts: CursorBody.Counts()
        )
    }

    @Test func `a run covers from where it asked until its last request, less the overlap`() {
        #expect(cursor(100, 900, overlap: 50).covered == CoveredSpan(from: 100, until: 850))
        #expect(cursor(100, nil).covered == nil)
        #expect(cursor(100, 150, overlap: 50).covered == nil)
        #expect(cursor(100, .min, overlap: 50).covered == nil)
        #expect(cursor(100, 900, overlap: -50).covered == nil)
    }

    @Test func `runs that touch become one span, and a run that is not complete covers nothing`() throws {
        var ledger = GrowingLog()
        try ledger.append(.oktaCursor, cursor(100, 200))
        try ledger.append(.oktaCursor, cursor(300, 400))
        try ledger.append(.oktaCursor, cursor(150, nil))
        #expect(ledger.state.covered == [CoveredSpan(from: 100, until: 200), CoveredSpan(from: 300, until: 400)])
        try ledger.append(.oktaCursor, cursor(190, 310, overlap: 10))
        #expect(ledger.state.covered == [CoveredSpan(from: 100, until: 400)])
    }

    @Test func `time after a stop is a gap until somebody listens, and stays one until a run covers it`() throws {
        var ledger = GrowingLog()
        func gaps() -> [Gap] {
            Gap.open(listening: ledger.state.spans.values.sorted { $0.from < $1.from }, covered: ledger.state.covered)
        }
        #expect(gaps().isEmpty)
        try ledger.start()
        #expect(gaps().isEmpty)
        try ledger.stop()
        let stopped = ledger.now
        #expect(gaps() == [Gap(from: stopped, until: nil)])
        try ledger.start()
        let started = ledger.now
        #expect(gaps() == [Gap(from: stopped, until: started)])
        try ledger.append(.oktaCursor, cursor(stopped, started, overlap: 10))
        #expect(gaps() == [Gap(from: started - 10, until: started)])
        try ledger.append(.oktaCursor, cursor(started - 10, started + 100, overlap: 10))
        #expect(gaps().isEmpty)
    }

    @Test func `an instant is in a gap exactly where something is known before it and neither ear nor run had it`() {
        var dice = Dice(seed: Seed.value)
        for _ in 0..<300 {
            let heard = (0..<dice.number(0...4)).map { position -> ListeningSpan in
                var span = ListeningSpan(position: Int64(position), from: Int64(dice.number(0...40)))
                span.until = dice.roll(90) ? span.from + Int64(dice.number(0...10)) : nil
                return span
            }
            let covered = (0..<dice.number(0...4)).map { _ -> CoveredSpan in
                let from = Int64(dice.number(0...40))
                return CoveredSpan(from: from, until: from + Int64(dice.number(1...10)))
            }
            let gaps = Gap.open(listening: heard, covered: covered)
            let first = (heard.map(\.from) + covered.map(\.from)).min() ?? .max
            for instant in Int64(0)...60 {
                // Half-open spans: an instant belongs to what begins with it.
                let known =
                    heard.contains { $0.from <= instant && instant < $0.until ?? .max }
                    || covered.contains { $0.from <= instant && instant < $0.until }
                let inGap = gaps.contains { $0.from <= instant && instant < $0.until ?? .max }
                #expect(inGap == (!known && instant >= first), "seed \(Seed.value): \(instant) \(heard) \(covered)")
            }
        }
    }

    @Test func `every type that a backfill asks for means something to the fold`() {
        for type in EventKind.followedTypes { #expect(EventKind(eventType: type) != .other, "\(type)") }
        #expect(Set(EventKind.followedTypes).count == EventKind.followedTypes.count)
    }
}
