import Projector
import Testing

@testable import Server

/// Where a backfill begins. Times count in minutes before now.
struct BackfillStartTests {
    private let now: Int64 = 1_790_000_000_000_000

    private func ago(_ minutes: Int64) -> Int64 { now - minutes * 60_000_000 }

    private func start(asked: Int64? = nil, last: CursorBody? = nil, gaps: [Gap] = [], known: Int64? = nil)
        -> BackfillStart
    {
        BackfillStart(asked: asked, last: last, gaps: gaps, known: known, now: now, overlap: 10 * 60_000_000)
    }

    private func cursor(from: Int64, until: Int64?, next: String? = "link") -> CursorBody {
        CursorBody(
            run: "r",
            from: from,
            until: until,
            overlap: 0,
            clockOffset: 0,
            next: next,
            counts: CursorBody.Counts()
        )
    }

    private let day: Int64 = 1_440

    @Test func `what somebody asks for goes before everything`() {
        let start = start(
            asked: ago(500),
            last: cursor(from: ago(90), until: nil),
            gaps: [Gap(from: ago(50), until: nil)]
        )
        #expect(start.from == ago(500) && start.resume == nil && start.lost == nil)
    }

    @Test func `a run that was interrupted goes on with its link`() {
        let start = start(last: cursor(from: ago(90), until: nil), gaps: [Gap(from: ago(500), until: ago(400))])
        #expect(start.from == ago(90) && start.resume == "link")
    }

    @Test func `an overlap is read again, from the end of the last run or the first open gap, whichever is earlier`() {
        let last = cursor(from: ago(900), until: ago(60))
        #expect(start(last: last).from == ago(70))
        #expect(start(last: last, gaps: [Gap(from: ago(80), until: ago(75))]).from == ago(90))
        #expect(start(last: last, gaps: [Gap(from: ago(20), until: nil)]).from == ago(70))
        #expect(start(gaps: [Gap(from: ago(20), until: nil)], known: ago(5_000)).from == ago(30))
    }

    @Test func `without a gap the first run begins where the ledger began`() {
        #expect(start(known: ago(5_000)).from == ago(5_010))
        #expect(start().from == ago(90 * day))
    }

    @Test func `what Okta keeps no more is not asked for, but told`() {
        let begun = start(asked: ago(200 * day))
        #expect(begun.from == ago(90 * day) && begun.lost == Gap(from: ago(200 * day), until: ago(90 * day)))
        let gap = start(gaps: [Gap(from: ago(100 * day), until: ago(80 * day))])
        #expect(gap.from == ago(90 * day) && gap.lost == Gap(from: ago(100 * day), until: ago(90 * day)))
        #expect(start(asked: .min).from == ago(90 * day))
        #expect(start(asked: .max).from == now)
    }

    @Test func `what a gap hides is to be got by a backfill, or gone`() {
        func line(_ gap: Gap) -> String {
            Coverage.lines((since: ago(200 * day), listening: [], gaps: [gap]), now: now)[1]
        }
        #expect(line(Gap(from: ago(80 * day), until: ago(79 * day))).hasSuffix("until `ledger backfill` has got them."))
        #expect(
            line(Gap(from: ago(120 * day), until: ago(91 * day))).hasSuffix("and Okta keeps events for 90 days only.")
        )
        #expect(line(Gap(from: ago(1), until: nil)).hasPrefix("Not listening since "))
    }

    @Test func `a gap that is older than all that Okta keeps does not send every later run back`() {
        let last = cursor(from: ago(900), until: ago(60))
        let start = start(last: last, gaps: [Gap(from: ago(100 * day), until: ago(95 * day))])
        #expect(start.from == ago(70) && start.lost == nil)
    }
}
