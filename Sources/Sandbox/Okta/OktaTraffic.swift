/// What a stream of deliveries is made of. Shares are 0...1.
public struct OktaTraffic: Hashable, Sendable {
    /// The number of fresh deliveries; repeats and odd bodies come on top.
    public var deliveries: Int
    /// How many events a delivery holds.
    public var eventsPerDelivery: ClosedRange<Int>
    /// Deliveries sent once more with the same bytes.
    public var retryShare: Double
    /// Deliveries whose events come once more under another `eventId`.
    public var againShare: Double
    /// So many deliveries wait at a time, and any of them comes next; 0 keeps the order.
    public var reorderWindow: Int
    /// Odd bodies, beside the fresh deliveries.
    public var oddShare: Double
    /// Events of types that change no membership.
    public var noiseShare: Double
    /// Membership events that failed.
    public var failedShare: Double
    /// Membership events without targets.
    public var nullTargetShare: Double
    /// Renames of groups.
    public var renameShare: Double
    /// Deletions of groups.
    public var deleteShare: Double

    /// Changes alone, one a delivery, each once and in order; name what else is wanted.
    public init(
        deliveries: Int,
        eventsPerDelivery: ClosedRange<Int> = 1...1,
        retryShare: Double = 0,
        againShare: Double = 0,
        reorderWindow: Int = 0,
        oddShare: Double = 0,
        noiseShare: Double = 0,
        failedShare: Double = 0,
        nullTargetShare: Double = 0,
        renameShare: Double = 0,
        deleteShare: Double = 0
    ) {
        self.deliveries = deliveries
        self.eventsPerDelivery = eventsPerDelivery
        self.retryShare = retryShare
        self.againShare = againShare
        self.reorderWindow = reorderWindow
        self.oddShare = oddShare
        self.noiseShare = noiseShare
        self.failedShare = failedShare
        self.nullTargetShare = nullTargetShare
        self.renameShare = renameShare
        self.deleteShare = deleteShare
    }

    /// Everything that a hook may meet, mixed.
    public static func rough(deliveries: Int) -> OktaTraffic {
        OktaTraffic(
            deliveries: deliveries,
            eventsPerDelivery: 1...4,
            retryShare: 0.1,
            againShare: 0.05,
            reorderWindow: 12,
            oddShare: 0.02,
            noiseShare: 0.15,
            failedShare: 0.03,
            nullTargetShare: 0.02,
            renameShare: 0.01,
            deleteShare: 0.003
        )
    }
}

/// Deliveries one by one, as they arrive. Its `generator` knows the truth of what has been made so far; when the
/// stream has ended, of all that was delivered.
public struct OktaStream: Sequence, IteratorProtocol, Sendable {
    /// The generator that makes the events.
    public private(set) var generator: OktaGenerator
    private let traffic: OktaTraffic
    private var left: Int
    private var waiting: [GeneratedDelivery] = []
    private var repeats: [GeneratedDelivery] = []

    /// A stream that goes on where the generator stands.
    public init(_ generator: OktaGenerator, _ traffic: OktaTraffic) {
        self.generator = generator
        self.traffic = traffic
        left = traffic.deliveries
    }

    /// The next delivery to arrive; nil after the last.
    public mutating func next() -> GeneratedDelivery? {
        if !repeats.isEmpty, (left == 0 && waiting.isEmpty) || generator.random.chance(0.3) {
            return take(from: \.repeats)
        }
        if left > 0, generator.random.chance(traffic.oddShare) { return generator.oddDelivery() }
        while left > 0, waiting.count <= traffic.reorderWindow {
            left -= 1
            waiting.append(fresh())
        }
        guard !waiting.isEmpty else { return nil }
        let delivery = take(from: \.waiting)
        if generator.random.chance(traffic.retryShare) { repeats.append(delivery.retried) }
        if generator.random.chance(traffic.againShare) { repeats.append(generator.delivery(again: delivery)) }
        return delivery
    }

    private mutating func take(from list: WritableKeyPath<OktaStream, [GeneratedDelivery]>) -> GeneratedDelivery {
        let place = generator.random.below(self[keyPath: list].count)
        self[keyPath: list].swapAt(place, self[keyPath: list].count - 1)
        return self[keyPath: list].removeLast()
    }

    private mutating func fresh() -> GeneratedDelivery {
        let range = traffic.eventsPerDelivery
        let count = range.lowerBound + generator.random.below(range.count)
        var events = (0..<count).map { _ in event() }
        if traffic.reorderWindow > 0, generator.random.chance(0.25) { events.reverse() }
        return generator.delivery(of: events)
    }

    private mutating func event() -> GeneratedEvent {
        var drawn = Double(generator.random.below(1_000_000)) / 1_000_000
        func falls(_ share: Double) -> Bool {
            drawn -= share
            return drawn < 0
        }
        if falls(traffic.noiseShare) { return generator.noise() }
        if falls(traffic.failedShare) { return generator.failedChange() }
        if falls(traffic.nullTargetShare) { return generator.nullTargets() }
        if falls(traffic.renameShare) { return generator.rename() }
        if falls(traffic.deleteShare) { return generator.deleteGroup() }
        return generator.change()
    }
}

extension OktaGenerator {
    /// All deliveries of a stream, in the order in which they arrive. For long streams iterate an `OktaStream`.
    public mutating func deliveries(_ traffic: OktaTraffic) -> [GeneratedDelivery] {
        var stream = OktaStream(self, traffic)
        var deliveries: [GeneratedDelivery] = []
        while let delivery = stream.next() { deliveries.append(delivery) }
        self = stream.generator
        return deliveries
    }
}
