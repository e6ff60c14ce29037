/// The secret that admits us to a directory (RFC 6750). It is never part of a description, a dump or an error.
public struct BearerToken: Sendable {
    /// The token itself, for the `Authorization` header alone.
    let secret: String

    /// A token as an operator pastes it: white space around it is dropped.
    ///
    /// - Parameter text: 1 to 8,192 visible ASCII characters.
    /// - Throws: `InvalidTarget` without the text, if there is nothing left or a character has no place in a header.
    public init(_ text: String) throws(InvalidTarget) {
        let trimmed = trimmingASCIISpace(text)
        guard !trimmed.isEmpty else { throw .tokenEmpty }
        guard trimmed.utf8.count <= 8192, trimmed.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .tokenMalformed
        }
        secret = trimmed
    }
}

extension BearerToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always the same text, whatever the token.
    public var description: String { "[redacted token]" }

    /// Always the same text, whatever the token.
    public var debugDescription: String { description }

    /// Shows no child, so that `dump` does not show the token either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The text without ASCII white space and line ends at either end.
func trimmingASCIISpace(_ text: String) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
    let start = text.utf8.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(decoding: start[...last], as: UTF8.self)
}
