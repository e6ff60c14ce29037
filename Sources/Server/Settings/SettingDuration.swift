extension SettingValue {
    private static let longestDuration = Duration.seconds(366 * 86_400)

    /// A span of time: whole days, hours, minutes, seconds or milliseconds, such as `15m` or `900s`; `0` alone is none.
    /// - Returns: from zero to 366 days.
    static func duration(_ text: String) throws(Fault) -> Duration {
        let expected = "a span of time such as 15m or 900s (units ms, s, m, h, d), at most 366d; 0 switches it off"
        guard let match = text.wholeMatch(of: /([0-9]{1,12})(ms|s|m|h|d)?/), let number = Int64(match.1) else {
            throw Fault(fault: "is not a span of time:", expected: expected)
        }
        guard let unit = match.2 ?? (number == 0 ? "s" : nil) else {
            throw Fault(fault: "has no unit:", expected: expected)
        }
        let milliseconds: Int64 =
            switch unit {
            case "ms": 1
            case "s": 1_000
            case "m": 60_000
            case "h": 3_600_000
            default: 86_400_000
            }
        // Twelve digits of days are 8.64e19 milliseconds, which 64 bits do not hold.
        let (product, overflows) = number.multipliedReportingOverflow(by: milliseconds)
        guard !overflows, .milliseconds(product) <= longestDuration else {
            throw Fault(fault: "is too long:", expected: expected)
        }
        return .milliseconds(product)
    }
}
