/// How the simulated API of an Okta org behaves.
public struct OktaSettings: Hashable, Sendable {
    /// The API token that is let in (`Authorization: SSWS …`).
    public var token = "sandbox-okta-token"
    /// Most items a page, whatever `limit` asks.
    public var pageLimit = 1_000
    /// Requests a window, for each bucket; nil for no limit.
    public var requestsPerWindow: Int?
    /// Length of a window in seconds.
    public var windowSeconds = 60
    /// How the links of a page are told.
    public var links = LinkStyle.separateLines
    /// Okta's clock less the real one, in seconds. Behind a socket the server writes `Date`, which stays the real one.
    public var clockOffset: Int64 = 0
    /// Days that events are kept.
    public var retentionDays: Int64 = 90

    /// An org that behaves.
    public init() {}

    /// How the links of a page are told.
    public enum LinkStyle: Hashable, Sendable {
        /// As Okta does: a line for `self`, and one for `next`.
        case separateLines
        /// Both in one line.
        case oneLine
        /// `next` leads to this host.
        case foreignHost(String)
        /// `next` is the request itself, whatever the page holds.
        case unchanged
        /// No link at all.
        case none
    }

    /// An answer that takes the place of the right one, once.
    public enum Fault: Hashable, Sendable {
        /// This status, with Okta's error code.
        case status(Int, code: String)
        /// 200 with these bytes.
        case body([UInt8])
        /// 200 with an array that has so many bytes.
        case oversize(Int)
    }
}
