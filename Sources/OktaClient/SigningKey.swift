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
    /// The id that a JWK brings with it.
    public let keyID: String?

    /// A key as Okta shows it: in PEM, or as a JWK.
    ///
    /// - Throws: ``InvalidSigningKey``, which tells nothing of the text.
    public init(_ text: String) throws(InvalidSigningKey) {
        let isJSON = text.drop(while: \.isWhitespace).first == "{"
        self = isJSON ? try SigningKey(jwk: text) : try SigningKey(pem: text)
    }

    /// A private key as a JWK (RFC 7518 section 6): `RSA` of 2,048 bits or more with both prime factors, or `EC` on `P-256`.
    ///
    /// - Throws: ``InvalidSigningKey``, which tells nothing of the text.
    public init(jwk text: String) throws(InvalidSigningKey) {
        guard let jwk = try? JSONDecoder().decode(JWK.self, from: Data(text.utf8)), let d = jwk.number(jwk.d) else {
            throw InvalidSigningKey()
        }
        keyID = jwk.kid
        switch jwk.kty {
        case "EC" where jwk.crv == "P-256":
            guard let key = try? P256.Signing.PrivateKey(rawRepresentation: d), key.isBeside(jwk) else {
                throw InvalidSigningKey()
            }
            self.key = .p256(key)
        case "RSA":
            guard let n = jwk.number(jwk.n), let e = jwk.number(jwk.e), let p = jwk.number(jwk.p),
                let q = jwk.number(jwk.q), let key = try? _RSA.Signing.PrivateKey(n: n, e: e, d: d, p: p, q: q),
                key.keySizeInBits >= 2_048
            else {
                throw InvalidSigningKey()
            }
            self.key = .rsa(key)
        default: throw InvalidSigningKey()
        }
    }

    /// A key in PEM: RSA of 2,048 bits or more (PKCS #1 or #8), or EC on P-256 (SEC 1 or PKCS #8). `\n` may stand for line
    /// ends, as in an environment variable.
    ///
    /// - Throws: ``InvalidSigningKey``, which tells nothing of the text.
    public init(pem text: String) throws(InvalidSigningKey) {
        let pem = text.replacingOccurrences(of: "\\n", with: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
        guard pem.hasPrefix("-----BEGIN "), !pem.contains("PUBLIC KEY-----"), !pem.contains("ENCRYPTED") else {
            throw InvalidSigningKey()
        }
        keyID = nil
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
    public let description =
        "is no private key in PEM or as a JWK: RSA with 2048 bits or more, or EC P-256, not encrypted"
}

/// The members of a JWK that matter here.
private struct JWK: Decodable {
    let kty: String
    let kid, crv, x, y, n, e, d, p, q: String?

    /// Bytes in base64url without padding (RFC 7515 section 2).
    func number(_ text: String?) -> Data? {
        guard let text, !text.isEmpty else { return nil }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }
}

extension P256.Signing.PrivateKey {
    /// Whether the public part that a JWK names, if it does, is this key's.
    fileprivate func isBeside(_ jwk: JWK) -> Bool {
        guard let x = jwk.number(jwk.x), let y = jwk.number(jwk.y) else { return jwk.x == nil && jwk.y == nil }
        return publicKey.rawRepresentation == x + y
    }
}
