/// Okta's System Log as its documentation describes it (developer.okta.com/docs/reference/system-log-query/): polling
/// requests see events in the order in which they were kept, some time after they were published and a little out of order,
/// and always get a `next` link. Shares no code with what reads it. The time comes in as a value.
public struct SystemLogCore: Sendable {
    /// How it behaves.
    public struct Settings: Hashable, Sendable {
        /// The API token that is let in (`Authorization: SSWS …`).
        public var token = "sandbox-okta-token"
        /// Most events a page, whatever `limit` asks.
        public var pageLimit = 1_000
        /// Requests a window; nil for no limit.
        public var requestsPerWindow: Int?
        /// Length of a window in seconds.
        public var windowSeconds = 60
        /// How the links of a page are told.
        public var links = LinkStyle.separateLines
        /// Okta's clock less the real one, in seconds. Behind a socket the server writes `Date`, which stays the real one.
        public var clockOffset: Int64 = 0
        /// Days that events are kept.
        public var retentionDays: Int64 = 90

        /// A log that behaves.
        public init() {}
    }

    /// How the links of a page are told.
    public enum LinkStyle: Hashable, Sendable {
        /// As Okta does: a line for `self`, and one for `next`.
        case separateLines
        /// Both in one line.
        case oneLine
        /// `next` leads to this host.
        case foreignHost(String)
        /// `next` is the request itself, whatever the page holds.
        case unchanged
        /// No link at all.
        case none
    }

    /// An answer that takes the place of the right one, once.
    public enum Fault: Hashable, Sendable {
        /// This status, with Okta's error code.
        case status(Int, code: String)
        /// 200 with these bytes.
        case body([UInt8])
        /// 200 with an array that has so many bytes.
        case oversize(Int)
    }

    /// An event with when it can be seen.
    private struct Kept {
        let event: GeneratedEvent
        /// Nanoseconds since 1970, on Okta's clock.
        let at: Int64
        let number: Int
    }

    /// How it behaves.
    public var settings: Settings
    /// Answers that take the place of the next ones.
    public var faults: [Fault] = []
    /// Requests that were admitted, refusals for the rate included.
    public private(set) var requests = 0
    /// Requests that were answered 429.
    public private(set) var throttled = 0
    /// `since` of every request that began a walk, as it was sent.
    public private(set) var asked: [String] = []
    private var kept: [Kept] = []
    private var window: (start: Int64, used: Int) = (0, 0)

    /// A log that has kept nothing yet.
    public init(settings: Settings = .init()) { self.settings = settings }

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
        let clock = now + settings.clockOffset * 1_000_000_000
        var response = answer(request, clock: clock)
        response.headers.append(("Date", httpDate(clock)))
        response.headers.append(("X-Okta-Request-Id", "sandbox-\(requests)"))
        return response
    }

    private mutating func answer(_ request: DirectoryRequest, clock: Int64) -> DirectoryResponse {
        let (path, query) = LogAddress.split(request.target)
        guard path == "/api/v1/logs" else { return refusal(404, "E0000007") }
        guard request.method == "GET" else { return refusal(405, "E0000022") }
        guard request.header("authorization") == "SSWS \(settings.token)" else { return refusal(401, "E0000011") }
        requests += 1
        let rate = takeTurn(clock)
        guard rate.admitted else {
            throttled += 1
            return refusal(429, "E0000047", headers: rate.headers)
        }
        if !faults.isEmpty { return response(to: faults.removeFirst(), headers: rate.headers) }
        guard let limit = Int(query["limit"] ?? "100"), 0...1_000 ~= limit, query["until"] == nil,
            query["sortOrder"] ?? "ASCENDING" == "ASCENDING", let types = LogAddress.types(query["filter"])
        else { return refusal(400, "E0000001", headers: rate.headers) }
        guard let cursor = cursor(query, clock: clock) else { return refusal(400, "E0000053", headers: rate.headers) }
        if query["after"] == nil { asked.append(query["since"] ?? "") }
        let oldest = clock - settings.retentionDays * 86_400_000_000_000
        let page = kept.filter { kept in
            kept.at <= clock && kept.event.published >= oldest && (kept.at, kept.number) > cursor
                && (types.isEmpty || types.contains(kept.event.eventType))
        }.prefix(min(limit, settings.pageLimit))
        let next = page.last.map { ($0.at, $0.number) } ?? cursor
        return DirectoryResponse(
            status: 200,
            headers: rate.headers + links(request, query, next: "\(next.0)_\(next.1)")
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

    private mutating func takeTurn(_ clock: Int64) -> (admitted: Bool, headers: [(name: String, value: String)]) {
        guard let most = settings.requestsPerWindow else { return (true, []) }
        let length = Int64(settings.windowSeconds) * 1_000_000_000
        if clock - window.start >= length { window = (clock, 0) }
        let admitted = window.used < most
        window.used += admitted ? 1 : 0
        return (
            admitted,
            [
                ("X-Rate-Limit-Limit", "\(most)"), ("X-Rate-Limit-Remaining", "\(most - window.used)"),
                ("X-Rate-Limit-Reset", "\((window.start + length) / 1_000_000_000)"),
            ]
        )
    }

    private func links(
        _ request: DirectoryRequest,
        _ query: [String: String],
        next cursor: String
    ) -> [(name: String, value: String)] {
        let own = "http://\(request.header("host") ?? "example.okta.com")"
        var parameters = query
        parameters["after"] = cursor
        parameters["since"] = nil
        let text = parameters.sorted { $0.key < $1.key }.map { "\($0)=\(LogAddress.encoded($1))" }
            .joined(separator: "&")
        let itself = "<\(own)\(request.target)>; rel=\"self\""
        switch settings.links {
        case .separateLines: return [("Link", itself), ("Link", "<\(own)/api/v1/logs?\(text)>; rel=\"next\"")]
        case .oneLine: return [("link", "\(itself), <\(own)/api/v1/logs?\(text)>; title=\"a, b\"; rel=next")]
        case .foreignHost(let host):
            return [("Link", itself), ("Link", "<https://\(host)/api/v1/logs?\(text)>; rel=\"next\"")]
        case .unchanged: return [("Link", "<\(own)\(request.target)>; rel=\"next\"")]
        case .none: return []
        }
    }

    private func response(to fault: Fault, headers: [(name: String, value: String)]) -> DirectoryResponse {
        switch fault {
        case .status(let status, let code): refusal(status, code, headers: headers)
        case .body(let bytes): DirectoryResponse(status: 200, headers: headers, body: bytes)
        case .oversize(let bytes):
            DirectoryResponse(
                status: 200,
                headers: headers,
                body: [UInt8(ascii: "[")] + Array(repeating: UInt8(ascii: " "), count: bytes) + [UInt8(ascii: "]")]
            )
        }
    }

    private func refusal(
        _ status: Int,
        _ code: String,
        headers: [(name: String, value: String)] = []
    ) -> DirectoryResponse {
        let body = #"{"errorCode":"\#(code)","errorSummary":"\#(code)","errorLink":"\#(code)","errorCauses":[]}"#
        return DirectoryResponse(
            status: status,
            headers: headers + [("Content-Type", "application/json")],
            body: Array(body.utf8)
        )
    }

    private func httpDate(_ nanoseconds: Int64) -> String {
        let time = CivilTime(nanoseconds: nanoseconds)
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(nanoseconds / 86_400_000_000_000 % 7)]), \(two(time.day)) \(months[Int(time.month) - 1]) "
            + "\(time.year) \(two(time.hour)):\(two(time.minute)):\(two(time.second)) GMT"
    }
}
