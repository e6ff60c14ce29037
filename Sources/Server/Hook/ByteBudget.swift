import Synchronization

/// Bytes that may be in memory at one moment. Never waits: who cannot have more is refused.
final class ByteBudget: Sendable {
    private let maximum: Int
    private let held = Mutex(0)

    /// A budget that nobody uses yet.
    /// - Parameter maximum: the most bytes held at one moment.
    init(maximum: Int) {
        self.maximum = maximum
    }

    /// The bytes held now.
    var bytesHeld: Int { held.withLock { $0 } }

    /// Takes bytes, or none.
    /// - Parameter bytes: how many, not negative.
    /// - Returns: whether they were there.
    func take(_ bytes: Int) -> Bool {
        held.withLock { held in
            guard bytes <= maximum - held else { return false }
            held += bytes
            return true
        }
    }

    /// Gives bytes back.
    /// - Parameter bytes: how many of those taken.
    func giveBack(_ bytes: Int) {
        held.withLock { $0 -= bytes }
    }
}
