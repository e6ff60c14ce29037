import Testing

@testable import Server

@Suite struct `A setting that is a span of time` {
    @Test(arguments: [
        ("15m", Duration.seconds(900)), ("900s", .seconds(900)), ("1h", .seconds(3_600)), ("2d", .seconds(172_800)),
        ("250ms", .milliseconds(250)), ("0", .zero), ("0s", .zero), ("007s", .seconds(7)),
        ("366d", .seconds(31_622_400)),
    ])
    func `is a whole number with a unit`(text: String, duration: Duration) throws {
        #expect(try SettingValue.duration(text) == duration)
    }

    @Test(arguments: [
        "", "15", "m", "-5m", "+5m", "1.5h", "1h30m", "15 m", " 15m", "15M", "15min", "١٥m", "367d", "9999999999999s",
        "999999999999d", "15m\n",
    ])
    func `is nothing else, and never silently another span`(text: String) {
        #expect(throws: SettingValue.Fault.self) { try SettingValue.duration(text) }
    }
}
