/// A JSON value that is written with its keys in the given order. Written only: reading is left to JSONSerialization,
/// so that the sandbox shares no code with the program that it tests.
indirect enum JSONText: Sendable {
    case string(String)
    case number(Int64)
    case boolean(Bool)
    case null
    case array([JSONText])
    case object([(String, JSONText)])

    /// The compact JSON text in UTF-8.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .string(let text):
            bytes.append(jsonString: text)
        case .number(let value):
            bytes.append(contentsOf: String(value).utf8)
        case .boolean(let value):
            bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .null:
            bytes.append(contentsOf: "null".utf8)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(jsonString: member.0)
                bytes.append(UInt8(ascii: ":"))
                member.1.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

extension [UInt8] {
    /// Appends a JSON string literal; escapes what RFC 8259 section 7 demands and nothing more.
    mutating func append(jsonString text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                append(contentsOf: "\\u".utf8)
                append(hex: UInt64(byte), digits: 4)
            default:
                append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
