import Ledger
import Okta
import Projector
import SQLiteStore

/// What a backfill brought, and what it showed of the deliveries.
struct BackfillReport: Codable, Sendable {
    /// One event, as people look for it.
    struct Event: Codable, Sendable {
        let uuid: String
        let type: String
        let published: String
        let group: String?
        let user: String?
    }

    /// Events of one sort: all are counted, some shown.
    struct Events: Codable, Sendable {
        var count = 0
        var first: [Event] = []

        /// Events that are named at the most.
        static let named = 1_000

        mutating func add(_ sighting: Sighting) {
            count += 1
            guard first.count < Self.named else { return }
            first.append(
                Event(
                    uuid: sighting.uuid,
                    type: sighting.type,
                    published: Instant(nanoseconds: sighting.published).text,
                    group: sighting.group,
                    user: sighting.user
                )
            )
        }
    }

    /// A span of time that is not known.
    struct Span: Codable, Hashable, Sendable {
        let from: String
        let until: String?

        init(_ gap: Gap) {
            from = Coverage.utc(gap.from)
            until = gap.until.map(Coverage.utc)
        }
    }

    /// The span that is covered now.
    let from: String
    let until: String
    /// What was fetched.
    let counts: CursorBody.Counts
    /// Events of the span that both ways brought.
    private(set) var both = 0
    /// Events that only deliveries brought: Okta's own record does not have them.
    private(set) var hookOnly = Events()
    /// Events that only the System Log told.
    private(set) var logOnly = Events()
    /// Of these, what Okta says it sent to our hook.
    private(set) var missed = Events()
    /// Events whose delivery says something else than the System Log.
    private(set) var edited = Events()
    /// Deliveries of the span that Okta says have failed.
    private(set) var failedDeliveries = Events()
    /// What else befell event hooks: made, changed, switched off.
    private(set) var hookChanges = Events()
    /// Gaps that are open now.
    let gaps: [Span]
    /// Gaps that a later run will close, since Okta has all events of them still.
    let closable: [Span]
    /// What Okta keeps no more.
    let lost: Span?

    /// Looks at what is known of the span that a run has covered.
    init(_ cursor: CursorBody, lost: Gap?, in ledger: OpenLedger) throws {
        let end = max(cursor.covered?.until ?? cursor.from, cursor.from)
        from = Coverage.utc(cursor.from)
        until = Coverage.utc(end)
        counts = cursor.counts
        self.lost = lost.map(Span.init)
        let open = try ledger.projection.coverage().gaps
        gaps = open.map(Span.init)
        let oldest = (cursor.until ?? cursor.from) - BackfillStart.retention
        closable = open.filter { $0.until.map { $0 > oldest } ?? false }.map(Span.init)
        let hooks = try ledger.projection.hookIDs(ofLast: 100)
        var told: [Sighting] = []
        // Events carry Okta's time, all else here is ours.
        let offset = cursor.clockOffset * 1_000_000
        let first = cursor.from + offset
        let types = EventKind.followedTypes + EventKind.hookTypes
        try ledger.projection.sightings(of: types, from: first, until: .max) { sighting in
            switch (sighting.byHook, sighting.byLog) {
            case (_, true) where sighting.type == "event_hook.delivery": failedDeliveries.add(sighting)
            case (_, true) where EventKind.hookTypes.contains(sighting.type): hookChanges.add(sighting)
            case (true, true):
                both += 1
                if sighting.differs { edited.add(sighting) }
            case (false, true):
                logOnly.add(sighting)
                told.append(sighting)
            // What is newer than what is covered may be kept by Okta later.
            case (true, false) where sighting.published / 1_000 < end + offset: hookOnly.add(sighting)
            default: break
            }
        }
        for sighting in told {
            guard let position = sighting.logPosition, let entry = try ledger.store.entry(at: position) else {
                continue
            }
            let targets = LogEvent.targetedHooks(in: entry.body)
            if hooks.isEmpty ? !targets.isEmpty : targets.contains(where: hooks.contains) { missed.add(sighting) }
        }
    }

    /// Lines for people.
    var lines: [String] {
        var lines = [
            "Fetched \(counts.events) event(s) in \(counts.pages) page(s), \(counts.stored) of them new.",
            "Covered from \(from) to \(until).",
            "By hook and System Log: \(both). By the System Log only: \(logOnly.count). By hook only: \(hookOnly.count). "
                + "Edited on the way: \(edited.count).",
        ]
        lines += Self.list("Okta says it sent these to our hook, and they did not arrive", missed)
        lines += Self.list("Deliveries that Okta's own record does not confirm", hookOnly)
        lines += Self.list("Deliveries that say something else than Okta's own record, which counts", edited)
        lines += Self.list("Deliveries that failed, as Okta says", failedDeliveries)
        lines += Self.list("What befell event hooks in Okta", hookChanges)
        if let lost {
            lines.append(
                "Okta keeps events for 90 days: what happened from \(lost.from) to \(lost.until ?? "now") is gone."
            )
        }
        for gap in gaps {
            guard let until = gap.until else {
                lines.append("Nobody listens since \(gap.from): ledger serve.")
                continue
            }
            let gone = closable.contains(gap) ? "" : ", and Okta keeps events for 90 days: it stays unknown"
            lines.append("Not covered: from \(gap.from) to \(until)\(gone).")
        }
        lines.append(closable.isEmpty ? "Next: nothing." : "Next: run it again later, when Okta has kept all events.")
        return lines
    }

    private static func list(_ title: String, _ events: Events) -> [String] {
        guard events.count > 0 else { return [] }
        let shown = events.first.prefix(20).map { event in
            let names = [event.user, event.group].compactMap(\.self).joined(separator: " in ")
            return TablePrinter.visible("  \(event.published)  \(event.type)  \(names)  \(event.uuid)")
        }
        let rest = events.count - shown.count
        return ["\(title) (\(events.count)):"] + shown + (rest > 0 ? ["  and \(rest) more; --json names them"] : [])
    }
}
