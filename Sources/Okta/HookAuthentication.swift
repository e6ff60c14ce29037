import Crypto

/// Who may deliver: the secret that Okta sends in a header with each request, which is all the authentication there is.
///
/// Neither secret nor api key is kept, only their HMAC-SHA256 under a random key of this value, so nothing that prints or
/// dumps it can show them. Comparing keyed digests takes the same time wherever two texts differ.
public struct HookAuthentication: Sendable {
    /// The name of the header that carries the secret, as configured; header names match in any case.
    public let headerName: String

    private let key = SymmetricKey(size: .bits256)
    private let secrets: [HMAC<SHA256>.MAC]
    private let apiKey: HMAC<SHA256>.MAC?

    /// Takes the configured values.
    ///
    /// - Parameters:
    ///   - secret: `okta.secret`, the whole header value; for Basic that is `Basic …`.
    ///   - previousSecret: `okta.previousSecret`, accepted as well while the secret is being changed.
    ///   - headerName: `okta.header`.
    ///   - xApiKey: `okta.xApiKey`; if given, the header `x-api-key` must match too.
    /// - Throws: ``InvalidHookAuthentication`` with every problem.
    public init(
        secret: String,
        previousSecret: String? = nil,
        headerName: String = "Authorization",
        xApiKey: String? = nil
    ) throws(InvalidHookAuthentication) {
        let values = [("okta.secret", secret), ("okta.previousSecret", previousSecret), ("okta.xApiKey", xApiKey)]
        var problems = values.compactMap { key, value in
            value.flatMap { Self.reason(againstValue: $0) }.map {
                InvalidHookAuthentication.Problem(key: key, reason: $0)
            }
        }
        if let reason = Self.reason(againstName: headerName, withApiKey: xApiKey != nil) {
            problems.append(.init(key: "okta.header", reason: reason))
        }
        guard problems.isEmpty else { throw InvalidHookAuthentication(problems: problems) }
        let key = key
        self.headerName = headerName
        secrets = [secret, previousSecret].compactMap { $0 }.map { Self.code(of: $0, key) }
        apiKey = xApiKey.map { Self.code(of: $0, key) }
    }

    /// Whether a request with these header values comes from Okta.
    ///
    /// Always compares with every secret and the api key, so the time taken does not tell which of them matched.
    ///
    /// - Parameters:
    ///   - header: The one value of ``headerName``; nil where it is absent or given more than once.
    ///   - apiKey: The one value of `x-api-key`, likewise.
    /// - Returns: True if the header is one of the secrets, and the api key, if one is configured, is that.
    public func admits(header: String?, apiKey: String?) -> Bool {
        var isSecret = false
        for secret in secrets {
            let matches = isText(header, of: secret)
            isSecret = matches || isSecret
        }
        let isApiKey = self.apiKey.map { isText(apiKey, of: $0) } ?? true
        return isSecret && isApiKey
    }

    private func isText(_ text: String?, of code: HMAC<SHA256>.MAC) -> Bool {
        let matches = HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array((text ?? "").utf8), using: key)
        return matches && text != nil
    }

    private static func code(of text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    /// Why `value` can never arrive as a header value (RFC 9110 section 5.5: white space around it is cut off).
    private static func reason(againstValue value: String) -> InvalidHookAuthentication.Reason? {
        guard let first = value.utf8.first, let last = value.utf8.last else { return .empty }
        guard first != UInt8(ascii: " "), last != UInt8(ascii: " ") else { return .spaceAround }
        return value.utf8.allSatisfy { 0x20...0x7E ~= $0 } ? nil : .forbiddenCharacter
    }

    /// Why `name` cannot carry the secret (RFC 9110 section 5.6.2: names are tokens).
    private static func reason(againstName name: String, withApiKey: Bool) -> InvalidHookAuthentication.Reason? {
        if name.isEmpty { return .empty }
        let isToken = name.utf8.allSatisfy { byte in
            byte.decimalValue != nil || byte.isASCIILetter || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        guard isToken else { return .forbiddenCharacter }
        return withApiKey && name.lowercased() == "x-api-key" ? .usedTwice : nil
    }
}

extension HookAuthentication: CustomStringConvertible, CustomReflectable {
    /// The header's name and nothing secret.
    public var description: String { "HookAuthentication(\(headerName): redacted)" }

    /// The header's name and nothing secret.
    public var customMirror: Mirror { Mirror(self, children: ["headerName": headerName]) }
}

/// The configured values cannot authenticate Okta. Names keys, never values.
public struct InvalidHookAuthentication: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with a value.
    public enum Reason: String, Hashable, Sendable {
        /// It is empty.
        case empty = "is empty"
        /// It begins or ends with a space, which no header value can.
        case spaceAround = "begins or ends with a space, which is lost in a header"
        /// It has a character that a header cannot carry.
        case forbiddenCharacter = "has a character that a header cannot carry; use printable ASCII"
        /// The header of the secret is that of the api key.
        case usedTwice = "is x-api-key, which okta.xApiKey needs for itself"
    }

    /// A configuration key and what is wrong with its value.
    public struct Problem: Hashable, Sendable {
        /// The key, such as `okta.secret`.
        public let key: String
        /// What is wrong.
        public let reason: Reason
    }

    /// All of them, at least one.
    public let problems: [Problem]

    /// One clause a problem.
    public var description: String { problems.map { "\($0.key) \($0.reason.rawValue)" }.joined(separator: "; ") }
}
