import Logging
import Projector
import SQLiteStore
import ServiceLifecycle

/// Looks for alarms again and again, and logs when one begins, lasts or ends.
struct AlarmService: Service {
    let concerns: @Sendable () throws -> Projection.Concerns
    /// How long a removal may wait; zero for ever.
    let removalAge: Duration
    let logger: Logger
    /// Microseconds since 1970.
    var now: @Sendable () -> Int64 = SystemSource.microseconds
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Often enough that a short limit is kept.
    var interval: Duration {
        removalAge == .zero ? .seconds(30) : min(max(removalAge / 2, .seconds(1)), .seconds(30))
    }

    func run() async throws { try? await cancelWhenGracefulShutdown { try await watch() } }

    /// Looks until cancelled.
    func watch() async throws {
        var book = AlarmBook()
        var isBlind = false
        while true {
            try await sleep(interval)
            let concerns: Projection.Concerns
            do {
                concerns = try self.concerns()
            } catch ProjectionError.missing {
                // The derived tables are being made: nothing is known yet.
                continue
            } catch {
                if !isBlind { logger.error("no alarm can be raised: \(TablePrinter.visible("\(error)"))") }
                isBlind = true
                continue
            }
            if isBlind { logger.notice("alarms are raised again") }
            isBlind = false
            let now = now()
            for news in book.take(Alarm.all(concerns, removalAge: removalAge, now: now), now: now) { tell(news) }
        }
    }

    private func tell(_ news: AlarmBook.News) {
        switch news {
        case .begins(let alarm): log(.error, "ALARM: \(alarm.text)", alarm)
        case .lasts(let alarm): log(.error, "ALARM goes on: \(alarm.text)", alarm)
        case .ends(let alarm): log(.notice, "alarm ends: \(alarm.text)", alarm)
        }
    }

    private func log(_ level: Logger.Level, _ message: String, _ alarm: Alarm) {
        logger.log(
            level: level,
            "\(TablePrinter.visible(message))",
            metadata: ["alarm": "\(alarm.kind.rawValue)", "since": "\(alarm.since ?? "-")"]
        )
    }
}
