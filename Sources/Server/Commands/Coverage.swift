import Okta
import Projector
import SQLiteStore

/// Says what a ledger cannot know: when it was not listening, and what no backfill has made up for.
enum Coverage {
    /// Names the open gaps on standard error, beside what a command shows of the ledger.
    static func noteGaps(of store: Store) throws {
        for line in try lines(of: Projection(readOnly: store)).dropFirst() { Output.note(line) }
    }

    /// Lines for people of what a projection knows.
    static func lines(of projection: Projection) throws -> [String] {
        lines(try projection.coverage(), try projection.baselines())
    }

    /// Lines for people: since when anything is known, and then a line for each open gap.
    static func lines(
        _ known: (since: Int64?, listening: [ListeningSpan], gaps: [Gap]),
        _ baselines: BaselineCoverage = BaselineCoverage(),
        now: Int64 = SystemSource.microseconds()
    ) -> [String] {
        guard let since = known.since else {
            return ["Nothing is known: the ledger has never listened for deliveries."]
        }
        return [begin(since, baselines)] + known.gaps.map { line($0, known.listening, now) + settled($0, baselines) }
    }

    private static func begin(_ since: Int64, _ baselines: BaselineCoverage) -> String {
        let (read, all) = (baselines.askedAt.count, baselines.groupsInScope)
        guard let earliest = baselines.earliest, read > 0 else { return "Known from events only, since \(utc(since))." }
        let complete = "complete since their baselines, the first of them at \(Instant(nanoseconds: earliest).text)"
        return read == all
            ? "Membership of all \(all) group(s) in scope is \(complete); what was before, from events only, since \(utc(since))."
            : "Membership of \(read) of \(all) groups in scope is \(complete); the others are known from events only, since "
                + "\(utc(since)): `ledger baseline`."
    }

    /// A baseline after a gap tells who is a member, though not when that changed.
    private static func settled(_ gap: Gap, _ baselines: BaselineCoverage) -> String {
        guard let until = gap.until, baselines.groups(readAfter: until) > 0 else { return "" }
        let (settled, all) = (baselines.groups(readAfter: until), baselines.groupsInScope)
        let groups = settled == all ? "every group" : "\(settled) of \(all) groups"
        return " A later baseline of \(groups) in scope settles who is a member."
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
