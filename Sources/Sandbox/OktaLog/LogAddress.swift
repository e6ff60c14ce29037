import Foundation

/// Reads what a request to the System Log asks for.
enum LogAddress {
    /// A raw request target, split into its path and its decoded query.
    static func split(_ target: String) -> (path: String, query: [String: String]) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var query: [String: String] = [:]
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(halves[0])] = halves.count > 1 ? String(halves[1]).removingPercentEncoding : ""
        }
        return (String(parts[0]), query)
    }

    /// The types of a filter `eventType eq "…" or …`; none where there is no filter, nil where it is another one.
    static func types(_ filter: String?) -> Set<String>? {
        guard let filter else { return [] }
        var types: Set<String> = []
        for part in filter.components(separatedBy: " or ") {
            guard let match = part.wholeMatch(of: /eventType eq "([a-z_.]+)"/) else { return nil }
            types.insert(String(match.1))
        }
        return types
    }

    /// A query's value, with all but letters and digits encoded.
    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// `2026-01-02T03:04:05.678Z` in nanoseconds since 1970, by counting days; nil for another form.
    static func nanoseconds(_ text: String) -> Int64? {
        guard
            let match = text.wholeMatch(
                of: /([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})Z/
            ), let year = Int64(match.1), let month = Int64(match.2), let day = Int64(match.3), 1...12 ~= month,
            let hour = Int64(match.4), let minute = Int64(match.5), let second = Int64(match.6),
            let millisecond = Int64(match.7)
        else { return nil }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let past = year - 1
        let leapDays = past / 4 - past / 100 + past / 400 - 477
        let days = (year - 1_970) * 365 + leapDays + lengths.prefix(Int(month) - 1).reduce(0, +) + day - 1
        return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000_000 + millisecond * 1_000_000
    }
}
