/// The bytes are not one JSON text as RFC 8259 defines it, or nest deeper than ``JSONScanner/maximumDepth``.
struct MalformedJSON: Error, Equatable {}

/// Reads one JSON text (RFC 8259) front to back, checks all of it, and builds only what the caller keeps.
///
/// Why not Foundation's decoder: a rebuild folds a million events out of bodies of 1 to 4 KB, of which the fold wants
/// some fifteen short strings. A decoder that first makes a tree of objects of all the rest is slower by an order of
/// magnitude. And Foundation's takes what the RFC does not allow (a comma before a closing bracket, UTF-16, a byte order
/// mark), so what counts as readable could change with a platform or a release, and with it the fold of an old log.
///
/// Every value is checked, also those skipped: grammar, UTF-8 (RFC 3629: no overlong forms, no surrogates), depth, and
/// nothing but white space after the text. Any bytes give a result or ``MalformedJSON``, never a trap. Where a key stands
/// twice in one object the caller meets both in order; callers assign, so **the last one wins**.
///
/// The scanner must not outlive the buffer, so ``read(_:_:)`` is the only way to one.
@safe
struct JSONScanner {
    /// How many arrays and objects may lie inside each other. Okta's own events need eight; the bound keeps a body of
    /// brackets from exhausting the stack, as RFC 8259 section 9 allows.
    static let maximumDepth = 128

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var depth = 0

    private init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = unsafe bytes
    }

    /// Reads `json` as one value with nothing but white space after it.
    ///
    /// - Parameters:
    ///   - json: The whole text.
    ///   - body: Must read exactly one value from the scanner and keep nothing that points into it.
    /// - Returns: What `body` made of it.
    /// - Throws: ``MalformedJSON``.
    static func read<Value>(
        _ json: RawSpan,
        _ body: (inout JSONScanner) throws(MalformedJSON) -> Value
    ) throws(MalformedJSON) -> Value {
        try unsafe json.withUnsafeBytes { (bytes) throws(MalformedJSON) in
            var scanner = unsafe JSONScanner(bytes)
            let value = try body(&scanner)
            try scanner.end()
            return value
        }
    }

    // MARK: Values

    /// Reads the next value: its text if it is a string, nil if it is anything else, which is then skipped.
    mutating func text() throws(MalformedJSON) -> JSONText? {
        if try peek() == .quote { return try string() }
        try skipValue()
        return nil
    }

    /// Reads the next value: visits each member if it is an object; if it is anything else, skips it.
    ///
    /// - Parameter visit: Gets the key and must read exactly one value from the scanner.
    /// - Returns: Whether the value was an object.
    /// - Throws: ``MalformedJSON``.
    @inline(__always)
    mutating func object(
        _ visit: (inout JSONScanner, JSONText) throws(MalformedJSON) -> Void
    ) throws(MalformedJSON) -> Bool {
        guard try peek() == .openBrace else {
            try skipValue()
            return false
        }
        try open()
        if try peek() == .closeBrace {
            close()
            return true
        }
        while true {
            guard try peek() == .quote else { throw MalformedJSON() }
            let key = try string()
            guard try peek() == .colon else { throw MalformedJSON() }
            position += 1
            try visit(&self, key)
            if try isLast(before: .closeBrace) { return true }
        }
    }

    /// Reads the next value: visits each element if it is an array; if it is anything else, skips it.
    ///
    /// - Parameter visit: Must read exactly one value from the scanner.
    /// - Returns: Whether the value was an array.
    /// - Throws: ``MalformedJSON``.
    @inline(__always)
    mutating func array(
        _ visit: (inout JSONScanner) throws(MalformedJSON) -> Void
    ) throws(MalformedJSON) -> Bool {
        guard try peek() == .openBracket else {
            try skipValue()
            return false
        }
        try open()
        if try peek() == .closeBracket {
            close()
            return true
        }
        while true {
            try visit(&self)
            if try isLast(before: .closeBracket) { return true }
        }
    }

    /// Whether the next value begins as `null` does. Consumes nothing.
    mutating func isNull() throws(MalformedJSON) -> Bool {
        try peek() == UInt8(ascii: "n")
    }

    /// Checks the next value and passes over it.
    mutating func skipValue() throws(MalformedJSON) {
        switch try peek() {
        case .quote: _ = try string()
        case .openBrace: _ = try object { (scanner, _) throws(MalformedJSON) in try scanner.skipValue() }
        case .openBracket: _ = try array { (scanner) throws(MalformedJSON) in try scanner.skipValue() }
        case UInt8(ascii: "t"): try skip(word: "true")
        case UInt8(ascii: "f"): try skip(word: "false")
        case UInt8(ascii: "n"): try skip(word: "null")
        default: try skipNumber()
        }
    }

    /// Checks the next value, passes over it, and says where it lies in the text.
    mutating func rangeOfValue() throws(MalformedJSON) -> Range<Int> {
        skipWhiteSpace()
        let start = position
        try skipValue()
        return start..<position
    }

    private mutating func end() throws(MalformedJSON) {
        skipWhiteSpace()
        guard unsafe position == bytes.count else { throw MalformedJSON() }
    }

    // MARK: Structure

    private mutating func open() throws(MalformedJSON) {
        guard depth < Self.maximumDepth else { throw MalformedJSON() }
        depth += 1
        position += 1
    }

    private mutating func close() {
        depth -= 1
        position += 1
    }

    /// Reads what follows a member or an element: a comma, or the end of its container.
    private mutating func isLast(before end: UInt8) throws(MalformedJSON) -> Bool {
        let next = try peek()
        if next == .comma {
            position += 1
            return false
        }
        guard next == end else { throw MalformedJSON() }
        close()
        return true
    }

    /// The next byte that is not white space, not yet consumed.
    private mutating func peek() throws(MalformedJSON) -> UInt8 {
        skipWhiteSpace()
        return try byte()
    }

    private mutating func skipWhiteSpace() {
        while unsafe position < bytes.count {
            switch unsafe bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    private func byte() throws(MalformedJSON) -> UInt8 {
        guard unsafe position < bytes.count else { throw MalformedJSON() }
        return unsafe bytes[position]
    }

    private mutating func skip(word: StaticString) throws(MalformedJSON) {
        let length = word.utf8CodeUnitCount
        guard unsafe bytes.count - position >= length else { throw MalformedJSON() }
        for offset in 0..<length {
            guard unsafe bytes[position + offset] == word.utf8Start[offset] else { throw MalformedJSON() }
        }
        position += length
    }
}

// MARK: - Numbers

extension JSONScanner {
    /// RFC 8259 section 6. The value is not computed: nothing that is kept is a number.
    private mutating func skipNumber() throws(MalformedJSON) {
        if try byte() == UInt8(ascii: "-") { position += 1 }
        if try byte() == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits()
        }
        if unsafe position < bytes.count, unsafe bytes[position] == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if unsafe position < bytes.count, unsafe bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            let sign = try byte()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
    }

    /// One digit or more.
    private mutating func skipDigits() throws(MalformedJSON) {
        let first = position
        while unsafe position < bytes.count, unsafe bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > first else { throw MalformedJSON() }
    }
}

