import OktaClient
import Projector

/// Where a backfill begins. In microseconds since 1970 on our clock.
struct BackfillStart: Hashable, Sendable {
    /// From when on the System Log is asked.
    let from: Int64
    /// The link with which an interrupted run goes on.
    let resume: String?
    /// What cannot be got any more.
    let lost: Gap?

    /// Microseconds that Okta keeps events.
    static let retention = Int64(SystemLogQuery.retentionDays) * 86_400_000_000

    /// Decides it: where somebody asked; else where an interrupted run stood; else where the last run ended or the first
    /// open gap began, whichever is earlier; else where the ledger began. Never before what Okta keeps.
    /// - Parameters:
    ///   - asked: from when on somebody wants it.
    ///   - last: the last `okta.cursor` entry.
    ///   - gaps: the open gaps, in order.
    ///   - known: since when anything is known.
    ///   - now: the time.
    ///   - overlap: how long Okta may take to keep an event.
    init(asked: Int64?, last: CursorBody?, gaps: [Gap], known: Int64?, now: Int64, overlap: Int64) {
        let oldest = now - Self.retention
        // What ended before is gone: it must not send every later run back to the oldest event.
        let gap = gaps.first { $0.until.map { $0 > oldest } ?? true }
        let begin: Int64
        if let asked {
            begin = asked
        } else if let last, last.until == nil, let next = last.next {
            (from, resume, lost) = (last.from, next, nil)
            return
        } else {
            let ends = [last?.until, gap?.from].compactMap(\.self)
            begin = (ends.min() ?? known ?? oldest).saturatingSubtracting(overlap)
        }
        from = min(max(begin, oldest), now)
        resume = nil
        // An overlap alone holds nothing that was missed.
        let missed = asked ?? gap?.from
        lost = missed.flatMap { $0 < oldest ? Gap(from: $0, until: oldest) : nil }
    }
}

extension Int64 {
    /// The difference, at the end of the range where it does not fit.
    fileprivate func saturatingSubtracting(_ other: Int64) -> Int64 {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? .min : difference
    }
}
