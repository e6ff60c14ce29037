/// The text as a JSON string with its quotes, with the fewest escapes RFC 8259 section 7 allows.
///
/// A filter's string is a JSON string too (RFC 7644 section 3.4.2.2), so this is also how a value enters a filter.
func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{0}"..<" ":
            let hex = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// The text with every byte escaped that RFC 3986 section 2.3 does not call unreserved: safe in a path segment and in a
/// query value.
func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            result.append(byte)
        default:
            result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: result, as: UTF8.self)
}

/// The filter `attribute eq "value"` (RFC 7644 section 3.4.2.2), before percent-encoding.
///
/// - Parameters:
///   - attribute: One of the attribute names this module knows; never text from outside.
///   - value: Any text.
/// - Returns: The filter, its value escaped.
func equalityFilter(_ attribute: String, _ value: String) -> String {
    "\(attribute) eq \(jsonString(value))"
}

/// Whether two texts are the same bytes. Swift's `==` also holds for different spellings of one character, which a
/// directory keeps as two names.
func sameBytes(_ first: String, _ second: String) -> Bool {
    first.utf8.elementsEqual(second.utf8)
}

/// Whether two texts are the same bytes but for the case of ASCII letters.
///
/// Not more of Unicode's case folding: that makes the Kelvin sign a `k`, and would let one login pass for another.
func sameBytesIgnoringASCIICase(_ first: String, _ second: String) -> Bool {
    let folded: (UInt8) -> UInt8 = { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    return first.utf8.lazy.map(folded).elementsEqual(second.utf8.lazy.map(folded))
}
