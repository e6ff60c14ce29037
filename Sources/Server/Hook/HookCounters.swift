import Synchronization

/// How often each thing happened on the hook listener since the process started.
final class HookCounters: Sendable {
    /// The counts at one moment.
    struct Counts: Sendable, Hashable {
        /// Deliveries stored and acknowledged.
        var accepted = 0
        /// Deliveries acknowledged because the log held them already.
        var duplicates = 0
        /// Verification requests answered.
        var verifications = 0
        /// Requests without the right secret.
        var unauthorized = 0
        /// Deliveries over the size limit: lost, since Okta does not send them again.
        var tooLarge = 0
        /// Deliveries refused because too much was in flight.
        var overloaded = 0
        /// Deliveries refused because the disk was full.
        var diskFull = 0
        /// Deliveries refused because the log had failed or was closed.
        var unavailable = 0
        /// Deliveries whose body did not arrive whole, or not in time.
        var incomplete = 0

        /// The counts under the names that status and the log's `ledger.stopped` entries show.
        var named: [String: Int] {
            [
                "accepted": accepted, "duplicates": duplicates, "verifications": verifications,
                "unauthorized": unauthorized, "too_large": tooLarge, "overloaded": overloaded,
                "disk_full": diskFull, "unavailable": unavailable, "incomplete": incomplete,
            ]
        }
    }

    private let state = Mutex(Counts())

    /// The counts now.
    var counts: Counts { state.withLock { $0 } }

    /// Counts one more.
    /// - Parameter counter: what happened.
    /// - Returns: its new count.
    @discardableResult
    func increment(_ counter: WritableKeyPath<Counts, Int>) -> Int {
        state.withLock {
            $0[keyPath: counter] += 1
            return $0[keyPath: counter]
        }
    }
}
