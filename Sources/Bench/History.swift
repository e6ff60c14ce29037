import Ledger
import Projector
import SQLiteStore
import Sandbox
import Synchronization

/// A log of some years: invented deliveries in the order and with the times that a hook would have seen.
struct History {
    /// How many events of which sort it holds.
    struct Contents {
        var deliveries = 0
        var events = 0
        var bytes = 0
        var late = 0
        var edited = 0
        var tally = OktaGenerator.Tally()
    }

    /// Appends deliveries until the log holds `events` events.
    static func write(to path: String, events: Int) async throws -> Contents {
        let clock = Mutex<Int64>(0)
        let store = try Store.open(path, mode: .create, clock: { clock.withLock { $0 } })
        defer { store.close() }
        var contents = Contents()
        var generator = OktaGenerator(
            seed: 20_251_124,
            organisation: OktaOrganisation(users: 10_000, groups: 1_000, candidatesPerGroup: 200),
            pace: OktaGenerator.Pace(meanGapMilliseconds: 2_000, tieShare: 0.02, version4Share: 0.05)
        )
        clock.withLock { $0 = generator.now / 1_000 }
        let settings = try EntryJSON.encode(FoldSettings(prefix: "AWS_", organization: nil, directory: nil))
        _ = try await store.append(NewEntry(kind: .ledgerConfigured, key: nil, body: settings))
        var segment = 0
        var aside: [GeneratedEvent] = []
        while contents.events < events {
            // Most deliveries hold one event, as the captured ones do; one in twenty holds up to four.
            segment += 1
            var stream = OktaStream(generator, traffic(deliveries: 1_000, events: segment % 20 == 0 ? 2...4 : 1...1))
            var arriving: [GeneratedDelivery] = []
            while contents.events < events, let delivery = stream.next() {
                arriving.append(delivery)
                contents.count(delivery)
            }
            generator = stream.generator
            for event in edited(arriving) {
                arriving.append(generator.delivery(of: [event.edited]))
                contents.edited += 1
            }
            aside.append(generator.change())
            while let event = aside.first, event.published + 90_000_000_000_000 < generator.now {
                // A hook is told of a few only after more than a day: those are held.
                arriving.append(generator.delivery(of: [aside.removeFirst()], at: generator.now))
                contents.late += 1
            }
            try await append(arriving, to: store) { time in clock.withLock { $0 = max($0, time) } }
        }
        contents.tally = generator.tally
        return contents
    }

    /// The few events of a segment that come once more, edited, as the console's Preview can send them.
    private static func edited(_ deliveries: [GeneratedDelivery]) -> [GeneratedEvent] {
        deliveries.lazy.filter { $0.kind == .fresh }.prefix(2).flatMap(\.events)
    }

    private static func traffic(deliveries: Int, events: ClosedRange<Int>) -> OktaTraffic {
        OktaTraffic(
            deliveries: deliveries,
            eventsPerDelivery: events,
            retryShare: 0.02,
            againShare: 0.03,
            reorderWindow: 12,
            oddShare: 0.002,
            noiseShare: 0.15,
            failedShare: 0.03,
            nullTargetShare: 0.005,
            renameShare: 0.005,
            deleteShare: 0.0005
        )
    }

    /// Many at a time, so that they share commits; the time of the log is that of the latest delivery.
    private static func append(
        _ deliveries: [GeneratedDelivery],
        to store: Store,
        at: (Int64) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for delivery in deliveries {
                at(delivery.eventTime / 1_000)
                tasks.addTask {
                    let key = delivery.eventID.map(EntryKey.init) ?? EntryKey(digestOf: delivery.body)
                    _ = try await store.append(
                        NewEntry(
                            kind: .oktaDelivery,
                            key: key,
                            body: delivery.body,
                            onCollision: .duplicateIfSameBytesElseNumber
                        )
                    )
                }
            }
            try await tasks.waitForAll()
        }
    }
}

extension History.Contents {
    fileprivate mutating func count(_ delivery: GeneratedDelivery) {
        if case .retry = delivery.kind { return }
        deliveries += 1
        events += delivery.events.count
        bytes += delivery.body.count
    }
}
