import Testing

@testable import Okta

@Suite struct `JSON grammar` {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "10", "-1.5", "1e5", "1E+05", "0.0e-0", "123456789012345678901234567890",
        "1e999", #""""#, #""a""#, "[]", "{}", " [ ] ", "\t\r\n{ }\n", "[1,2]", "[[],{}]", #"{"a":1}"#, #"{"":[]}"#,
        #"{"a":1,"a":2}"#, #""\"\\\/\b\f\n\r\t\u0000\uABCD\uabcd""#, #""\ud83d\ude00""#, #""\ud83d""#, #""\udc00x""#,
        "\"\u{7F}\"", "\"é\"", "\"€\"", "\"😀\"", "\"\u{10FFFF}\"", "\"\u{E000}\"", "\"\u{2028}\"", #""12345678é""#,
    ])
    func `a valid text is read`(text: String) {
        #expect(isJSON(Array(text.utf8)))
    }

    @Test(arguments: [
        "", " ", "nul", "nulL", "True", "tru", "nullx", "01", "-", "-a", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x1",
        "Infinity", "NaN", "1 2", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}", "{]", "{1:2}",
        #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,"#, #"{"a":1,}"#, #"{"a" 1}"#, #"{"a":1 "b":2}"#, "{a:1}", "{'a':1}",
        #"{,}"#, #"{"a":}"#, "\"", #""a"#, #""\"#, #""\""#, #""\x""#, #""\u""#, #""\u12""#, #""\u12G4""#, #""\u123""#,
        "\"\n\"", "\"\t\"", "\"\u{00}\"", "\"\u{1F}\"", "// c\n1", "1 // c", "/**/1", "\u{FEFF}1", "1\u{00A0}",
        "1\u{0C}",
        "\"a\"b", "{}{}", "[]]", #"{"a":1}}"#,
    ])
    func `an invalid text is refused`(text: String) {
        #expect(!isJSON(Array(text.utf8)))
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xE2, 0x82, 0x22],
        ] as [[UInt8]]
    )
    func `a string that is not UTF-8 is refused, wherever it stands`(bytes: [UInt8]) {
        for padding in 0..<10 {
            #expect(!isJSON([0x22] + Array(repeating: 0x61, count: padding) + bytes + [0x22]))
        }
        #expect(!isJSON([0x22] + bytes))
    }

    @Test func `128 levels are read and 129 are not`() {
        func nested(_ depth: Int) -> [UInt8] { Array((String(repeating: "[", count: depth) + "{}").utf8) }
        func closing(_ depth: Int) -> [UInt8] { Array(String(repeating: "]", count: depth).utf8) }
        #expect(isJSON(nested(127) + closing(127)))
        #expect(!isJSON(nested(128) + closing(128)))
        #expect(!isJSON(Array(repeating: UInt8(ascii: "["), count: 16_777_216)))
        // Depth counts what is open, not what was opened.
        #expect(isJSON(Array(("[" + String(repeating: "[],", count: 1_000) + "[]]").utf8)))
    }

    @Test(arguments: [
        (#""\u0041\u00e9\u20AC""#, "Aé€"),
        (#""\ud83d\uDE00""#, "😀"),
        (#""\ud83d""#, "\u{FFFD}"),
        (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ud83dx\ude00""#, "\u{FFFD}x\u{FFFD}"),
        (#""\ud83d\n""#, "\u{FFFD}\n"),
        (#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{08}\u{0C}\n\r\t"),
        ("\"a\u{FEFF}b\"", "a\u{FEFF}b"),
        (#""é\u0301€\\u0041""#, "é\u{301}€\\u0041"),
    ])
    func `escapes are decoded and half a surrogate pair becomes U+FFFD`(json: String, value: String) throws {
        #expect(try JSONTree(scanning: Array(json.utf8)) == .text(Array(value.utf8)))
    }

    @Test func `of two equal keys the last counts, however they are written`() throws {
        let tree = try JSONTree(scanning: Array(#"{"id":"a","\u0069d":"b"}"#.utf8))
        #expect(tree == .object([Array("id".utf8): .text(Array("b".utf8))]))
    }
}
