import Crypto
import Foundation

/// Proves for each request that its sender holds a key (DPoP, RFC 9449), where an app in Okta demands it. The key is made
/// anew with each process and kept in memory alone.
struct PossessionProof: Sendable {
    private struct PublicKey: Encodable {
        let crv = "P-256"
        let kty = "EC"
        let x: String
        let y: String
    }

    private struct Header: Encodable {
        let alg = "ES256"
        let jwk: PublicKey
        let typ = "dpop+jwt"
    }

    private struct Claims: Encodable {
        /// Digest of the access token (section 4.2).
        let ath: String?
        let htm: String
        let htu: String
        let iat: Int64
        let jti: String
        let nonce: String?
    }

    private let key = P256.Signing.PrivateKey()

    /// The value of the `DPoP` header for one request.
    ///
    /// - Parameters:
    ///   - method: Of the request.
    ///   - url: Of the request; its query does not count (section 4.3).
    ///   - token: The access token that goes with it, if one does.
    ///   - nonce: What the server asked to be repeated.
    ///   - now: Okta's clock, in seconds since 1970.
    ///   - id: Used once.
    /// - Returns: Three parts in base64url with dots between.
    /// - Throws: `OktaError` of kind `keyFailed`.
    func make(
        _ method: String,
        _ url: String,
        token: String?,
        nonce: String?,
        now: Int64,
        id: String
    ) throws(OktaError) -> String {
        let point = Array(key.publicKey.rawRepresentation)
        let header = Header(
            jwk: PublicKey(
                x: ClientAssertion.base64URL(Array(point.prefix(32))),
                y: ClientAssertion.base64URL(Array(point.suffix(32)))
            )
        )
        let claims = Claims(
            ath: token.map { ClientAssertion.base64URL(Array(SHA256.hash(data: Array($0.utf8)))) },
            htm: method,
            htu: String(url.prefix { $0 != "?" && $0 != "#" }),
            iat: now,
            jti: id,
            nonce: nonce
        )
        guard let head = ClientAssertion.encoded(header), let body = ClientAssertion.encoded(claims) else {
            throw OktaError(.keyFailed)
        }
        let message = head + "." + body
        guard let signature = try? key.signature(for: Array(message.utf8)) else { throw OktaError(.keyFailed) }
        return message + "." + ClientAssertion.base64URL(Array(signature.rawRepresentation))
    }
}

extension PossessionProof: CustomReflectable {
    /// Shows no child.
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
