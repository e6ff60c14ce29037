import Crypto

/// The idempotency key of an entry, unique within its kind.
///
/// Keys are text from outside and stand in the record, so only `[A-Za-z0-9._:#-]{1,128}` is kept as it is; anything else
/// is replaced by `sha256:` and the lower-case hex SHA-256 of its UTF-8 bytes.
public struct EntryKey: Hashable, Sendable, CustomStringConvertible {
    /// The greatest number of characters of a key.
    public static let maximumLength = 128

    /// The key as it stands in the log: 1 to 128 of the characters `A-Za-z0-9._:#-`.
    public let text: String

    /// The key for a text from outside; never fails.
    /// - Parameter text: any text, for example Okta's `eventId`.
    public init(_ text: String) {
        self = EntryKey(stored: text) ?? EntryKey(digestOf: Array(text.utf8))
    }

    /// The key of something that carries no id of its own: `sha256:` and the hex SHA-256 of its bytes.
    /// - Parameter bytes: for example the body of a delivery without an `eventId`.
    public init(digestOf bytes: [UInt8]) {
        text = "sha256:" + SHA256.hash(data: bytes).map(Self.hex).joined()
    }

    /// A key read back from a log.
    /// - Parameter text: text that must already obey the rule; `nil` if it does not.
    public init?(stored text: String) {
        let bytes = text.utf8
        guard (1...Self.maximumLength).contains(bytes.count), bytes.allSatisfy(Self.isAllowed) else { return nil }
        self.text = text
    }

    /// The key under which the `number`-th different body of this key is stored: `key#2`, `key#3`, and so on.
    ///
    /// A key too long to carry the number is replaced by its digest first.
    /// - Parameter number: 1 gives the key itself.
    /// - Returns: a key that obeys the rule.
    public func numbered(_ number: Int) -> EntryKey {
        guard number > 1 else { return self }
        let suffixed = text + "#\(number)"
        return EntryKey(stored: suffixed) ?? EntryKey(EntryKey(digestOf: Array(text.utf8)).text + "#\(number)")
    }

    /// The key as it stands in the log.
    public var description: String { text }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        case UInt8(ascii: "_"), UInt8(ascii: "#"): true
        default: false
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }
}
