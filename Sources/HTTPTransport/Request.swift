/// One HTTP request.
///
/// Nothing is added to it but what HTTP needs: `Host`, `Content-Length`, `User-Agent` and `Accept` where absent.
/// Printing a request shows header names only, because values hold credentials.
public struct HTTPRequest: Sendable {
    /// The method, a token of RFC 9110 section 5.6.2, sent as it is written.
    public var method: String
    /// An absolute `http` or `https` URL, already percent-encoded. A user name in it is refused.
    public var url: String
    /// The header fields in the order they are sent; a name may stand more than once.
    public var headers: [(name: String, value: String)]
    /// The body, or nil for none. POST, PUT and PATCH without a body are sent with `Content-Length: 0`.
    public var body: [UInt8]?
    /// How long each phase may take.
    public var deadlines: Deadlines
    /// The largest response body accepted, in bytes. A longer one ends the transfer.
    public var maximumResponseBytes: Int
    /// Whether to use a new connection for this request and close it afterwards.
    ///
    /// libcurl resends a request by itself when a *kept* connection dies before the first byte of an answer. It never
    /// does so on a new one that nobody shares, so set this for whatever must not be done twice. It goes over HTTP/1.1.
    public var freshConnection: Bool
    /// A Unix domain socket to connect to instead of the host in `url`, at most 103 bytes; nil for TCP.
    public var unixSocketPath: String?

    /// Creates a request; all but the method and the URL have defaults.
    public init(
        method: String,
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        deadlines: Deadlines = Deadlines(),
        maximumResponseBytes: Int = 16 * 1024 * 1024,
        freshConnection: Bool = false,
        unixSocketPath: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadlines = deadlines
        self.maximumResponseBytes = maximumResponseBytes
        self.freshConnection = freshConnection
        self.unixSocketPath = unixSocketPath
    }
}

extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The method, the URL up to its query, the header names and the size of the body.
    public var description: String {
        let place = url.prefix { $0 != "?" && $0 != "#" }
        return "\(method) \(place) [\(headers.map(\.name).joined(separator: ", "))] \(body?.count ?? 0) bytes"
    }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// Holds the description alone, so that dumping a request shows no credentials.
    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}
