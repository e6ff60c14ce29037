/// Standard padded base64 (RFC 4648 section 4), written straight into a record: it is on the path of every append.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let present = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if present > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if present > 2 { group |= UInt32(bytes[index + 2]) }
            for character in 0..<4 {
                let value = Int(group >> (18 - 6 * UInt32(character))) & 0x3f
                text.append(character <= present ? alphabet[value] : UInt8(ascii: "="))
            }
            index += 3
        }
    }
}
