import Logging
import Projector
import SQLiteStore
import ServiceLifecycle
import Synchronization

/// Runs a backfill at the start and then again and again. Whatever becomes of it, receiving and pushing go on.
struct BackfillService: Service {
    let backfiller: Backfiller
    let settings: Settings.SystemLog
    let logger: Logger
    /// How the last run went, for status.
    let state: BackfillState
    /// Whether additions wait for their confirmation that were recorded at a time or later, in microseconds since 1970.
    let isAwaited: @Sendable (Int64) -> Bool

    func run() async throws {
        // A waiting run that an operator asked for is ended too.
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled {
                    let pause = await once()
                    await rest(pause)
                }
            }
        } onGracefulShutdown: {
            Task { await backfiller.stop() }
        }
    }

    /// Microseconds until a run that failed is tried again; each has tried for half a minute by itself.
    private static let pauseAfterFailure: Int64 = 120_000_000

    /// Microseconds between two runs while additions wait for them: Okta needs some seconds to keep an event, and allows
    /// 10 requests a minute at the least (20, of which one token may have half).
    private static let pauseWhileAwaited: Int64 = 12_000_000

    /// Waits, but no longer than it takes until an addition that came lately waits to be confirmed. One that Okta does not
    /// know for as long as it may take to keep events is asked for no more often than anything else.
    private func rest(_ pause: Int64) async {
        var left = pause
        while left > 0, !Task.isCancelled {
            let step = min(left, Self.pauseWhileAwaited)
            try? await Task.sleep(for: .microseconds(step))
            left -= step
            if isAwaited(SystemSource.microseconds() - settings.overlap - Self.patience) { return }
        }
    }

    /// Microseconds after the overlap in which an addition is still waited for.
    private static let patience: Int64 = 60_000_000

    /// Runs once, and returns how many microseconds to wait.
    private func once() async -> Int64 {
        do {
            let report = try await backfiller.run(since: nil)
            let notes = [
                (report.missed.count, "event(s) that Okta sent to our hook did not arrive"),
                (report.failedDeliveries.count, "failed deliveries by Okta's own record"),
                (report.hookOnly.count, "delivered event(s) not confirmed by Okta"),
            ].filter { $0.0 > 0 }.map { "; \($0.0) \($0.1)" }.joined()
            state.set("\(report.counts.stored) new event(s), covered until \(report.until)\(notes)")
            logger.info(
                "System Log read",
                metadata: [
                    "events": "\(report.counts.events)", "new": "\(report.counts.stored)",
                    "missed": "\(report.missed.count)", "failed": "\(report.failedDeliveries.count)",
                    "until": "\(report.until)",
                ]
            )
            if report.hookOnly.count > 0 {
                logger.warning(
                    "Deliveries that Okta's own record does not confirm: ledger backfill names them",
                    metadata: ["count": "\(report.hookOnly.count)"]
                )
            }
            // A gap that has ended closes as soon as Okta has kept all of it.
            return report.closable.isEmpty ? settings.every : min(settings.every, settings.overlap + 1_000_000)
        } catch is CancellationError {
            return settings.every
        } catch {
            if Task.isCancelled { return settings.every }
            state.set("failing: \(error)")
            logger.warning("System Log not read; it is tried again", metadata: ["error": "\(error)"])
            return min(settings.every, Self.pauseAfterFailure)
        }
    }
}

/// How the last scheduled backfill went.
final class BackfillState: Sendable {
    private let text = Mutex<String?>(nil)
    private let counts = Mutex<CursorBody.Counts?>(nil)

    /// What the run that is under way, or the last one, has fetched so far; `nil` before the first page.
    var fetched: CursorBody.Counts? { counts.withLock(\.self) }

    func set(_ fetched: CursorBody.Counts) { counts.withLock { $0 = fetched } }

    /// The last result; `nil` before the first.
    var last: String? { text.withLock(\.self) }

    func set(_ text: String) { self.text.withLock { $0 = text } }
}
