/// One event hook delivery: the body of one POST.
///
/// Okta documents the envelope, but Preview sends whatever an admin typed, so anything in it may be absent.
public struct Delivery: Hashable, Sendable {
    /// Most elements of `data.events` that are read. An event of Okta's has more than a kilobyte, so a body of 16 MiB, the
    /// largest accepted, holds no more than 2^14 of them: no real delivery is refused, and made-up ones like `[0,0,…]`
    /// cannot fill the memory or hold the fold for long.
    public static let maximumEvents = 16_384

    /// The id of this delivery, 1 to 256 bytes; nil where it is absent, not a string, or not fit to be kept.
    public var eventID: String?
    /// The URL of the hook, as received; nil as for ``eventID``, or if longer than 1,024 bytes.
    public var source: String?
    /// When Okta made the delivery, as received; nil as for ``source``.
    public var eventTime: String?
    /// Its events in the order received, which is not the order of time. Each is read on its own.
    public var events: [Result<LogEvent, UnreadableEvent>]

    /// The host of the org that sent it: that of ``source`` in lower case; nil where it names none.
    public var organization: String? { source.flatMap(host(ofURL:)) }

    /// Reads the body of a delivery.
    ///
    /// - Throws: ``UnreadableDelivery``. One odd event does not make a delivery unreadable.
    public init(parsing json: RawSpan) throws(UnreadableDelivery) {
        let envelope: Envelope
        do throws(MalformedJSON) {
            envelope = try JSONScanner.read(json) { (scanner) throws(MalformedJSON) in
                try scanner.envelope(withEvents: true)
            }
        } catch {
            throw .notJSON
        }
        guard envelope.isObject else { throw .notAnObject }
        guard let events = envelope.events else { throw .noEvents }
        guard !envelope.hasTooManyEvents else { throw .tooManyEvents }
        eventID = envelope.eventID
        source = envelope.source
        eventTime = envelope.eventTime
        self.events = events
    }

    /// Reads the body of a delivery.
    ///
    /// - Throws: ``UnreadableDelivery``. One odd event does not make a delivery unreadable.
    public init(parsing json: [UInt8]) throws(UnreadableDelivery) {
        try self.init(parsing: unsafe json.span.bytes)
    }

    /// The ``eventID`` of a body, without building the rest: what the listener needs to know a repeated POST.
    ///
    /// The whole body is checked, because of two `eventId` the last one counts and a body that is not JSON has none: so
    /// listener and fold never differ. Takes about a microsecond for each KB and no memory.
    public static func eventID(in json: [UInt8]) -> String? {
        let envelope = try? unsafe JSONScanner.read(json.span.bytes) { (scanner) throws(MalformedJSON) in
            try scanner.envelope(withEvents: false)
        }
        return envelope?.eventID
    }
}

/// The members of a delivery while it is read.
private struct Envelope {
    var isObject = false
    var eventID: String?
    var source: String?
    var eventTime: String?
    var events: [Result<LogEvent, UnreadableEvent>]?
    var hasTooManyEvents = false
}

extension JSONScanner {
    fileprivate mutating func envelope(withEvents: Bool) throws(MalformedJSON) -> Envelope {
        var envelope = Envelope()
        envelope.isObject = try object { (scanner, key) throws(MalformedJSON) in
            if key.matches("eventId") {
                envelope.eventID = try scanner.kept(256)
            } else if key.matches("source") {
                envelope.source = try scanner.kept(1_024)
            } else if key.matches("eventTime") {
                envelope.eventTime = try scanner.kept(1_024)
            } else if withEvents, key.matches("data") {
                (envelope.events, envelope.hasTooManyEvents) = (nil, false)
                _ = try scanner.object { (scanner, key) throws(MalformedJSON) in
                    if key.matches("events") {
                        try scanner.readEvents(of: &envelope)
                    } else {
                        try scanner.skipValue()
                    }
                }
            } else {
                try scanner.skipValue()
            }
        }
        return envelope
    }

    private mutating func readEvents(of envelope: inout Envelope) throws(MalformedJSON) {
        var events: [Result<LogEvent, UnreadableEvent>] = []
        var hasTooMany = false
        let isArray = try array { (scanner) throws(MalformedJSON) in
            if events.count < Delivery.maximumEvents {
                events.append(try scanner.logEvent())
            } else {
                hasTooMany = true
                try scanner.skipValue()
            }
        }
        envelope.events = isArray ? events : nil
        envelope.hasTooManyEvents = hasTooMany
    }

    /// Reads the next value: a string of 1 to `limit` bytes without NUL; nil for anything else.
    private mutating func kept(_ limit: Int) throws(MalformedJSON) -> String? {
        guard let string = try text()?.string(), 1...limit ~= string.utf8.count, !string.utf8.contains(0) else {
            return nil
        }
        return string
    }
}

/// The lower-case host of an `https` or `http` URL, if it is a DNS name.
private func host(ofURL url: String) -> String? {
    guard let scheme = ["https://", "http://"].first(where: { url.prefix($0.count).lowercased() == $0 }) else {
        return nil
    }
    let host = url.utf8.dropFirst(scheme.utf8.count).prefix { !"/:?#".utf8.contains($0) }
    // Checked before it is lower-cased: U+212A, the sign of kelvin, would become an ASCII k.
    let isName = host.allSatisfy { $0.decimalValue != nil || $0.isASCIILetter || "-.".utf8.contains($0) }
    return isName && 1...253 ~= host.count ? Substring(host).lowercased() : nil
}
