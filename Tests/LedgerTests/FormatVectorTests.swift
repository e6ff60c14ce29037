import Foundation
import Ledger
import Testing

/// The vectors of `docs/format.md`, which were computed by another program.
struct FormatVectorTests {
    struct Vector: Sendable {
        let fields: [String: String]

        func bytes(_ name: String) throws -> [UInt8] { try hexBytes(fields[name] ?? "") }
    }

    private static func document() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("docs/format.md"), encoding: .utf8)
    }

    private static func blocks(_ language: String) throws -> [[Substring]] {
        try document().components(separatedBy: "```\(language)\n").dropFirst().map { block in
            block.components(separatedBy: "\n```")[0].split(separator: "\n")
        }
    }

    @Test func `every test vector of the format page is met`() throws {
        let blocks = try Self.blocks("vector")
        #expect(blocks.count == 3)
        for block in blocks {
            let pairs = block.map { line in
                let parts = line.split(separator: " ", maxSplits: 1)
                return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
            }
            let vector = Vector(fields: Dictionary(uniqueKeysWithValues: pairs))
            let body = try vector.bytes("body")
            let digest = Record.bodyDigest(of: body, salt: try vector.bytes("salt"))
            #expect(digest == (try vector.bytes("body_digest")))
            let record = Record(
                kind: try #require(Kind(rawValue: vector.fields["kind"] ?? "")),
                recordedAt: try #require(Int64(vector.fields["recorded_at"] ?? "")),
                key: EntryKey(stored: vector.fields["key"] ?? ""),
                bodyLength: body.count,
                bodyDigest: digest
            )
            let text = vector.fields["record"]?.replacingOccurrences(of: "\\n", with: "\n")
            #expect(String(decoding: record.bytes, as: UTF8.self) == text)
            #expect(record.leafHash == (try vector.bytes("leaf_hash")))
        }
    }

    @Test func `every key example of the format page is met`() throws {
        let lines = try #require(try Self.blocks("keys").first)
        #expect(lines.count == 8)
        for line in lines {
            let parts = line.components(separatedBy: " -> ")
            let words = parts[0].split(separator: " ", omittingEmptySubsequences: false)
            let text = String(decoding: try hexBytes(String(words[1])), as: UTF8.self)
            let key = EntryKey(text)
            #expect((words[0] == "second" ? key.numbered(2) : key).text == parts[1])
        }
    }
}

func hexBytes(_ text: String) throws -> [UInt8] {
    let digits = Array(text)
    return try stride(from: 0, to: digits.count, by: 2).map { index in
        try #require(UInt8(String(digits[index..<index + 2]), radix: 16))
    }
}
