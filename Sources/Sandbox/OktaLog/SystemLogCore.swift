/// Okta's System Log as its documentation describes it (developer.okta.com/docs/reference/system-log-query/): polling
/// requests see events in the order in which they were kept, some time after they were published and a little out of order,
/// and always get a `next` link. Shares no code with what reads it. The time comes in as a value.
public struct SystemLogCore: Sendable {
    /// An event with when it can be seen.
    private struct Kept {
        let event: GeneratedEvent
        /// Nanoseconds since 1970, on Okta's clock.
        let at: Int64
        let number: Int
    }

    private var door: OktaDoor
    /// How it behaves.
    public var settings: OktaSettings {
        get { door.settings }
        set { door.settings = newValue }
    }
    /// Answers that take the place of the next ones.
    public var faults: [OktaSettings.Fault] {
        get { door.faults }
        set { door.faults = newValue }
    }
    /// Requests that were admitted, refusals for the rate included.
    public var requests: Int { door.requests }
    /// Requests that were answered 429.
    public var throttled: Int { door.throttled }
    /// `since` of every request that began a walk, as it was sent.
    public private(set) var asked: [String] = []
    private var kept: [Kept] = []

    /// A log that has kept nothing yet.
    public init(settings: OktaSettings = .init()) { door = OktaDoor(settings) }

    /// Keeps an event: it can be seen from `at` on, in nanoseconds since 1970 on Okta's clock.
    public mutating func keep(_ event: GeneratedEvent, at: Int64) {
        kept.append(Kept(event: event, at: at, number: kept.count))
        kept.sort { ($0.at, $0.number) < ($1.at, $1.number) }
    }

    /// Keeps events, each a while after it was published: between none and `late` nanoseconds, by chance, so that some are
    /// kept before earlier ones.
    public mutating func keep(_ events: [GeneratedEvent], late: Int64, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for event in events {
            kept.append(
                Kept(event: event, at: event.published + Int64(random.below(Int(late) + 1)), number: kept.count)
            )
        }
        kept.sort { ($0.at, $0.number) < ($1.at, $1.number) }
    }

    // MARK: Answering

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: What came in.
    ///   - now: The real clock, in nanoseconds since 1970.
    /// - Returns: The answer.
    public mutating func receive(_ request: DirectoryRequest, now: Int64) -> DirectoryResponse {
        let clock = door.clock(now)
        // The answer first: it counts the request that the signature names.
        let response = answer(request, clock: clock)
        return door.signed(response, clock: clock)
    }

    private mutating func answer(_ request: DirectoryRequest, clock: Int64) -> DirectoryResponse {
        let (path, query) = LogAddress.split(request.target)
        guard path == "/api/v1/logs" else { return OktaDoor.refusal(404, "E0000007") }
        let headers: OktaDoor.Headers
        switch door.admit(request, bucket: path, clock: clock) {
        case .admitted(let rate): headers = rate
        case .answered(let response): return response
        }
        guard let limit = Int(query["limit"] ?? "100"), 0...1_000 ~= limit, query["until"] == nil,
            query["sortOrder"] ?? "ASCENDING" == "ASCENDING", let types = LogAddress.types(query["filter"])
        else { return OktaDoor.refusal(400, "E0000001", headers: headers) }
        guard let cursor = cursor(query, clock: clock) else {
            return OktaDoor.refusal(400, "E0000053", headers: headers)
        }
        if query["after"] == nil { asked.append(query["since"] ?? "") }
        let oldest = clock - settings.retentionDays * 86_400_000_000_000
        let page = kept.filter { kept in
            kept.at <= clock && kept.event.published >= oldest && (kept.at, kept.number) > cursor
                && (types.isEmpty || types.contains(kept.event.eventType))
        }.prefix(min(limit, settings.pageLimit))
        let next = page.last.map { ($0.at, $0.number) } ?? cursor
        return DirectoryResponse(
            status: 200,
            headers: headers + door.links(request, next: "\(next.0)_\(next.1)")
                + [("Content-Type", "application/json")],
            body: Self.array(page.map(\.event))
        )
    }

    /// Events as the API tells them: not quite as a hook does.
    private static func array(_ events: [GeneratedEvent]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, event) in events.enumerated() {
            if index > 0 { bytes += Array(", ".utf8) }
            bytes += event.bytes.dropLast()
            bytes += Array(#","device":null,"request":{"ipChain":[]}}"#.utf8)
        }
        return bytes + [UInt8(ascii: "]")]
    }

    /// What an event must be kept after; nil where `since` cannot be read or lies too far back.
    private func cursor(_ query: [String: String], clock: Int64) -> (Int64, Int)? {
        if let after = query["after"] {
            let parts = after.split(separator: "_").compactMap { Int64($0) }
            return parts.count == 2 ? (parts[0], Int(parts[1])) : nil
        }
        guard let text = query["since"] else { return (clock - 7 * 86_400_000_000_000, -1) }
        guard let since = LogAddress.nanoseconds(text), since > clock - 180 * 86_400_000_000_000 else { return nil }
        return (since, -1)
    }
}
