/// Which groups' members are read before what a baseline asks for is sent. Times are microseconds since 1970.
struct Looks: Sendable {
    private var queue = Queue<String>()
    /// Those that are queued or being read.
    private var pending: Set<String> = []
    /// Those that could not be read: how often in a row, and when it is tried again.
    private var failed: [String: (tries: Int, due: Int64)] = [:]

    /// Whether any is to be begun.
    var areQueued: Bool { !queue.isEmpty }

    /// The next to begin.
    mutating func next() -> String? { queue.next() }

    /// Whether a group is to be read, or is being read.
    func isAwaited(by group: String) -> Bool { pending.contains(group) }

    /// Asks for a group to be read, unless that failed just now.
    /// - Returns: when it will be due if it is not.
    mutating func ask(_ group: String, now: Int64) -> Int64? {
        if let due = failed[group]?.due, due > now { return due }
        pending.insert(group)
        queue.add(group)
        return nil
    }

    /// A reading ended.
    mutating func ended(_ group: String, isDone: Bool, now: Int64, jitter: Double) {
        pending.remove(group)
        let tries = (failed[group]?.tries ?? 0) + 1
        let due = now + Backoff.transport.delay(failures: tries, jitter: jitter)
        failed[group] = isDone ? nil : (tries, due)
    }
}
