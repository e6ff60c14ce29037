/// A point in time, as nanoseconds since 1970-01-01T00:00:00Z without leap seconds, from 1677-09-21 to 2262-04-11.
///
/// Okta writes 3 fraction digits mostly, 6 or 9 at times, so texts do not sort by time; these do.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z; negative before.
    public var nanoseconds: Int64

    /// The instant that many nanoseconds after 1970-01-01T00:00:00Z.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The instant that an RFC 3339 date-time (section 5.6) names.
    ///
    /// `T` and `Z` may be lower case; the offset may be `Z` or `±hh:mm`; the fraction may be absent or have 1 to 9 digits.
    /// Nil for anything else: more digits (they could not be kept), dates that do not exist, instants out of range.
    ///
    /// A leap second is second 60 of 23:59 UTC and no other. It counts as the second after it, 00:00:00, as POSIX time
    /// counts: refusing it would lose a change of membership for the sake of one second.
    public init?(rfc3339 text: String) {
        var reader = DateTimeReader(rest: text.utf8[...])
        guard let parsed = reader.instant() else { return nil }
        self = parsed
    }

    /// Whether the first is earlier.
    public static func < (first: Instant, second: Instant) -> Bool {
        first.nanoseconds < second.nanoseconds
    }
}

extension Instant: CustomStringConvertible {
    /// The RFC 3339 text in UTC with `T` and `Z` and 3, 6 or 9 fraction digits, as many as it needs.
    public var text: String {
        let billion: Int64 = 1_000_000_000
        let second = nanoseconds.dividedDown(by: 86_400 * billion)
        let date = CivilDate(dayNumber: second.quotient)
        let (seconds, fraction) = second.remainder.quotientAndRemainder(dividingBy: billion)
        let (digits, unit): (Int, Int64) =
            fraction % 1_000_000 == 0 ? (3, 1_000_000) : fraction % 1_000 == 0 ? (6, 1_000) : (9, 1)
        return "\(padded(date.year, to: 4))-\(padded(date.month, to: 2))-\(padded(date.day, to: 2))"
            + "T\(padded(seconds / 3_600, to: 2)):\(padded(seconds / 60 % 60, to: 2)):\(padded(seconds % 60, to: 2))"
            + ".\(padded(fraction / unit, to: digits))Z"
    }

    /// The same as ``text``.
    public var description: String { text }

    private func padded(_ value: Int64, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Reads one RFC 3339 date-time from the front of `rest`.
private struct DateTimeReader {
    var rest: Substring.UTF8View

    mutating func instant() -> Instant? {
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
            let date = CivilDate(year: year, month: month, day: day),
            skip("T", or: "t"),
            let hour = number(2), hour < 24, skip(":"), let minute = number(2), minute < 60, skip(":"),
            let second = number(2), second <= 60,
            let fraction = fraction(), let offset = offset(), rest.isEmpty
        else { return nil }
        let minutes = hour * 60 + minute - offset
        if second == 60, minutes.dividedDown(by: 1_440).remainder != 1_439 { return nil }
        let seconds = date.dayNumber * 86_400 + minutes * 60 + second
        // Wider than 64 bits, because the first and last second of the range overflow before the fraction is added.
        guard let nanoseconds = Int64(exactly: Int128(seconds) * 1_000_000_000 + Int128(fraction)) else { return nil }
        return Instant(nanoseconds: nanoseconds)
    }

    /// Exactly `digits` decimal digits.
    private mutating func number(_ digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = rest.popFirst()?.decimalValue else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private mutating func skip(_ character: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
        guard let next = rest.first, next == UInt8(ascii: character) || other.map({ next == UInt8(ascii: $0) }) == true
        else { return false }
        rest.removeFirst()
        return true
    }

    /// Nanoseconds; 0 where there is no fraction.
    private mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        var value: Int64 = 0
        var digits = 0
        while let digit = rest.first?.decimalValue {
            guard digits < 9 else { return nil }
            value = value * 10 + digit
            digits += 1
            rest.removeFirst()
        }
        guard digits > 0 else { return nil }
        for _ in digits..<9 { value *= 10 }
        return value
    }

    /// Minutes east of UTC.
    private mutating func offset() -> Int64? {
        if skip("Z", or: "z") { return 0 }
        let isWest = skip("-")
        guard isWest || skip("+"), let hours = number(2), hours < 24, skip(":"), let minutes = number(2), minutes < 60
        else { return nil }
        return isWest ? -(hours * 60 + minutes) : hours * 60 + minutes
    }
}
