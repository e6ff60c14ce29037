import Foundation
import Okta

/// The signed JWT by which a service app proves who it is (RFC 7523 section 2.2).
enum ClientAssertion {
    private struct Header: Encodable {
        let alg: String
        let kid: String?
        let typ = "JWT"
    }

    private struct Claims: Encodable {
        let aud: String
        let exp: Int64
        let iat: Int64
        let iss: String
        let jti: String
        let sub: String
    }

    /// How long an assertion is good, in seconds; Okta allows an hour at most.
    static let lifetime: Int64 = 300

    /// The compact serialization (RFC 7515 section 7.1).
    ///
    /// - Parameters:
    ///   - clientID: The app.
    ///   - key: Its private key.
    ///   - keyID: The key's name in Okta, if it has several.
    ///   - audience: The token endpoint.
    ///   - now: Okta's clock, in seconds since 1970.
    ///   - id: Used once.
    /// - Returns: Three parts in base64url with dots between.
    /// - Throws: `OktaError` of kind `keyFailed`.
    static func make(
        clientID: String,
        key: SigningKey,
        keyID: String?,
        audience: String,
        now: Int64,
        id: String
    ) throws(OktaError) -> String {
        let header = Header(alg: key.algorithm, kid: keyID)
        let claims = Claims(aud: audience, exp: now + lifetime, iat: now, iss: clientID, jti: id, sub: clientID)
        guard let head = encoded(header), let body = encoded(claims) else { throw OktaError(.keyFailed) }
        let message = head + "." + body
        return message + "." + base64URL(try key.signature(of: Array(message.utf8)))
    }

    static func encoded(_ value: some Encodable) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { base64URL(Array($0)) }
    }

    /// RFC 4648 section 5, without padding.
    static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
