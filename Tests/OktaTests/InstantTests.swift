import Foundation
import Testing

@testable import Okta

@Suite struct `Instants` {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00.1Z", 100_000_000),
            ("1970-01-01t00:00:00.000000001z", 1),
            ("1969-12-31T23:59:59.999999999Z", -1),
            ("1970-01-01T01:30:00+01:30", 0),
            ("1969-12-31T16:00:00-08:00", 0),
            ("1969-12-31T20:30:00-03:30", 0),
            ("1970-01-01T00:00:00-00:00", 0),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
            ("2023-12-17T19:50:29.789Z", 1_702_842_629_789_000_000),
            ("2025-10-10T11:36:46.282226397Z", 1_760_096_206_282_226_397),
            ("1677-09-21T00:12:43.145224192Z", .min),
            ("2262-04-11T23:47:16.854775807Z", .max),
            // A leap second, in UTC and in another offset: the second after it.
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
            ("2017-01-01T08:59:60.5+09:00", 1_483_228_800_500_000_000),
        ] as [(String, Int64)]
    )
    func `an RFC 3339 date-time is read to the nanosecond`(text: String, nanoseconds: Int64) {
        #expect(Instant(rfc3339: text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "", "2023", "2023-12-17", "2023-12-17T19:50:29", "2023-12-17 19:50:29Z", "2023-12-17T19:50Z",
        "2023-12-17T19:50:29.Z", "2023-12-17T19:50:29,5Z", "2023-12-17T19:50:29.1234567890Z",
        "2023-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2023-04-31T00:00:00Z",
        "2023-00-01T00:00:00Z", "2023-13-01T00:00:00Z", "2023-01-00T00:00:00Z", "2023-01-32T00:00:00Z",
        "2023-12-17T24:00:00Z", "2023-12-17T19:60:00Z", "2023-12-17T19:50:60Z", "2023-12-17T23:59:61Z",
        "2016-12-31T23:59:60+01:00", "2023-12-17T19:50:29+24:00", "2023-12-17T19:50:29+01:60",
        "2023-12-17T19:50:29+0100", "2023-12-17T19:50:29+01", "2023-12-17T19:50:29ZZ", "2023-12-17T19:50:29Z ",
        " 2023-12-17T19:50:29Z", "+2023-12-17T19:50:29Z", "12023-12-17T19:50:29Z", "2023-1-17T19:50:29Z",
        "２０２３-12-17T19:50:29Z", "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z",
        "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2023-12-17T19:50:29.5\u{0}Z",
    ])
    func `anything else is no instant`(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.000000001Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (1_000, "1970-01-01T00:00:00.000001Z"), (1_000_000, "1970-01-01T00:00:00.001Z"),
            (.min, "1677-09-21T00:12:43.145224192Z"), (.max, "2262-04-11T23:47:16.854775807Z"),
        ] as [(Int64, String)]
    )
    func `its text has 3, 6 or 9 fraction digits`(nanoseconds: Int64, text: String) {
        #expect(Instant(nanoseconds: nanoseconds).text == text)
    }

    @Test func `random instants are written as Foundation writes them, and read back`() {
        let seed = SeededGenerator.seedOfThisRun("instants")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let unit: Int64 = [1, 1_000, 1_000_000, 1_000_000_000].randomElement(using: &random) ?? 1
            let instant = Instant(nanoseconds: Int64.random(in: (.min / unit)...(.max / unit), using: &random) * unit)
            #expect(Instant(rfc3339: instant.text) == instant, "seed \(seed)")
            let seconds = (Double(instant.nanoseconds / 1_000_000) / 1_000).rounded(.down)
            let whole = Date(timeIntervalSince1970: seconds).formatted(.iso8601)
            #expect(instant.text.hasPrefix(whole.dropLast()) || instant.nanoseconds % 1_000_000 != 0, "seed \(seed)")
            if let parsed = Instant(rfc3339: whole) {
                #expect(parsed.nanoseconds == Int64(seconds) * 1_000_000_000, "seed \(seed)")
            }
        }
    }

    @Test func `every day in range follows the day before it`() {
        var day = CivilDate(dayNumber: -106_752)
        #expect(day == CivilDate(year: 1677, month: 9, day: 21))
        for number: Int64 in -106_751...106_751 {
            let next =
                CivilDate(year: day.year, month: day.month, day: day.day + 1)
                ?? CivilDate(year: day.year, month: day.month + 1, day: 1)
                ?? CivilDate(year: day.year + 1, month: 1, day: 1)
            day = CivilDate(dayNumber: number)
            // A macro for each of 200,000 days takes seconds.
            if day != next || day.dayNumber != number { Issue.record("day \(number) is read as \(day)") }
        }
        #expect(day == CivilDate(year: 2262, month: 4, day: 11))
    }

    @Test func `instants of different precision compare by time`() throws {
        let texts = ["2022-12-21T13:48:32Z", "2022-12-21T13:48:32.000000001Z", "2022-12-21T13:48:32.1Z"]
        let instants = try texts.map { try #require(Instant(rfc3339: $0)) }
        #expect(instants == instants.sorted())
        #expect(Set(instants).count == 3)
    }
}
