/// The answer to one request, complete.
public struct HTTPResponse: Sendable {
    /// The status code, 200 to 599. A redirect is an answer like any other: none is followed.
    public var status: Int
    /// The header fields in the order they came; several lines of one name stay apart. Trailers are left out.
    /// Bytes that are not UTF-8 are replaced by U+FFFD.
    public var headers: [(name: String, value: String)]
    /// The body, with any transfer coding undone.
    public var body: [UInt8]
    /// The protocol version of the answer, nil where libcurl names one not listed here.
    public var version: HTTPVersion?
    /// How many new connections were made for this request: 0 where a kept one carried it.
    public var connectionsMade: Int
    /// How many times the request started to leave: more than once where libcurl sent it again because a kept connection
    /// died. The answer is to the last; earlier ones may have arrived too.
    public var timesSent: Int
    /// From `send` to the last byte, waiting included.
    public var duration: Duration

    /// Whether a kept connection, or a stream on one in use, carried the request.
    public var connectionWasReused: Bool { connectionsMade == 0 }

    /// Creates a response.
    public init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        version: HTTPVersion? = .http11,
        connectionsMade: Int = 1,
        timesSent: Int = 1,
        duration: Duration = .zero
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.version = version
        self.connectionsMade = connectionsMade
        self.timesSent = timesSent
        self.duration = duration
    }

    /// Every value of a header field, in order. The name is compared without regard to ASCII case.
    ///
    /// Complexity: O(number of headers).
    public func values(_ name: String) -> [String] {
        headers.filter { $0.name.isEqualIgnoringASCIICase(to: name) }.map(\.value)
    }

    /// The first value of a header field, nil if it is absent.
    public func first(_ name: String) -> String? {
        headers.first { $0.name.isEqualIgnoringASCIICase(to: name) }?.value
    }
}

/// A version of HTTP.
public enum HTTPVersion: String, Sendable, Hashable {
    /// HTTP/1.0.
    case http10 = "HTTP/1.0"
    /// HTTP/1.1.
    case http11 = "HTTP/1.1"
    /// HTTP/2.
    case http2 = "HTTP/2"
}

extension String {
    /// Compares names of header fields, which ignore ASCII case (RFC 9110 section 5.1).
    func isEqualIgnoringASCIICase(to other: String) -> Bool {
        utf8.elementsEqual(other.utf8) { $0.asciiLowercase == $1.asciiLowercase }
    }
}

extension UInt8 {
    /// The lower-case letter of an ASCII upper-case one, else the byte itself.
    var asciiLowercase: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
