/// A request to a directory as a value: what is written down before it is sent.
///
/// It holds neither the target nor the token. Only this module makes one, so every request that exists is one of a form
/// that may be sent.
public struct SCIMRequest: Hashable, Sendable {
    /// The HTTP method.
    public let method: String
    /// Path and query below the target's base URL, percent-encoded; it begins with `/`.
    public let path: String
    /// The exact bytes of the body, UTF-8 JSON; nil for a request without one.
    public let body: [UInt8]?
    /// Whether sending it twice does the same as sending it once.
    public let isIdempotent: Bool

    init(method: String, path: String, body: [UInt8]? = nil, isIdempotent: Bool) {
        self.method = method
        self.path = path
        self.body = body
        self.isIdempotent = isIdempotent
    }
}
