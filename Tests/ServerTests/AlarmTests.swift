import Logging
import Projector
import SQLiteStore
import Synchronization
import Testing

@testable import Server

private let second: Int64 = 1_000_000
private let start: Int64 = 1_785_574_800 * second

/// The concerns of a ledger with one removal that waits, or none.
private func concerns(removalSince: Int64? = nil, trouble: DirectoryTrouble.Kind? = nil, paused: String? = nil)
    -> Projection.Concerns
{
    var concerns = Projection.Concerns()
    concerns.oldestRemoval = removalSince.map {
        Projection.Concerns.Removal(
            group: "00g1",
            groupName: "AWS_A",
            user: "00u1",
            login: "ann@example.com",
            reason: "user not found",
            since: $0,
            sinceUTC: nil
        )
    }
    concerns.directory = trouble.map {
        DirectoryTrouble(kind: $0, detail: "HTTP 401", since: start, until: nil)
    }
    concerns.paused = paused
    concerns.pausedSince = paused == nil ? nil : start
    return concerns
}

@Suite struct `An alarm` {
    private func kinds(_ concerns: Projection.Concerns, age: Duration = .seconds(900), at seconds: Int64) -> [Alarm
        .Kind]
    {
        Alarm.all(concerns, removalAge: age, now: start + seconds * second).map(\.kind)
    }

    @Test func `stands while the oldest removal is older than the limit, and never where that is off`() {
        let waiting = concerns(removalSince: start)
        #expect(kinds(waiting, at: 900) == [])
        #expect(kinds(waiting, at: 901) == [.removal])
        #expect(kinds(waiting, age: .zero, at: 1_000_000) == [])
        #expect(kinds(concerns(), at: 1_000_000) == [])
    }

    @Test func `stands while the token is refused or nothing is sent, and not for what ends by itself`() {
        #expect(kinds(concerns(trouble: .unauthorized), at: 0) == [.token])
        #expect(kinds(concerns(trouble: .throttled), at: 0) == [])
        #expect(kinds(concerns(trouble: .unreachable), at: 0) == [])
        #expect(kinds(concerns(paused: "removals take others along"), at: 0) == [.paused])
    }

    @Test func `stands while Okta's own record lacks what deliveries told, and names the events`() {
        var missing = Projection.Concerns()
        missing.unconfirmed = 12
        missing.unconfirmedEvents = ["e-1", "e-2"]
        missing.unconfirmedSince = start
        let alarms = Alarm.all(missing, removalAge: .zero, now: start)
        #expect(alarms.map(\.kind) == [.unconfirmed])
        #expect(alarms.first?.text.contains("12 event(s)") == true && alarms.first?.text.contains("e-1, e-2") == true)
        #expect(alarms.first?.since == "2026-08-01T09:00:00.000Z")
    }

    @Test func `names ids and reasons, and no login`() throws {
        let all = Alarm.all(
            concerns(removalSince: start, trouble: .unauthorized, paused: "night"),
            removalAge: .seconds(1),
            now: start + 2 * second
        )
        #expect(all.map(\.since) == Array(repeating: "2026-08-01T09:00:00.000Z", count: 3))
        #expect(all[0].text.contains("00u1") && all[0].text.contains("00g1") && all[0].text.contains("user not found"))
        #expect(all[1].text.contains("HTTP 401"))
        #expect(all[2].text.contains("night"))
        #expect(!all.contains { $0.text.contains("ann@") })
    }

    @Test func `is told when it begins, each hour while it stands, and when it ends`() {
        var book = AlarmBook()
        var told: [String] = []
        for half in Int64(0)..<400 {
            let now = start + half * 30 * second
            let isStanding = (10..<260).contains(half)
            let alarms = Alarm.all(concerns(trouble: isStanding ? .unauthorized : nil), removalAge: .zero, now: now)
            for news in book.take(alarms, now: now) {
                switch news {
                case .begins: told.append("begins \(half)")
                case .lasts: told.append("lasts \(half)")
                case .ends: told.append("ends \(half)")
                }
            }
        }
        #expect(told == ["begins 10", "lasts 130", "lasts 250", "ends 260"])
    }
}

@Suite struct `The service's watch for alarms` {
    @Test func `logs at error when one begins and at notice when it ends`() async throws {
        let log = CapturedLog()
        let clock = Mutex(start)
        let service = AlarmService(
            concerns: {
                let now = clock.withLock { $0 }
                return concerns(removalSince: now < start + 2_000 * second ? start : nil)
            },
            removalAge: .seconds(900),
            logger: log.logger,
            now: { clock.withLock { $0 } },
            sleep: { duration in
                let now = clock.withLock { now in
                    now += Int64(duration / .microseconds(1))
                    return now
                }
                if now > start + 3_000 * second { throw CancellationError() }
            }
        )
        #expect(service.interval == .seconds(30))
        await #expect(throws: CancellationError.self) { try await service.watch() }
        let told = log.lines
        #expect(told.count == 2)
        #expect(told.first?.hasPrefix("error ALARM: user 00u1") == true)
        #expect(told.last?.hasPrefix("notice alarm ends") == true)
    }

    @Test func `says once when it cannot look, and once when it can again`() async throws {
        let log = CapturedLog()
        let looks = Mutex(0)
        let service = AlarmService(
            concerns: {
                let look = looks.withLock { looks in
                    looks += 1
                    return looks
                }
                if look < 3 { throw ProjectionError.missing }
                if (4..<8).contains(look) { throw Broken() }
                return concerns()
            },
            removalAge: .zero,
            logger: log.logger,
            now: { start },
            sleep: { _ in if looks.withLock({ $0 }) == 10 { throw CancellationError() } }
        )
        await #expect(throws: CancellationError.self) { try await service.watch() }
        #expect(log.lines.count == 2)
        #expect(log.lines.first?.hasPrefix("error no alarm can be raised: Broken") == true)
        #expect(log.lines.last?.hasPrefix("notice alarms are raised again") == true)
    }

    private struct Broken: Error {}

    @Test(arguments: [(Duration.zero, Duration.seconds(30)), (.seconds(2), .seconds(1)), (.seconds(20), .seconds(10))])
    func `looks often enough for a short limit`(age: Duration, interval: Duration) {
        let service = AlarmService(concerns: { concerns() }, removalAge: age, logger: Logger(label: "test"))
        #expect(service.interval == interval)
    }
}
