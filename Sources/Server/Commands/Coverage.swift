import Okta
import Projector
import SQLiteStore

/// Says what a ledger cannot know: when it was not listening.
enum Coverage {
    /// Lines for people.
    static func lines(_ spans: [ListeningSpan]) -> [String] {
        guard let first = spans.first else {
            return ["Nothing is known: the ledger has never listened for deliveries."]
        }
        var lines = ["Known from events only, since \(utc(first.from))."]
        for (span, next) in zip(spans, spans.dropFirst()) {
            let end = span.until.map(utc) ?? "an unknown instant"
            let how = span.stoppedCleanly ? "stopped" : "ended without saying so"
            lines.append(
                "Not listening from \(end) (\(how)) to \(utc(next.from)): deliveries lost then are not in the log."
            )
        }
        if let last = spans.last, let until = last.until {
            lines.append("Not listening since \(utc(until)).")
        }
        return lines
    }

    /// UTC text of microseconds since 1970.
    static func utc(_ microseconds: Int64) -> String { Instant(nanoseconds: microseconds * 1_000).text }
}
