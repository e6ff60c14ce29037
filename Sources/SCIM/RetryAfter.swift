/// The value of a `Retry-After` header (RFC 9110 section 10.2.3) as the time to wait from now on.
///
/// - Parameters:
///   - value: Seconds, or a date in any of the three forms of RFC 9110 section 5.6.7.
///   - now: Microseconds since 1970 UTC.
/// - Returns: Zero for a date that has passed, never more than a day, so that no answer can stop the push for good; nil
///   for anything else.
func retryAfter(_ value: String, now: Int64) -> Duration? {
    let text = trimmingASCIISpace(value)
    let day: Int64 = 86_400
    if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
        return .seconds(min(Int64(text) ?? day, day))
    }
    guard let date = secondsSince1970(httpDate: text, now: now) else { return nil }
    let wait = Duration.seconds(date) - .microseconds(now)
    return min(max(wait, .zero), .seconds(day))
}

/// Seconds since 1970 UTC of an HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or
/// `Sun Nov  6 08:49:37 1994`.
private func secondsSince1970(httpDate text: String, now: Int64) -> Int64? {
    let words = text.split { $0 == " " || $0 == "," || $0 == "-" }
    let fields: (day: Substring, month: Substring, year: Substring, time: Substring)
    switch words.count {
    case 6 where words[5] == "GMT": fields = (words[1], words[2], words[3], words[4])
    case 5: fields = (words[2], words[1], words[4], words[3])
    default: return nil
    }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let clock = fields.time.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) ?? -1 }
    guard let month = months.firstIndex(of: String(fields.month)),
        let day = Int64(fields.day), (1...31).contains(day),
        var year = Int64(fields.year), (0...9999).contains(year),
        clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
    else { return nil }
    if fields.year.utf8.count == 2 {
        // A year of two digits is the one within 50 years from now (RFC 9110 section 5.6.7).
        let thisYear = 1970 + now / 31_556_952_000_000
        year += thisYear / 100 * 100
        if year > thisYear + 50 { year -= 100 }
    }
    let days = daysSince1970(year: year, month: Int64(month) + 1, day: day)
    return days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March.
private func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let leapDays =
        marchYear.quotient(flooredBy: 4) - marchYear.quotient(flooredBy: 100)
        + marchYear.quotient(flooredBy: 400)
    return marchYear * 365 + leapDays + dayOfYear - 719_468
}

extension Int64 {
    /// The quotient rounded down, for a positive divisor.
    fileprivate func quotient(flooredBy divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
