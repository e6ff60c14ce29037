import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import OktaClient

/// Private keys in the forms in which Okta shows them.
struct SigningKeyTests {
    private static func text(_ number: some DataProtocol) -> String {
        Data(number).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The numbers of an RSA private key in PKCS #1 (RFC 8017 appendix A.1.2), in their order: version, n, e, d, p, q, ….
    private static func numbers(_ key: _RSA.Signing.PrivateKey) throws -> [Data] {
        let base64 = key.pemRepresentation.split(separator: "\n").dropFirst().dropLast().joined()
        var rest = Array(try #require(Data(base64Encoded: base64)))[...]
        func next() -> ArraySlice<UInt8> {
            rest.removeFirst()
            var length = Int(rest.removeFirst())
            if length > 0x80 {
                let digits = length - 0x80
                length = rest.prefix(digits).reduce(0) { $0 << 8 | Int($1) }
                rest.removeFirst(digits)
            }
            defer { rest.removeFirst(length) }
            return rest.prefix(length)
        }
        rest = next()
        var numbers: [Data] = []
        while !rest.isEmpty { numbers.append(Data(next().drop { $0 == 0 })) }
        return numbers
    }

    @Test func `an RSA key as a JWK is the same key as in PEM`() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let (numbers, message) = (try Self.numbers(key), Array("message".utf8))
        let names = ["n", "e", "d", "p", "q"]
        let members = zip(names, numbers.dropFirst()).map { #""\#($0)":"\#(Self.text($1))""# }
        let jwk = #" {"kty":"RSA","kid":"key-7",\#(members.joined(separator: ","))}"#
        let read = try SigningKey(jwk)
        #expect(read.keyID == "key-7" && read.algorithm == "RS256")
        #expect(try read.signature(of: message) == SigningKey(key.pemRepresentation).signature(of: message))
        let withoutFactors = jwk.replacing(#""p":"#, with: #""r":"#)
        #expect(throws: InvalidSigningKey.self) { try SigningKey(withoutFactors) }
        let publicOnly = jwk.replacing(#""d":"#, with: #""r":"#)
        #expect(throws: InvalidSigningKey.self) { try SigningKey(publicOnly) }
    }

    @Test func `an EC key as a JWK signs what its public key verifies`() throws {
        let key = P256.Signing.PrivateKey()
        func jwk(_ shown: P256.Signing.PublicKey, curve: String = "P-256") -> String {
            let (x, y) = (shown.rawRepresentation.prefix(32), shown.rawRepresentation.suffix(32))
            return #"{"kty":"EC","crv":"\#(curve)","d":"\#(Self.text(key.rawRepresentation))","x":"\#(Self.text(x))","#
                + #""y":"\#(Self.text(y))"}"#
        }
        let read = try SigningKey(jwk(key.publicKey))
        #expect(read.keyID == nil && read.algorithm == "ES256")
        let message = Array("message".utf8)
        let signature = try P256.Signing.ECDSASignature(rawRepresentation: read.signature(of: message))
        #expect(key.publicKey.isValidSignature(signature, for: message))
        #expect(throws: InvalidSigningKey.self) { try SigningKey(jwk(P256.Signing.PrivateKey().publicKey)) }
        #expect(throws: InvalidSigningKey.self) { try SigningKey(jwk(key.publicKey, curve: "P-384")) }
    }

    @Test(arguments: ["{", "{}", #"{"kty":"oct","k":"QUFB"}"#, #"{"kty":"EC","crv":"P-256","d":"QUFB"}"#])
    func `what is no private key is refused, and not shown`(text: String) {
        let error = #expect(throws: InvalidSigningKey.self) { try SigningKey(text) }
        #expect(error?.description.contains("QUFB") == false)
    }
}
