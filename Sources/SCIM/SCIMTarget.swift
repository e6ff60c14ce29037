import Foundation

/// The directory that is pushed to: where it is, what admits us, and which dialect it speaks.
public struct SCIMTarget: Sendable {
    /// Scheme, host, port and path, without a slash at the end: `https://scim.eu-west-1.amazonaws.com/tenant/scim/v2`.
    public let baseURL: String
    /// The host in lower case, without a port.
    public let host: String
    /// How members are removed and lists are paged.
    public let dialect: Dialect
    /// What admits us.
    let token: BearerToken

    /// A target from what an operator pastes.
    ///
    /// The AWS console shows the URL with a slash at its end; with or without it means the same.
    ///
    /// - Parameters:
    ///   - url: An absolute http or https URL without user, query and fragment. Its path is kept.
    ///   - token: What admits us.
    ///   - dialect: Nil takes the standard one of the URL's host.
    /// - Throws: `InvalidTarget`, which says what to correct.
    public init(url: String, token: BearerToken, dialect: Dialect? = nil) throws(InvalidTarget) {
        let text = trimmingASCIISpace(url)
        guard let parts = URLComponents(string: text, encodingInvalidCharacters: false) else { throw .urlMalformed }
        guard let scheme = parts.scheme?.lowercased(), scheme == "https" || scheme == "http" else { throw .urlScheme }
        guard let host = parts.encodedHost?.lowercased(), !host.isEmpty else { throw .urlHost }
        guard parts.user == nil, parts.password == nil else { throw .urlHasUser }
        guard parts.query == nil, parts.fragment == nil else { throw .urlHasQuery }
        var path = Substring(parts.percentEncodedPath)
        while path.hasSuffix("/") { path.removeLast() }
        guard !path.contains("//") else { throw .urlPath }
        self.baseURL = "\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")\(path)"
        self.host = host
        self.dialect = dialect ?? .standard(for: host)
        self.token = token
    }
}

/// Why a URL or a token cannot be used. No case holds any part of either.
public enum InvalidTarget: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text is not a URL.
    case urlMalformed
    /// The URL is not absolute, or neither http nor https.
    case urlScheme
    /// The URL names no host.
    case urlHost
    /// The URL has a user or a password in it.
    case urlHasUser
    /// The URL has a query or a fragment.
    case urlHasQuery
    /// The path of the URL has an empty segment.
    case urlPath
    /// There is no token.
    case tokenEmpty
    /// The token is too long, or has a character that cannot stand in a header.
    case tokenMalformed

    /// What is wrong and what to do, for an operator.
    public var description: String {
        switch self {
        case .urlMalformed: "the SCIM URL is not a URL; copy it from the directory's provisioning page"
        case .urlScheme: "the SCIM URL must begin with https:// (or http://)"
        case .urlHost: "the SCIM URL names no host"
        case .urlHasUser: "the SCIM URL must not hold a user or a password; the token is a setting of its own"
        case .urlHasQuery: "the SCIM URL must not hold a query (?) or a fragment (#)"
        case .urlPath: "the path of the SCIM URL holds //; copy the URL again"
        case .tokenEmpty: "the SCIM token is empty"
        case .tokenMalformed: "the SCIM token holds a character that no token has (a space, a line end?) or is too long"
        }
    }
}
