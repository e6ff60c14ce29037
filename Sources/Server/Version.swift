/// What this program calls itself.
enum Version {
    /// Semantic version of the program.
    static let text = "0.1.0"
    /// Sent with every request: AWS refuses some without it.
    static let userAgent = "ledger/\(text)"
}
