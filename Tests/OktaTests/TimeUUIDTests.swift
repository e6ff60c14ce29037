import Okta
import Testing

@Suite struct `Time in a uuid` {
    @Test(
        arguments: [
            // RFC 9562 appendix A.1: 2022-02-22T19:22:22.0Z.
            ("C232AB00-9414-11EC-B3C8-9F6BDECED846", 16_455_577_420_000_000),
            ("13814000-1dd2-11b2-8000-000000000000", 0),
            ("00000000-0000-1000-8000-000000000000", -122_192_928_000_000_000),
            ("ffffffff-ffff-1fff-bfff-ffffffffffff", 1_030_728_576_606_846_975),
        ] as [(String, Int64)]
    )
    func `a version-1 uuid gives its ticks`(uuid: String, ticks: Int64) {
        #expect(TimeUUID.ticks(of: uuid) == ticks)
    }

    @Test(arguments: [
        "", "123", "def83a9d-9487-42bf-b6ae-de748ebdb19c", "881314fe-9d15-11ee-7c5e-4375ba0eba6a",
        "881314fe-9d15-11ee-cc5e-4375ba0eba6a", "881314fe-9d15-61ee-bc5e-4375ba0eba6a",
        "881314fe9d1511eebc5e4375ba0eba6a", "881314fe-9d15-11ee-bc5e-4375ba0eba6g",
        "881314fe-9d15-11eebc-5e-4375ba0eba6a",
        "881314fe-9d15-11ee-bc5e-4375ba0eba6a ", "881314fe-9d15-11ee-bc5e-4375ba0eba6",
        "{881314fe-9d15-11ee-bc5e-4375ba0eba}",
        "８81314fe-9d15-11ee-bc5e-4375ba0eba",
    ])
    func `any other text gives none`(text: String) {
        #expect(TimeUUID.ticks(of: text) == nil)
    }

    @Test func `in every real event the millisecond of its uuid is when it was published`() throws {
        var checked = 0
        for fixture in try Fixture.all() {
            let events = (try? Delivery(parsing: fixture.bytes).events.map { try $0.get() }) ?? []
            for event in events + ((try? [LogEvent(parsing: fixture.bytes)]) ?? []) {
                guard let ticks = TimeUUID.ticks(of: event.uuid) else { continue }
                #expect(ticks / 10_000 == event.published.nanoseconds / 1_000_000, "\(fixture.name)")
                checked += 1
            }
        }
        #expect(checked == 6)
    }
}
