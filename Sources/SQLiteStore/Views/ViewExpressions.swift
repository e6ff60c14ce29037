import Projector

/// Pieces of SQL that several views share.
enum ViewExpressions {
    /// RFC 3339 text in UTC of our own clock: `column` counts microseconds since 1970. Always 6 fraction digits, so such
    /// texts sort by time.
    static func utc(microseconds column: String) -> String {
        """
        strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000000, 'unixepoch') || printf('.%06dZ', \(column) % 1000000)
        """
    }

    /// RFC 3339 text in UTC of Okta's clock: `column` counts nanoseconds since 1970 and may be negative. 3, 6 or 9 fraction
    /// digits, as many as it needs: what Okta wrote, for nearly all events.
    static func utc(nanoseconds column: String) -> String {
        // Division rounds towards zero; these round down, without a step that could leave 64 bits.
        let seconds = "(\(column) / 1000000000 - (\(column) % 1000000000 < 0))"
        let fraction = "((\(column) % 1000000000 + 1000000000) % 1000000000)"
        return """
            strftime('%Y-%m-%dT%H:%M:%S', \(seconds), 'unixepoch') || CASE
                WHEN \(fraction) % 1000000 = 0 THEN printf('.%03dZ', \(fraction) / 1000000)
                WHEN \(fraction) % 1000 = 0 THEN printf('.%06dZ', \(fraction) / 1000)
                ELSE printf('.%09dZ', \(fraction)) END
            """
    }

    /// `EventOrder.ticks` in SQL: the time in a version-1 uuid of the same millisecond as `published_ns`, else 0 for an
    /// add and the maximum for what removes. A test holds this against the fold.
    static func ticks(_ table: String, removes: String) -> String {
        let uuid = "lower(\(table).uuid)"
        let digits = [16, 17, 18, 10, 11, 12, 13] + Array(1...8)
        let time = digits.enumerated().map { index, place in
            "((instr('0123456789abcdef', substr(\(uuid), \(place), 1)) - 1) << \((14 - index) * 4))"
        }.joined(separator: " + ")
        // 100 ns ticks from 1582-10-15, where such uuids count from, to 1970.
        let ticks = "(\(time) - 122192928000000000)"
        let form = [8, 4, 0, 0, 12].map { String(repeating: "[0-9a-f]", count: $0) }
        let hex = "[0-9a-f]"
        let glob = "\(form[0])-\(form[1])-1\(hex)\(hex)\(hex)-[89ab]\(hex)\(hex)\(hex)-\(form[4])"
        return """
            CASE WHEN \(uuid) GLOB '\(glob)'
                AND \(floored(ticks, 10_000)) = \(floored("\(table).published_ns", 1_000_000))
            THEN \(ticks) WHEN \(removes) THEN 9223372036854775807 ELSE 0 END
            """
    }

    /// `Ladder.next` in SQL: the first try after `now` of a wait that began at `start`, both microseconds since 1970. A test
    /// holds this against the ladder.
    static func next(_ ladder: Ladder, after now: String = ViewExpressions.now, since start: String) -> String {
        let age = "max(\(now) - \(start), 0)"
        let growing = ladder.growing.map { "WHEN \(age) < \($0) THEN \(start) + \($0)" }.joined(separator: " ")
        let last = ladder.growing.last ?? 0
        let steady = "\(start) + \(last) + ((\(age) - \(last)) / \(ladder.longest) + 1) * \(ladder.longest)"
        return growing.isEmpty ? "(\(steady))" : "CASE \(growing) ELSE \(steady) END"
    }

    /// The clock of the computer, to the second, in microseconds since 1970.
    static let now = "unixepoch() * 1000000"

    private static func floored(_ number: String, _ divisor: Int) -> String {
        "(\(number) / \(divisor) - (\(number) % \(divisor) < 0))"
    }

    /// A scalar member of a JSON object that the fold wrote; `NULL` where it has none.
    ///
    /// SQLite 3.40 refuses all JSON functions but the table-valued ones in a view of a schema that is not trusted. These
    /// fail on what is not JSON, so they are given nothing but what the fold encoded.
    static func member(_ name: String, of json: String) -> String {
        "(SELECT value FROM json_each(\(json), '$.\(name)'))"
    }
}
