import Ledger

/// How much the writer gathers and how much it lets wait.
public struct AppendLimits: Hashable, Sendable {
    /// The greatest number of entries in one transaction.
    public var batchEntries: Int
    /// The greatest number of bytes in one transaction, 256 for each entry and its body; a single larger one goes alone.
    public var batchBytes: Int
    /// The greatest number of bytes, counted likewise, that wait or are being written; beyond that it is `.overloaded`.
    public var waitingBytes: Int

    /// Limits; the defaults suit a service with a body limit of 16 MiB.
    /// - Parameters:
    ///   - batchEntries: entries in one transaction.
    ///   - batchBytes: bytes in one transaction.
    ///   - waitingBytes: bytes that wait; must be at least the largest body that is to be accepted.
    public init(batchEntries: Int = 512, batchBytes: Int = 8 << 20, waitingBytes: Int = 64 << 20) {
        self.batchEntries = batchEntries
        self.batchBytes = batchBytes
        self.waitingBytes = waitingBytes
    }
}

/// What the writer has done since it was opened.
public struct AppendTally: Hashable, Sendable {
    /// Entries stored.
    public internal(set) var stored: Int64 = 0
    /// Appends that repeated an entry.
    public internal(set) var duplicates: Int64 = 0
    /// Transactions committed; `stored / commits` is the mean batch.
    public internal(set) var commits: Int64 = 0
    /// Entries whose time was raised because the clock was behind the log.
    public internal(set) var clockClamped: Int64 = 0
    /// Appends refused because too many bytes waited.
    public internal(set) var refused: Int64 = 0

    mutating func count(_ appended: [Appended], _ clamped: Int64) {
        let new = Int64(appended.count(where: \.isStored))
        stored += new
        duplicates += Int64(appended.count) - new
        commits += 1
        clockClamped += clamped
    }
}

extension Appended {
    var isStored: Bool {
        if case .stored = self { true } else { false }
    }
}
