import Foundation

/// The org that is asked: where its API is. Everything that holds the token goes there and nowhere else.
public struct OktaOrg: Hashable, Sendable {
    /// Scheme, host and port, without a slash at the end: `https://example.okta.com`.
    public let baseURL: String
    /// The host in lower case, without a port.
    public let host: String

    /// An org from what an operator pastes.
    ///
    /// - Parameter url: `https://` and a host, perhaps with a port; a slash at the end means nothing. `http://` is taken for
    ///   this machine alone, for tests: the token would be readable on the way.
    /// - Throws: ``InvalidOktaURL``, which says what to correct.
    public init(url: String) throws(InvalidOktaURL) {
        guard url.utf8.count <= 512, let parts = URLComponents(string: url, encodingInvalidCharacters: false),
            let scheme = parts.scheme?.lowercased(), let host = parts.encodedHost?.lowercased(), !host.isEmpty
        else { throw .malformed }
        guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil,
            parts.path.isEmpty || parts.path == "/"
        else { throw .notOnlyHost }
        guard scheme == "https" || scheme == "http" && ["127.0.0.1", "localhost", "[::1]"].contains(host) else {
            throw .notHTTPS
        }
        baseURL = "\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")"
        self.host = host
    }

    /// The absolute URL of a link that the org gave; `nil` where it leads anywhere but to this org's API. The token must not
    /// follow a link to another host.
    public func resolve(_ link: String) -> String? {
        guard link.utf8.count <= 8_192, link.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
        if link.hasPrefix("/api/v1/") { return baseURL + link }
        // Schemes and hosts ignore case (RFC 3986 section 6.2.2.1), and a default port may be left out.
        guard let parts = URLComponents(string: link, encodingInvalidCharacters: false), parts.user == nil,
            let scheme = parts.scheme?.lowercased(), let host = parts.encodedHost?.lowercased(),
            let own = URLComponents(string: baseURL), own.scheme == scheme, own.encodedHost == host,
            Self.port(own) == Self.port(parts), parts.percentEncodedPath.hasPrefix("/api/v1/"), parts.fragment == nil
        else { return nil }
        return baseURL + parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
    }

    private static func port(_ parts: URLComponents) -> Int {
        parts.port ?? (parts.scheme?.lowercased() == "http" ? 80 : 443)
    }
}

/// Why a text is no org's URL. No case holds any part of it.
public enum InvalidOktaURL: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not an absolute URL.
    case malformed
    /// More than scheme, host and port.
    case notOnlyHost
    /// The token would travel in the clear.
    case notHTTPS

    /// What is expected.
    public var description: String {
        switch self {
        case .malformed: "is not a URL such as https://example.okta.com"
        case .notOnlyHost: "must be the org's URL alone, such as https://example.okta.com, without path, user or query"
        case .notHTTPS: "must begin with https://, because the token is sent there"
        }
    }
}
