import Foundation
import Ledger
import Okta
import OktaClient
import Projector
import SQLiteStore

/// Reads Okta's System Log into the ledger. Runs wait for each other: there is one place where the ledger stands.
actor Backfiller {
    private let ledger: OpenLedger
    private let log: SystemLog
    private let overlap: Int64
    private var last: Task<BackfillReport, any Error>?
    private var waiting: [UUID: Task<BackfillReport, any Error>] = [:]
    private var isStopped = false

    private let progress: @Sendable (CursorBody.Counts) -> Void

    /// - Parameters:
    ///   - ledger: where events are kept.
    ///   - log: where they come from.
    ///   - overlap: microseconds that Okta may take to keep an event.
    ///   - progress: told after each page.
    init(
        _ ledger: OpenLedger,
        _ log: SystemLog,
        overlap: Int64,
        progress: @escaping @Sendable (CursorBody.Counts) -> Void = { _ in }
    ) {
        (self.ledger, self.log, self.overlap, self.progress) = (ledger, log, overlap, progress)
    }

    /// Fetches what is missing, appends it, and says what that showed. Safe at any time, and again after an interruption.
    /// - Parameter since: from when on, in microseconds since 1970; `nil` goes on from where the ledger stands.
    /// - Returns: the report.
    /// - Throws: `OktaError`, or the store's error. What was fetched until then is kept.
    func run(since: Int64?) async throws -> BackfillReport {
        guard !isStopped else { throw CancellationError() }
        let before = last
        let id = UUID()
        let task = Task {
            _ = await before?.result
            try Task.checkCancellation()
            return try await work(since: since)
        }
        last = task
        waiting[id] = task
        defer { waiting[id] = nil }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Ends the run that is under way and those that wait for it: none may keep the service from ending.
    func stop() {
        isStopped = true
        for task in waiting.values { task.cancel() }
    }

    private func work(since: Int64?) async throws -> BackfillReport {
        try await ledger.follower.folded(through: ledger.opened)
        let coverage = try ledger.projection.coverage()
        let start = BackfillStart(
            asked: since,
            last: try ledger.projection.lastCursor(),
            gaps: coverage.gaps,
            known: coverage.since,
            now: SystemSource.microseconds(),
            overlap: overlap
        )
        let run = Run(from: start.from, overlap: overlap, ledger: ledger, log: log, progress: progress)
        let end = try await run.walk(resuming: start.resume)
        try await ledger.follower.folded(through: end.position)
        return try BackfillReport(end.cursor, lost: start.lost, in: ledger)
    }

    /// One run from its first page to its last.
    private struct Run {
        let id = UUID().uuidString.lowercased()
        let from: Int64
        let overlap: Int64
        let ledger: OpenLedger
        let log: SystemLog
        let progress: @Sendable (CursorBody.Counts) -> Void

        /// Events that are appended at once: hook deliveries wait for no more.
        static let appendedAtOnce = 64
        /// Okta's clock may be so many seconds behind ours before the query is made anew by Okta's.
        static let toleratedSeconds: Int64 = 10

        func walk(resuming link: String?) async throws -> (position: Int64, cursor: CursorBody) {
            if let walk = link.flatMap({ SystemLogWalk(resuming: $0, of: log.org) }) {
                do {
                    return try await follow(walk, first: nil)
                } catch let error as OktaError {
                    // Okta does not say how long its links are good.
                    guard case .refused = error.kind else { throw error }
                }
            }
            var walk = SystemLogWalk(query(offset: log.clockOffset), of: log.org)
            let offset = log.clockOffset
            var first = try await fetch(walk)
            if log.clockOffset < offset - Self.toleratedSeconds {
                // What we called `from` is later on Okta's clock, and what happened between would be left out.
                walk = SystemLogWalk(query(offset: log.clockOffset), of: log.org)
                first = try await fetch(walk)
            }
            return try await follow(walk, first: first)
        }

        private func query(offset: Int64) -> SystemLogQuery {
            let (nanoseconds, overflows) = (from + offset * 1_000_000).multipliedReportingOverflow(by: 1_000)
            let since = Instant(nanoseconds: overflows ? 0 : nanoseconds)
            return SystemLogQuery(since: since, eventTypes: EventKind.followedTypes + EventKind.hookTypes)
        }

        private struct Fetched {
            let page: SystemLog.Page
            let askedAt: Int64
        }

        private func fetch(_ walk: SystemLogWalk) async throws -> Fetched {
            let askedAt = SystemSource.microseconds()
            return Fetched(page: try await log.page(of: walk), askedAt: askedAt)
        }

        private func follow(_ begun: SystemLogWalk, first: Fetched?) async throws -> (
            position: Int64, cursor: CursorBody
        ) {
            var walk = begun
            var fetched = first
            var counts = CursorBody.Counts()
            while true {
                let now: Fetched
                if let fetched { now = fetched } else { now = try await fetch(walk) }
                fetched = nil
                let stored = try await keep(now.page.items)
                counts.pages += 1
                counts.events += now.page.items.count
                counts.stored += stored
                progress(counts)
                // The events are kept whatever the links say.
                let step = try walk.took(events: now.page.items.count, links: now.page.links)
                if step == .goOn, stored == 0 { continue }
                let cursor = CursorBody(
                    run: id,
                    from: from,
                    until: step == .atTheEnd ? now.askedAt : nil,
                    overlap: overlap,
                    clockOffset: log.clockOffset,
                    next: walk.url,
                    counts: counts
                )
                let position = try await ledger.append(.oktaCursor, cursor)
                if step == .atTheEnd { return (position, cursor) }
            }
        }

        /// Appends the events of a page, and returns how many were new, once all are durable.
        private func keep(_ items: [LogPage.Item]) async throws -> Int {
            let store = ledger.store
            var stored = 0
            for start in stride(from: 0, to: items.count, by: Self.appendedAtOnce) {
                let chunk = items[start..<min(start + Self.appendedAtOnce, items.count)]
                stored += try await withThrowingTaskGroup(of: Bool.self) { tasks in
                    for item in chunk {
                        tasks.addTask {
                            let appended = try await store.append(NewEntry(item))
                            if case .stored = appended { return true }
                            return false
                        }
                    }
                    return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
            }
            return stored
        }
    }
}

extension NewEntry {
    /// An event of the System Log: one that has been kept under its uuid is the same, whatever its bytes. What has no uuid
    /// that can be read is known by its bytes.
    fileprivate init(_ item: LogPage.Item) {
        let key: EntryKey
        switch item.event {
        case .success(let event): key = EntryKey(event.uuid)
        case .failure: key = EntryKey(digestOf: item.bytes)
        }
        self.init(kind: .oktaLogEvent, key: key, body: item.bytes)
    }
}
