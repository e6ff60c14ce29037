import Crypto

/// Hashing of the Merkle tree over the log (RFC 6962 section 2.1).
public enum Hashing {
    /// The number of bytes of every hash of the tree: SHA-256.
    public static let byteCount = 32

    /// The hash of one leaf: SHA-256 of the byte 0x00 followed by the leaf's bytes (RFC 6962 section 2.1).
    ///
    /// The leading byte keeps a leaf from ever being taken for an inner node, which starts with 0x01.
    /// - Parameter bytes: what the leaf commits to.
    /// - Returns: 32 bytes.
    public static func leaf(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: [0x00])
        hash.update(data: bytes)
        return Array(hash.finalize())
    }
}
