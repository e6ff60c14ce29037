/// What a request must satisfy before libcurl sees it.
extension HTTPRequest {
    /// Header fields that frame the message or the connection, and so belong to the transport.
    private static let reservedNames = ["content-length", "transfer-encoding", "expect", "connection"]

    /// The reason why this request cannot be sent, nil if it can. Quotes no value.
    var fault: String? {
        if !method.isToken { return "the method is not a token" }
        if !url.hasHTTPScheme { return "the URL does not start with http:// or https://" }
        if url.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) { return "the URL is not percent-encoded ASCII" }
        if maximumResponseBytes < 0 { return "the response bound is negative" }
        if let path = unixSocketPath, !(1...103).contains(path.utf8.count) || path.utf8.contains(0) {
            return "the Unix socket path is empty, longer than 103 bytes, or holds a zero byte"
        }
        return headers.lazy.compactMap(Self.fault).first
    }

    private static func fault(ofHeader header: (name: String, value: String)) -> String? {
        if !header.name.isToken { return "a header name is not a token" }
        if !header.value.isFieldValue { return "the value of header \(header.name) holds a control character" }
        if reservedNames.contains(where: header.name.isEqualIgnoringASCIICase) {
            return "header \(header.name) belongs to the transport"
        }
        if header.name.isEqualIgnoringASCIICase(to: "user-agent"), header.value.isBlank {
            return "the User-Agent is empty"
        }
        return nil
    }
}

extension String {
    /// RFC 9110 section 5.6.2.
    var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// RFC 9110 section 5.5, which leaves out CR, LF, NUL and the other control characters but tab.
    var isFieldValue: Bool { utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 } }

    /// Whether nothing but spaces and tabs is in it.
    var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    /// Whether this URL names a scheme of ours. Without one, libcurl would guess.
    fileprivate var hasHTTPScheme: Bool {
        ["http://", "https://"].contains { scheme in
            utf8.prefix(scheme.utf8.count).map(\.asciiLowercase) == Array(scheme.utf8)
        }
    }
}
