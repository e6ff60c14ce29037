import Crypto
import CryptoExtras
import Foundation

/// The private key of a service app, with which it proves to Okta who it is.
public struct SigningKey: Sendable {
    private enum Key: Sendable {
        case rsa(_RSA.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
    }

    private let key: Key

    /// A key in PEM: RSA of 2,048 bits or more (PKCS #1 or #8), or EC on P-256 (SEC 1 or PKCS #8). `\n` may stand for line
    /// ends, as in an environment variable.
    ///
    /// - Throws: ``InvalidSigningKey``, which tells nothing of the text.
    public init(pem text: String) throws(InvalidSigningKey) {
        let pem = text.replacingOccurrences(of: "\\n", with: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
        guard pem.hasPrefix("-----BEGIN "), !pem.contains("PUBLIC KEY-----"), !pem.contains("ENCRYPTED") else {
            throw InvalidSigningKey()
        }
        if let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) {
            self.key = .p256(key)
        } else if let key = try? _RSA.Signing.PrivateKey(pemRepresentation: pem), key.keySizeInBits >= 2_048 {
            self.key = .rsa(key)
        } else {
            throw InvalidSigningKey()
        }
    }

    /// The name of the signature in a JWT (RFC 7518 section 3.1).
    var algorithm: String {
        switch key {
        case .rsa: "RS256"
        case .p256: "ES256"
        }
    }

    /// Signs as JWS does: PKCS #1 v1.5 with SHA-256, or the two 32-byte numbers of ECDSA.
    func signature(of message: [UInt8]) throws(OktaError) -> [UInt8] {
        do {
            switch key {
            case .rsa(let key):
                return Array(try key.signature(for: message, padding: .insecurePKCS1v1_5).rawRepresentation)
            case .p256(let key):
                return Array(try key.signature(for: message).rawRepresentation)
            }
        } catch {
            throw OktaError(.keyFailed)
        }
    }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
    /// The algorithm and nothing secret.
    public var description: String { "[private key for \(algorithm)]" }

    /// Shows no child.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The text is no private key that can be used.
public struct InvalidSigningKey: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is expected.
    public let description = "is not a private key in PEM: RSA with 2048 bits or more, or EC P-256, not encrypted"
}
