/// The time inside a version-1 UUID (RFC 9562 section 5.1).
///
/// The uuids of real Okta events are of version 1 and their time is `published` to the millisecond, so the digits below
/// it order events of one millisecond. Sample and anonymised data have other versions and texts that are no UUID.
public enum TimeUUID {
    /// Ticks of 100 ns from 1582-10-15T00:00:00Z, where the UUID counts from, to 1970-01-01T00:00:00Z.
    private static let ticksBefore1970: Int64 = 0x01B2_1DD2_1381_4000

    /// The time of a version-1 UUID.
    ///
    /// - Parameter uuid: 8-4-4-4-12 hexadecimal digits of either case.
    /// - Returns: Ticks of 100 ns since 1970-01-01T00:00:00Z, negative before; nil for any other text, version or variant.
    public static func ticks(of uuid: String) -> Int64? {
        guard uuid.utf8.count == 36 else { return nil }
        var low: Int64 = 0
        var middle: Int64 = 0
        var high: Int64 = 0
        for (offset, byte) in uuid.utf8.enumerated() {
            if offset == 8 || offset == 13 || offset == 18 || offset == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = byte.hexadecimalValue.map(Int64.init) else { return nil }
            switch offset {
            case 0..<8: low = low << 4 | digit
            case 9..<13: middle = middle << 4 | digit
            case 14: guard digit == 1 else { return nil }
            case 15..<18: high = high << 4 | digit
            case 19: guard digit & 0b1100 == 0b1000 else { return nil }
            default: break
            }
        }
        return (high << 48 | middle << 32 | low) - ticksBefore1970
    }
}
