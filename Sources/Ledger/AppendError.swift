/// Why an entry was not appended. Nothing of it was stored, unless the case says that this is not known.
public enum AppendError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk is full. Later appends succeed by themselves once there is space; answer 503 until then.
    case full
    /// More waits to be written than the byte budget allows, or another program holds the database; answer 503.
    case overloaded
    /// An I/O error, a failed fsync, or corruption: whether the entry is stored is not known. Nothing more is ever
    /// acknowledged by this process, which must exit with status 3 so that its supervisor starts it afresh.
    case broken
    /// The log was closed, or was opened for reading only.
    case closed

    /// One sentence that says what to do.
    public var description: String {
        switch self {
        case .full: "The disk is full: free some space, and writing resumes by itself."
        case .overloaded: "More waits to be written than allowed: try again in a moment."
        case .broken: "Writing to the ledger failed in a way that leaves its state unknown: restart the service."
        case .closed: "The ledger is closed or open for reading only: write through the running service."
        }
    }
}
