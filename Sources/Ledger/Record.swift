import Crypto
import Transparency

/// What the tree commits to for one entry: a short text without personal data.
///
/// The format is final and described with test vectors in `docs/format.md`: six lines, each ended by LF: `ledger/v1`, kind,
/// recorded_at, key (an empty line if the entry has none), body length, and the padded base64 of the body digest.
public struct Record: Hashable, Sendable {
    /// The format of records written today, and the value of the column `format`.
    public static let format: Int64 = 1

    /// The number of bytes of a salt.
    public static let saltByteCount = 16

    /// What the entry is.
    public let kind: Kind
    /// Microseconds since 1970 UTC, not negative.
    public let recordedAt: Int64
    /// The idempotency key, if the kind has one.
    public let key: EntryKey?
    /// The number of bytes of the body.
    public let bodyLength: Int
    /// The 32 bytes of `Record.bodyDigest(of:salt:)`.
    public let bodyDigest: [UInt8]

    /// A record of its parts.
    /// - Parameters:
    ///   - kind: what the entry is.
    ///   - recordedAt: microseconds since 1970 UTC.
    ///   - key: the idempotency key, if there is one.
    ///   - bodyLength: the number of bytes of the body.
    ///   - bodyDigest: the salted digest of the body.
    public init(kind: Kind, recordedAt: Int64, key: EntryKey?, bodyLength: Int, bodyDigest: [UInt8]) {
        self.kind = kind
        self.recordedAt = recordedAt
        self.key = key
        self.bodyLength = bodyLength
        self.bodyDigest = bodyDigest
    }

    /// HMAC-SHA256 with the salt as key and the body as message.
    ///
    /// Salted, because a public tile must not confirm a guess of a body, and because erasing body and salt then leaves
    /// nothing of the body behind while the record stays.
    /// - Parameters:
    ///   - body: the bytes of the entry.
    ///   - salt: 16 random bytes.
    /// - Returns: 32 bytes.
    public static func bodyDigest(of body: [UInt8], salt: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: salt)))
    }

    /// The bytes of the record: ASCII, at most 300.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(320)
        bytes.append(contentsOf: "ledger/v1\n".utf8)
        bytes.append(contentsOf: kind.rawValue.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: String(recordedAt).utf8)
        bytes.append(UInt8(ascii: "\n"))
        if let key { bytes.append(contentsOf: key.text.utf8) }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: String(bodyLength).utf8)
        bytes.append(UInt8(ascii: "\n"))
        Base64.append(bodyDigest, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// The hash by which the entry stands in the Merkle tree: the RFC 6962 leaf hash of `bytes`.
    public var leafHash: [UInt8] { Hashing.leaf(bytes) }
}
