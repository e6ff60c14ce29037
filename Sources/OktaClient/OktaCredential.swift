/// What admits us to Okta's API. Never part of a description, a dump or an error.
public enum OktaCredential: Sendable {
    /// An API token (`Authorization: SSWS …`).
    case token(OktaToken)
    /// An OAuth 2.0 service app that signs with a private key.
    case app(clientID: String, key: SigningKey)
}

extension OktaCredential: CustomStringConvertible, CustomReflectable {
    /// Which kind it is.
    public var description: String {
        switch self {
        case .token: "[API token]"
        case .app: "[service app]"
        }
    }

    /// Shows nothing that is secret.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// An API token.
public struct OktaToken: Sendable, CustomStringConvertible, CustomReflectable {
    let secret: String

    /// A token: visible ASCII characters without spaces; nil for anything else.
    public init?(_ text: String) {
        guard 1...8_192 ~= text.utf8.count, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
        secret = text
    }

    /// Always the same text.
    public var description: String { "[redacted token]" }

    /// Shows no child.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
