import Foundation
import Okta
import Testing

@Suite struct `Verification of the hook` {
    @Test func `the challenge comes back in the one member`() {
        #expect(
            Verification.response(to: "my_verification-123").map { String(decoding: $0, as: UTF8.self) }
                == #"{"verification":"my_verification-123"}"#
        )
    }

    @Test(arguments: ["\"", "\\", "a\"b\\\"c", "\u{0}\u{1F}\n\r\t\u{7F}", "é€😀\u{2028}e\u{301}", "</script>", "\"}"])
    func `any challenge comes back unchanged as JSON`(challenge: String) throws {
        let body = try #require(Verification.response(to: challenge))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: String])
        #expect(object.count == 1)
        #expect(object["verification"].map { Array($0.utf8) } == Array(challenge.utf8))
    }

    @Test func `no challenge and one of more than 1,024 bytes get no answer`() {
        #expect(Verification.response(to: nil) == nil)
        #expect(Verification.response(to: "") == nil)
        #expect(Verification.response(to: String(repeating: "é", count: 512)) != nil)
        #expect(Verification.response(to: String(repeating: "é", count: 512) + "x") == nil)
    }
}
