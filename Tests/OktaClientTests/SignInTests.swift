import Crypto
import CryptoExtras
import Foundation
import HTTPTransport
import Synchronization
import Testing

@testable import OktaClient

/// Signing in as a service app.
struct SignInTests {
    private static func form(_ request: HTTPRequest) -> [String: String] {
        let text = String(decoding: request.body ?? [], as: UTF8.self)
        return Dictionary(
            uniqueKeysWithValues: text.split(separator: "&").map { pair in
                let halves = pair.split(separator: "=", maxSplits: 1)
                return (String(halves[0]), String(halves[1]).removingPercentEncoding ?? "")
            }
        )
    }

    private static func decode(_ part: Substring) -> Data {
        let text = part.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4)) ?? Data()
    }

    private static func object(_ part: Substring) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: decode(part)) as? [String: Any] ?? [:]
    }

    /// An org whose token endpoint answers with `grant`, and that lets in who brings `Bearer good-N`, N as allowed.
    private func okta(
        admits: @escaping @Sendable (String) -> Bool = { $0.hasPrefix("Bearer good-") },
        _ grant: @escaping @Sendable (HTTPRequest, Int64) -> HTTPResponse
    ) -> VirtualOkta {
        VirtualOkta(instead: { request, now in
            if request.url.hasSuffix("/oauth2/v1/token") { return grant(request, now) }
            let header = request.headers.first { $0.name == "Authorization" }?.value ?? ""
            return HTTPResponse(status: admits(header) ? 200 : 401, body: Array("[]".utf8))
        })
    }

    private static func granted(_ number: Int, type: String = "Bearer") -> HTTPResponse {
        let body =
            #"{"access_token":"good-\#(number)","expires_in":3600,"token_type":"\#(type)","scope":"okta.logs.read"}"#
        return HTTPResponse(status: 200, body: Array(body.utf8))
    }

    @Test func `an EC key signs an assertion that its public key verifies, once for many requests`() async throws {
        let key = P256.Signing.PrivateKey()
        let okta = okta { _, _ in Self.granted(1) }
        let api = try okta.api(.app(clientID: "0oaClient", key: SigningKey(pem: key.pemRepresentation)))
        for _ in 0..<3 { #expect(try await uuids(SystemLog(api), since: 0).isEmpty) }
        let sent = okta.requests.filter { $0.method == "POST" }
        #expect(sent.count == 1 && okta.requests.count == 4)
        let form = Self.form(try #require(sent.first))
        #expect(form["grant_type"] == "client_credentials" && form["scope"] == "okta.logs.read")
        let parts = try #require(form["client_assertion"]).split(separator: ".")
        #expect(parts.count == 3)
        let header = try Self.object(parts[0])
        #expect(header["alg"] as? String == "ES256" && header["kid"] == nil)
        let claims = try Self.object(parts[1])
        #expect(claims["iss"] as? String == "0oaClient" && claims["sub"] as? String == "0oaClient")
        #expect(claims["aud"] as? String == "http://127.0.0.1/oauth2/v1/token")
        let issued = try #require(claims["iat"] as? Int64)
        #expect(issued == okta.now / 1_000_000 && claims["exp"] as? Int64 == issued + 300)
        let signature = try P256.Signing.ECDSASignature(rawRepresentation: Self.decode(parts[2]))
        #expect(key.publicKey.isValidSignature(signature, for: Data("\(parts[0]).\(parts[1])".utf8)))
    }

    @Test func `an app asks for no more than its client needs`() async throws {
        let key = try SigningKey(pem: P256.Signing.PrivateKey().pemRepresentation)
        let okta = okta { _, _ in Self.granted(1) }
        let api = try okta.api(.app(clientID: "0oaClient", key: key), scope: Groups.scope)
        #expect(try await Groups(api).all().isEmpty)
        let sent = okta.requests.filter { $0.method == "POST" }
        #expect(sent.map { Self.form($0)["scope"] } == ["okta.groups.read"])
    }

    @Test func `an RSA key signs with RS256, also with line ends written as in a variable`() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        for pem in [key.pemRepresentation, key.pemRepresentation.replacing("\n", with: "\\n") + "\n"] {
            let assertion = try ClientAssertion.make(
                clientID: "c",
                key: SigningKey(pem: pem),
                keyID: "key-1",
                audience: "a",
                now: 1,
                id: "i"
            )
            let parts = assertion.split(separator: ".")
            #expect(try Self.object(parts[0])["alg"] as? String == "RS256")
            #expect(try Self.object(parts[0])["kid"] as? String == "key-1")
            let signature = _RSA.Signing.RSASignature(rawRepresentation: Self.decode(parts[2]))
            let message = Data("\(parts[0]).\(parts[1])".utf8)
            #expect(key.publicKey.isValidSignature(signature, for: message, padding: .insecurePKCS1v1_5))
        }
    }

    @Test(arguments: ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
    func `what is no private key is refused, and not shown`(text: String) {
        let error = #expect(throws: InvalidSigningKey.self) { try SigningKey(pem: text) }
        #expect(error?.description.contains("AAAA") == false)
    }

    @Test func `a refused access token is renewed once, and an expired one before it is used`() async throws {
        let grants = Mutex(0)
        let okta = okta(admits: { $0 != "Bearer good-1" }) { _, _ in
            grants.withLock { count in
                count += 1
                return Self.granted(count)
            }
        }
        let api = try okta.api(.app(clientID: "c", key: SigningKey(pem: P256.Signing.PrivateKey().pemRepresentation)))
        #expect(try await uuids(SystemLog(api), since: 0).isEmpty)
        #expect(grants.withLock(\.self) == 2)

        let strict = self.okta(admits: { _ in false }) { _, _ in Self.granted(1) }
        let shut = try strict.api(
            .app(clientID: "c", key: SigningKey(pem: P256.Signing.PrivateKey().pemRepresentation))
        )
        let error = await #expect(throws: OktaError.self) { try await uuids(SystemLog(shut), since: 0) }
        #expect(error?.kind == .unauthorized && strict.requests.count == 4)
    }

    @Test func `with a clock that is wrong, the assertion is made again by Okta's`() async throws {
        // Okta is ten minutes ahead, and takes assertions of a minute around its own time.
        let okta = okta { request, now in
            let ours = now / 1_000_000 + 600
            let date = "Mon, 21 Sep 2026 14:23:20 GMT"
            let claims = (Self.form(request)["client_assertion"] ?? "").split(separator: ".")
            let issued = claims.count == 3 ? (try? Self.object(claims[1]))?["iat"] as? Int64 ?? 0 : 0
            var answer =
                abs(issued - ours) < 60
                ? Self.granted(1) : HTTPResponse(status: 401, body: Array(#"{"error":"invalid_client"}"#.utf8))
            answer.headers.append(("Date", date))
            return answer
        }
        #expect(okta.now == 1_790_000_000_000_000)
        let api = try okta.api(.app(clientID: "c", key: SigningKey(pem: P256.Signing.PrivateKey().pemRepresentation)))
        #expect(try await uuids(SystemLog(api), since: 0).isEmpty)
        #expect(api.clockOffset == 600 && okta.requests.count == 3)
    }

    @Test func `an app that demands DPoP gets a proof with its nonce, and each request one of its own`() async throws {
        let proofs = Mutex<[String]>([])
        let okta = VirtualOkta(instead: { request, now in
            let proof = request.headers.first { $0.name == "DPoP" }?.value
            let authorization = request.headers.first { $0.name == "Authorization" }?.value
            guard let proof else {
                return HTTPResponse(status: 400, body: Array(#"{"error":"invalid_dpop_proof"}"#.utf8))
            }
            guard let nonce = try? Self.proven(proof, request, token: authorization.map { String($0.dropFirst(5)) })
            else {
                return HTTPResponse(status: 418)
            }
            proofs.withLock { $0.append(proof) }
            if request.method == "GET" {
                // The API wants a nonce of its own, once.
                guard nonce == "api-nonce" else {
                    return HTTPResponse(status: 401, headers: [("dpop-nonce", "api-nonce")])
                }
                return HTTPResponse(status: authorization == "DPoP good-1" ? 200 : 401, body: Array("[]".utf8))
            }
            guard nonce == "nonce-1" else {
                return HTTPResponse(
                    status: 400,
                    headers: [("dpop-nonce", "nonce-1")],
                    body: Array(#"{"error":"use_dpop_nonce"}"#.utf8)
                )
            }
            return Self.granted(1, type: "DPoP")
        })
        let api = try okta.api(.app(clientID: "c", key: SigningKey(pem: P256.Signing.PrivateKey().pemRepresentation)))
        for _ in 0..<2 { #expect(try await uuids(SystemLog(api), since: 0).isEmpty) }
        // Without a proof, without the nonce, with it; then without the API's nonce, with it, and once more.
        #expect(okta.requests.map(\.method) == ["POST", "POST", "POST", "GET", "GET", "GET"])
        #expect(Set(proofs.withLock(\.self)).count == 5)
    }

    /// The nonce in a proof, empty where it has none, if it is a proof for this request (RFC 9449 section 4.3).
    private static func proven(_ proof: String, _ request: HTTPRequest, token: String?) throws -> String {
        let parts = proof.split(separator: ".")
        let header = try object(parts[0])
        let claims = try object(parts[1])
        let jwk = header["jwk"] as? [String: String] ?? [:]
        let point = decode(Substring(jwk["x"] ?? "")) + decode(Substring(jwk["y"] ?? ""))
        let key = try P256.Signing.PublicKey(rawRepresentation: point)
        let signature = try P256.Signing.ECDSASignature(rawRepresentation: decode(parts[2]))
        let digest = token.map { Data(SHA256.hash(data: Data($0.utf8))) }
        guard key.isValidSignature(signature, for: Data("\(parts[0]).\(parts[1])".utf8)),
            header["typ"] as? String == "dpop+jwt", claims["htm"] as? String == request.method,
            claims["htu"] as? String == String(request.url.prefix { $0 != "?" }), claims["jti"] is String,
            (claims["ath"] as? String).map({ decode(Substring($0)) }) == digest
        else { throw OktaError(.malformed) }
        return claims["nonce"] as? String ?? ""
    }

    @Test(arguments: [
        (400, #"{"error":"invalid_dpop_proof"}"#, OktaError.Kind.proofRefused),
        (400, #"{"error":"use_dpop_nonce"}"#, .proofRefused),
        (
            401, #"{"error":"invalid_client","error_description":"secret words"}"#,
            .noAccessToken(code: "invalid_client")
        ),
        (400, "<html>", .noAccessToken(code: nil)), (200, "{}", .malformed),
    ])
    func `why no access token is given is told`(status: Int, body: String, kind: OktaError.Kind) async throws {
        let okta = okta { _, _ in HTTPResponse(status: status, body: Array(body.utf8)) }
        let api = try okta.api(.app(clientID: "c", key: SigningKey(pem: P256.Signing.PrivateKey().pemRepresentation)))
        let error = await #expect(throws: OktaError.self) { try await uuids(SystemLog(api), since: 0) }
        #expect(error?.kind == kind)
        #expect("\(error.map { "\($0)" } ?? "")".contains("secret words") == false)
    }
}
