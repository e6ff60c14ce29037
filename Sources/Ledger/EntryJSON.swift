import Foundation

/// The one way in which entries that this program writes itself are encoded: compact JSON with sorted keys.
///
/// One value has one encoding, so a body compares by its bytes and its digest says something about its content.
public enum EntryJSON {
    /// Compact JSON with sorted keys and slashes left alone.
    /// - Parameter value: what shall be the body of an entry.
    /// - Returns: UTF-8 bytes.
    /// - Throws: what the value's own encoding throws, and for numbers that JSON cannot hold.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
