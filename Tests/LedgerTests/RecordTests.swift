import Foundation
import Ledger
import Testing
import Transparency

struct RecordTests {
    @Test func `the leaf hash of nothing is the one of RFC 6962`() throws {
        let expected = try hexBytes("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        #expect(Hashing.leaf([]) == expected)
        #expect(expected.count == Hashing.byteCount)
    }

    @Test(arguments: 0...64)
    func `a digest of any length stands in the record as standard base64`(length: Int) {
        let digest = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
        let record = Record(kind: .oktaCursor, recordedAt: 1, key: nil, bodyLength: 0, bodyDigest: digest)
        let lines = String(decoding: record.bytes, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        #expect(lines.count == 7)
        #expect(String(lines[5]) == Data(digest).base64EncodedString())
    }

    @Test func `the longest record is as short as promised`() throws {
        let record = Record(
            kind: try #require(Kind(rawValue: String(repeating: "k", count: 64))),
            recordedAt: .max,
            key: EntryKey(String(repeating: "x", count: 128)),
            bodyLength: .max,
            bodyDigest: [UInt8](repeating: 255, count: 32)
        )
        #expect(record.bytes.count <= 300)
    }

    @Test(arguments: ["", "Okta", "okta delivery", "okta\n", "ö", "a_b", String(repeating: "a", count: 65)])
    func `a kind of other characters or another length is refused`(text: String) {
        #expect(Kind(rawValue: text) == nil)
    }

    @Test func `every character outside the rule makes a key a digest`() {
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:#-".utf8)
        for byte in UInt8(0)...127 {
            let text = String(decoding: [byte], as: UTF8.self)
            #expect((EntryKey(text).text == text) == allowed.contains(byte), "byte \(byte)")
        }
    }

    @Test func `our own bodies are compact JSON with sorted keys`() throws {
        struct Body: Encodable {
            let url = "https://scim.example/v2"
            let attempt = 1
            let absent: String? = nil
        }
        let text = String(decoding: try EntryJSON.encode(Body()), as: UTF8.self)
        #expect(text == #"{"attempt":1,"url":"https://scim.example/v2"}"#)
    }
}
