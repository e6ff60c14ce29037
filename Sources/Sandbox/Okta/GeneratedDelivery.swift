/// One invented event: its bytes, and what it means.
public struct GeneratedEvent: Hashable, Sendable {
    /// What an event does to the membership.
    public enum Effect: Hashable, Sendable {
        /// A person is a member of a group from now on, or is none.
        case member(group: String, person: String, present: Bool)
        /// A group has a new name; its members stay.
        case renamed(group: String, name: String)
        /// A group is gone with all its members.
        case deleted(group: String)
    }

    /// The event's uuid, in lower case.
    public let uuid: String
    /// Nanoseconds since 1970 UTC, whole milliseconds.
    public let published: Int64
    /// The event type.
    public let eventType: String
    /// What it does; nil if nothing.
    public let effect: Effect?
    /// The event's JSON object, compact.
    public let bytes: [UInt8]

    init(_ stamp: EventStamp, _ kind: EventKind, effect: Effect?, bytes: [UInt8]) {
        var uuid: [UInt8] = []
        uuid.append(uuidHigh: stamp.high, low: stamp.low)
        self.init(
            uuid: String(decoding: uuid, as: UTF8.self),
            published: stamp.published,
            eventType: kind.name,
            effect: effect,
            bytes: bytes
        )
    }

    /// An event that was made elsewhere.
    public init(uuid: String, published: Int64, eventType: String, effect: Effect?, bytes: [UInt8]) {
        self.uuid = uuid
        self.published = published
        self.eventType = eventType
        self.effect = effect
        self.bytes = bytes
    }

    /// A copy with the same uuid whose outcome has been edited to FAILURE, as the console's Preview allows.
    public var edited: GeneratedEvent {
        let text = String(decoding: bytes, as: UTF8.self)
        let changed = text.replacing(#""result":"SUCCESS""#, with: #""result":"FAILURE""#, maxReplacements: 1)
        return GeneratedEvent(
            uuid: uuid,
            published: published,
            eventType: eventType,
            effect: nil,
            bytes: Array(changed.utf8)
        )
    }
}

/// One invented hook delivery.
public struct GeneratedDelivery: Hashable, Sendable {
    /// What kind of delivery it is.
    public enum Kind: Hashable, Sendable {
        /// The first delivery of its events.
        case fresh
        /// The same bytes once more, as Okta's one retry is.
        case retry
        /// The same events under another `eventId`, as from a second hook.
        case again
        /// Bytes that cannot be read as a delivery; no event counts.
        case odd(Oddity)
    }

    /// What is wrong with odd bytes.
    public enum Oddity: Hashable, CaseIterable, Sendable {
        /// The second half is missing.
        case cutOff
        /// A comma before the last brace. No JSON by RFC 8259, but JSONSerialization on Linux reads it all the same.
        case trailingComma
        /// No `eventId`.
        case noEventID
        /// An array around the delivery.
        case notAnObject
        /// Not JSON at all.
        case notJSON
    }

    /// The `eventId`; nil if the bytes have none that can be read.
    public let eventID: String?
    /// The request body.
    public let body: [UInt8]
    /// The events in it, in the order of the body; none if it is odd.
    public let events: [GeneratedEvent]
    /// What kind of delivery it is.
    public let kind: Kind
    /// The `eventTime`, nanoseconds since 1970 UTC.
    public let eventTime: Int64

    /// The same delivery as a retry.
    var retried: GeneratedDelivery {
        GeneratedDelivery(eventID: eventID, body: body, events: events, kind: .retry, eventTime: eventTime)
    }
}

extension OktaGenerator {
    /// A delivery of these events, in their order. Real deliveries are sent 5.3 to 10.2 s after `published`; without
    /// `eventTime` so is this one, counted from its latest event.
    public mutating func delivery(of events: [GeneratedEvent], at eventTime: Int64? = nil) -> GeneratedDelivery {
        deliver(events, kind: .fresh, at: eventTime)
    }

    /// The same events in another delivery with an `eventId` of its own.
    public mutating func delivery(again delivery: GeneratedDelivery) -> GeneratedDelivery {
        deliver(delivery.events, kind: .again, at: nil)
    }

    private mutating func deliver(
        _ events: [GeneratedEvent],
        kind: GeneratedDelivery.Kind,
        at wanted: Int64?
    ) -> GeneratedDelivery {
        let latest = events.map(\.published).max() ?? now
        let eventTime = wanted ?? latest + 5_300_000_000 + Int64(random.below(4_900_000_000))
        let eventID = random.uuid()
        var body: [UInt8] = []
        body.reserveCapacity(400 + events.reduce(0) { $0 + $1.bytes.count + 1 })
        body.append(
            #"{"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":"https://"#
        )
        body.append(contentsOf: organisation.host.utf8)
        body.append("/api/v1/eventHooks/")
        body.append(contentsOf: hookID.utf8)
        body.append(#"","eventId":""#)
        body.append(contentsOf: eventID.utf8)
        body.append(#"","data":{"events":["#)
        for (index, event) in events.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: event.bytes)
        }
        body.append(#"]},"eventTime":""#)
        // 3 digits until 2023, 6 in 2024, 9 in 2025.
        body.append(rfc3339: eventTime, fractionDigits: 3 * (1 + random.below(3)))
        body.append(#"","contentType":"application/json"}"#)
        return GeneratedDelivery(eventID: eventID, body: body, events: events, kind: kind, eventTime: eventTime)
    }

    /// A delivery that cannot be read, in one of the ways of `Oddity`. What is in it changes no membership.
    public mutating func oddDelivery() -> GeneratedDelivery {
        let delivery = deliver([noise()], kind: .fresh, at: nil)
        let oddity = GeneratedDelivery.Oddity.allCases[random.below(GeneratedDelivery.Oddity.allCases.count)]
        let body: [UInt8]
        switch oddity {
        case .cutOff: body = Array(delivery.body.prefix(delivery.body.count / 2))
        case .trailingComma: body = delivery.body.dropLast() + Array(",}".utf8)
        case .noEventID:
            let text = String(decoding: delivery.body, as: UTF8.self)
            body = Array(text.replacing(#""eventId":"\#(delivery.eventID ?? "")","#, with: "").utf8)
        case .notAnObject: body = [UInt8(ascii: "[")] + delivery.body + [UInt8(ascii: "]")]
        case .notJSON: body = Array("<html>not a delivery \(random.next())</html>".utf8)
        }
        return GeneratedDelivery(
            eventID: nil,
            body: body,
            events: [],
            kind: .odd(oddity),
            eventTime: delivery.eventTime
        )
    }
}