// MARK: - Strings

extension JSONScanner {
    /// Reads the string whose opening quote is next.
    private mutating func string() throws(MalformedJSON) -> JSONText {
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            skipPlainASCII()
            let next = try byte()
            if next == .quote {
                position += 1
                return unsafe JSONText(
                    bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<position - 1]),
                    hasEscapes: hasEscapes
                )
            } else if next == .backslash {
                hasEscapes = true
                try skipEscape()
            } else if next >= 0x80 {
                try skipMultibyteScalar()
            } else {
                throw MalformedJSON()
            }
        }
    }

    /// Passes over bytes that stand for themselves: ASCII without control characters, quote and backslash.
    ///
    /// Eight at a time: each test below sets the top bit of a byte that matches. A borrow may set it too in bytes above
    /// a true match, so only the lowest set bit is read.
    private mutating func skipPlainASCII() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while unsafe bytes.count - position >= 8 {
            let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quote = word ^ (ones &* UInt64(UInt8.quote))
            let backslash = word ^ (ones &* UInt64(UInt8.backslash))
            let stops =
                (word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | word
            let marks = stops & (ones &* 0x80)
            guard marks == 0 else {
                position += marks.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while unsafe position < bytes.count {
            let next = unsafe bytes[position]
            guard next >= 0x20, next < 0x80, next != .quote, next != .backslash else { return }
            position += 1
        }
    }

    /// RFC 8259 section 7: `\uXXXX` with four hexadecimal digits, or one of eight letters.
    private mutating func skipEscape() throws(MalformedJSON) {
        position += 1
        let letter = try byte()
        position += 1
        switch letter {
        case .quote, .backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                guard try byte().hexadecimalValue != nil else { throw MalformedJSON() }
                position += 1
            }
        default:
            throw MalformedJSON()
        }
    }

    /// One scalar of two to four bytes, by the table of RFC 3629 section 4.
    private mutating func skipMultibyteScalar() throws(MalformedJSON) {
        let lead = try byte()
        let second: ClosedRange<UInt8>
        let length: Int
        switch lead {
        case 0xC2...0xDF: (second, length) = (0x80...0xBF, 2)
        case 0xE0: (second, length) = (0xA0...0xBF, 3)
        case 0xED: (second, length) = (0x80...0x9F, 3)
        case 0xE1...0xEF: (second, length) = (0x80...0xBF, 3)
        case 0xF0: (second, length) = (0x90...0xBF, 4)
        case 0xF1...0xF3: (second, length) = (0x80...0xBF, 4)
        case 0xF4: (second, length) = (0x80...0x8F, 4)
        default: throw MalformedJSON()
        }
        guard unsafe bytes.count - position >= length, unsafe second.contains(bytes[position + 1]) else {
            throw MalformedJSON()
        }
        for offset in 2..<max(length, 2) {
            guard unsafe bytes[position + offset] & 0xC0 == 0x80 else { throw MalformedJSON() }
        }
        position += length
    }
}
