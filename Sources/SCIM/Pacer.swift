import HTTPTransport
import Synchronization

/// Lets requests to one directory leave in their turn: `RateBudget` decides, this waits. Everything that asks the
/// directory MUST share one.
public final class Pacer: Sendable {
    private struct State {
        var budget: RateBudget
        /// The directory named a time before which nothing is to be asked.
        var closedUntil: Int64 = 0
        /// When the budget was last cut.
        var slowedAt: Int64?
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Int64
    private let sleep: @Sendable (Int64) async throws -> Void

    /// A pacer.
    /// - Parameters:
    ///   - figures: what the directory bears.
    ///   - now: microseconds since any one time, never going backwards: it must not stand still for an hour because a
    ///     clock was put back by one.
    ///   - sleep: waits for some microseconds, or until cancelled.
    public init(
        _ figures: RateBudget.Figures,
        now: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Int64) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
        state = Mutex(State(budget: RateBudget(figures, start: now())))
    }

    /// Returns when the request may leave; it must leave at once.
    /// - Throws: `CancellationError`; nothing is to leave then.
    public func turn(_ departure: RateBudget.Departure) async throws(CancellationError) {
        var time = state.withLock { $0.budget.reserve(departure, now: now()) }
        while true {
            let wait = time - now()
            if wait > 0 {
                do { try await sleep(wait) } catch { throw CancellationError() }
            }
            guard let later = state.withLock({ $0.budget.leave(departure, now: now()) }) else { return }
            time = later
        }
    }

    /// The directory answered 429, and named a time to wait or not.
    func throttled(_ departure: RateBudget.Departure, retryAfter: Duration?) {
        if let retryAfter { close(for: retryAfter) }
        let now = now()
        state.withLock { state in
            // What was under way together tells of one excess.
            if let slowedAt = state.slowedAt, now - slowedAt < Pace.second { return }
            state.slowedAt = now
            state.budget.throttled(departure, now: now)
        }
    }

    /// The directory dealt with a request that changes something.
    func served() { state.withLock { $0.budget.served() } }

    /// The directory is not to be asked for so long.
    func close(for wait: Duration) {
        let until = now() + wait.microseconds
        state.withLock { $0.closedUntil = max($0.closedUntil, until) }
    }

    /// Whether the directory is not to be asked now.
    var isClosed: Bool { state.withLock(\.closedUntil) > now() }

    /// The most changes to put into one request now.
    public var changesInARequest: Int { state.withLock { $0.budget.changesInARequest(now: now()) } }
}

extension Duration {
    /// Whole microseconds, rounded up.
    public var microseconds: Int64 {
        components.seconds * 1_000_000 + (components.attoseconds + 999_999_999_999) / 1_000_000_000_000
    }
}
