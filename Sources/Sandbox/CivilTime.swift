/// A moment as calendar fields in UTC (proleptic Gregorian calendar, no leap seconds).
struct CivilTime {
    let year: Int64
    let month: Int64
    let day: Int64
    let hour: Int64
    let minute: Int64
    let second: Int64
    /// 0..<1,000,000,000
    let nanosecond: Int64

    /// The fields of a moment in nanoseconds since 1970 UTC.
    ///
    /// Days to date by the era method: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    init(nanoseconds: Int64) {
        let (seconds, fraction) = Self.divide(nanoseconds, by: 1_000_000_000)
        let (days, inDay) = Self.divide(seconds, by: 86_400)
        let (era, dayOfEra) = Self.divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = inDay / 3_600
        minute = inDay / 60 % 60
        second = inDay % 60
        nanosecond = fraction
    }

    /// Division that rounds down, so that moments before 1970 keep a non-negative remainder.
    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = value % divisor
        return remainder < 0 ? (value / divisor - 1, remainder + divisor) : (value / divisor, remainder)
    }
}

extension [UInt8] {
    /// Appends a moment as RFC 3339 text in UTC: `2023-12-17T19:50:29.789Z`. `fractionDigits` is 0...9.
    mutating func append(rfc3339 nanoseconds: Int64, fractionDigits: Int) {
        append(civil: CivilTime(nanoseconds: nanoseconds), between: UInt8(ascii: "T"), fractionDigits: fractionDigits)
        append(UInt8(ascii: "Z"))
    }

    /// Appends `yyyy-mm-dd`, the separator, `hh:mm:ss` and the wanted digits of the fraction, cut off.
    mutating func append(civil time: CivilTime, between separator: UInt8, fractionDigits: Int) {
        append(decimal: time.year, digits: 4)
        append(UInt8(ascii: "-"))
        append(decimal: time.month, digits: 2)
        append(UInt8(ascii: "-"))
        append(decimal: time.day, digits: 2)
        append(separator)
        append(decimal: time.hour, digits: 2)
        append(UInt8(ascii: ":"))
        append(decimal: time.minute, digits: 2)
        append(UInt8(ascii: ":"))
        append(decimal: time.second, digits: 2)
        guard fractionDigits > 0 else { return }
        append(UInt8(ascii: "."))
        var divisor: Int64 = 1
        for _ in fractionDigits..<9 { divisor *= 10 }
        append(decimal: time.nanosecond / divisor, digits: fractionDigits)
    }
}
