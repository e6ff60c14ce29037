/// A string as it stands in a JSON text, between its quotes and already checked; decoded only if it is kept.
///
/// It points into the buffer of its ``JSONScanner`` and is used before the scanner is done.
@safe
struct JSONText {
    private let bytes: UnsafeRawBufferPointer

    /// Whether it has an escape, so that its bytes are not yet its value.
    let hasEscapes: Bool

    init(bytes: UnsafeRawBufferPointer, hasEscapes: Bool) {
        unsafe self.bytes = unsafe bytes
        self.hasEscapes = hasEscapes
    }

    /// Whether its value is `literal`, byte for byte, however it is written (`"\u0069d"` is `id`).
    func matches(_ literal: StaticString) -> Bool {
        if hasEscapes { return string().utf8.elementsEqual("\(literal)".utf8) }
        guard unsafe bytes.count == literal.utf8CodeUnitCount else { return false }
        for offset in unsafe 0..<bytes.count {
            guard unsafe bytes[offset] == literal.utf8Start[offset] else { return false }
        }
        return true
    }

    /// Its value. Half of a surrogate pair without the other half, which RFC 8259 section 8.2 leaves open, becomes U+FFFD.
    func string() -> String {
        guard hasEscapes else { return unsafe String(decoding: bytes, as: UTF8.self) }
        var value: [UInt8] = []
        unsafe value.reserveCapacity(bytes.count)
        var offset = 0
        while unsafe offset < bytes.count {
            if unsafe bytes[offset] == .backslash {
                offset = appendEscape(at: offset, to: &value)
            } else {
                unsafe value.append(bytes[offset])
                offset += 1
            }
        }
        return String(decoding: value, as: UTF8.self)
    }

    /// Decodes the escape at `offset` and says where it ends.
    private func appendEscape(at offset: Int, to value: inout [UInt8]) -> Int {
        let letter = unsafe bytes[offset + 1]
        switch letter {
        case UInt8(ascii: "b"): value.append(0x08)
        case UInt8(ascii: "f"): value.append(0x0C)
        case UInt8(ascii: "n"): value.append(0x0A)
        case UInt8(ascii: "r"): value.append(0x0D)
        case UInt8(ascii: "t"): value.append(0x09)
        case UInt8(ascii: "u"): return appendCodePoint(at: offset, to: &value)
        default: value.append(letter)
        }
        return offset + 2
    }

    private func appendCodePoint(at offset: Int, to value: inout [UInt8]) -> Int {
        let unit = codeUnit(at: offset) ?? 0xFFFD
        var end = offset + 6
        var codePoint = unit
        if 0xD800...0xDBFF ~= unit, let low = codeUnit(at: end), 0xDC00...0xDFFF ~= low {
            codePoint = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            end += 6
        }
        let scalar = Unicode.Scalar(codePoint) ?? "\u{FFFD}"
        value.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        return end
    }

    /// The UTF-16 code unit that the escape `\uXXXX` at `offset` stands for; nil if there is no such escape.
    private func codeUnit(at offset: Int) -> UInt32? {
        guard unsafe bytes.count - offset >= 6, unsafe bytes[offset] == .backslash,
            unsafe bytes[offset + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for index in offset + 2..<offset + 6 {
            guard let digit = unsafe bytes[index].hexadecimalValue else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }
}
