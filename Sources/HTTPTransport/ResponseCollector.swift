/// Gathers an answer within its bounds.
struct ResponseCollector {
    /// The most header bytes accepted, interim answers and trailers included.
    let maximumHeaderBytes: Int
    /// The most body bytes accepted.
    let maximumBodyBytes: Int

    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    /// Whether any byte has come.
    private(set) var hasBegun = false
    /// Whether the header of the final answer is complete. What comes later as a header line is a trailer.
    private(set) var headIsComplete = false
    /// Whether a bound was broken, so that the transfer must end.
    private(set) var exceededBounds = false

    private var headerBytes = 0
    private var isInterim = false
    private var expectsStatusLine = true

    init(maximumHeaderBytes: Int, maximumBodyBytes: Int) {
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumBodyBytes = maximumBodyBytes
    }

    /// Takes one whole header line with its line end, a status line or the empty line that ends a header.
    ///
    /// - Returns: Whether the transfer may go on.
    mutating func take(headerLine line: String, byteCount: Int) -> Bool {
        hasBegun = true
        headerBytes += byteCount
        guard headerBytes <= maximumHeaderBytes else {
            exceededBounds = true
            return false
        }
        guard !headIsComplete else { return true }
        let text = Substring(line).trimmingWhitespace()
        if expectsStatusLine {
            expectsStatusLine = false
            headers = []
            isInterim = text.split(separator: " ").dropFirst().first?.hasPrefix("1") ?? false
        } else if text.isEmpty {
            headIsComplete = !isInterim
            expectsStatusLine = isInterim
        } else if line.first == " " || line.first == "\t" {
            // A folded line continues the one above (RFC 9112 section 5.2).
            if let last = headers.indices.last { headers[last].value += " " + text }
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].trimmingWhitespace()
            headers.append((String(text[..<colon].trimmingWhitespace()), String(value)))
        }
        return true
    }

    /// Takes bytes of the body.
    ///
    /// - Returns: Whether the transfer may go on.
    mutating func take(body bytes: some Collection<UInt8>) -> Bool {
        hasBegun = true
        guard bytes.count <= maximumBodyBytes - body.count else {
            exceededBounds = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }
}

extension Substring {
    /// Without the spaces, tabs and line ends around it.
    fileprivate func trimmingWhitespace() -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return self[first...last]
    }
}
