/// Whether the service can do its work now, as told by its parts.
struct Readiness: Sendable, Hashable {
    /// The fold is late, but not enough to matter, up to this many entries.
    static let maximumFoldLag: Int64 = 1_000

    /// Whether this process is the one that may write.
    var holdsLock: Bool
    /// Whether the store is open and acknowledges.
    var storeIsOpen: Bool
    /// Whether Okta can deliver.
    var hookIsListening: Bool
    /// Entries that are in the log but not yet folded.
    var foldLag: Int64

    /// Why it is not ready; empty if it is. No personal data.
    var reasons: [String] {
        var reasons: [String] = []
        if !holdsLock { reasons.append("another process holds the lock of the ledger") }
        if !storeIsOpen { reasons.append("the store is not open") }
        if !hookIsListening { reasons.append("the hook listener is not listening") }
        if foldLag > Self.maximumFoldLag { reasons.append("the fold is \(foldLag) entries behind the log") }
        return reasons
    }
}
