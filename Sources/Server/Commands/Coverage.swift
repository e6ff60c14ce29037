import Okta
import Projector
import SQLiteStore

/// Says what a ledger cannot know: when it was not listening, and what no backfill has made up for.
enum Coverage {
    /// Names the open gaps on standard error, beside what a command shows of the ledger.
    static func noteGaps(of store: Store) throws {
        let known = try Projection(readOnly: store).coverage()
        for line in lines(known).dropFirst() { Output.note(line) }
    }

    /// Lines for people: since when anything is known, and then a line for each open gap.
    static func lines(
        _ known: (since: Int64?, listening: [ListeningSpan], gaps: [Gap]),
        now: Int64 = SystemSource.microseconds()
    ) -> [String] {
        guard let since = known.since else {
            return ["Nothing is known: the ledger has never listened for deliveries."]
        }
        return ["Known from events only, since \(utc(since))."] + known.gaps.map { line($0, known.listening, now) }
    }

    private static func line(_ gap: Gap, _ listening: [ListeningSpan], _ now: Int64) -> String {
        guard let until = gap.until else { return "Not listening since \(utc(gap.from))." }
        // A gap of which a part is covered already begins where no span ended.
        let how = listening.first { $0.until == gap.from }.map {
            $0.stoppedCleanly ? " (stopped)" : " (ended without saying so)"
        }
        let rest =
            until > now - BackfillStart.retention
            ? "until `ledger backfill` has got them." : "and Okta keeps events for 90 days only."
        return
            "Not listening from \(utc(gap.from))\(how ?? "") to \(utc(until)): deliveries lost then are not in the log, "
            + rest
    }

    /// UTC text of microseconds since 1970.
    static func utc(_ microseconds: Int64) -> String { Instant(nanoseconds: nanoseconds(microseconds)).text }

    private static func nanoseconds(_ microseconds: Int64) -> Int64 {
        let (value, overflows) = microseconds.multipliedReportingOverflow(by: 1_000)
        return overflows ? .max : value
    }
}
