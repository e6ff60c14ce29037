/// What every endpoint of Okta's API does before its own work: who is let in, how often (per-minute buckets, windows not
/// aligned to the clock, developer.okta.com/docs/reference/rate-limits/), and faults that take the place of an answer.
struct OktaDoor: Sendable {
    var settings: OktaSettings
    var faults: [OktaSettings.Fault] = []
    /// Requests that brought the right token, refusals for the rate included.
    private(set) var requests = 0
    /// Requests that were answered 429.
    private(set) var throttled = 0
    private var windows: [String: (start: Int64, used: Int)] = [:]

    typealias Headers = [(name: String, value: String)]

    /// Whether a request goes on, with the headers that its answer has, or what it gets instead.
    enum Admission {
        case admitted(Headers)
        case answered(DirectoryResponse)
    }

    init(_ settings: OktaSettings) { self.settings = settings }

    /// Lets a request of a bucket in; `clock` is Okta's, in nanoseconds since 1970.
    mutating func admit(_ request: DirectoryRequest, bucket: String, clock: Int64) -> Admission {
        guard request.method == "GET" else { return .answered(Self.refusal(405, "E0000022")) }
        guard request.header("authorization") == "SSWS \(settings.token)" else {
            return .answered(Self.refusal(401, "E0000011"))
        }
        requests += 1
        let rate = takeTurn(bucket, clock)
        guard rate.admitted else {
            throttled += 1
            return .answered(Self.refusal(429, "E0000047", headers: rate.headers))
        }
        guard !faults.isEmpty else { return .admitted(rate.headers) }
        return .answered(Self.response(to: faults.removeFirst(), headers: rate.headers))
    }

    /// An answer with what every answer carries.
    func signed(_ response: DirectoryResponse, clock: Int64) -> DirectoryResponse {
        var response = response
        response.headers.append(("Date", CivilTime.httpDate(clock / 1_000_000_000)))
        response.headers.append(("X-Okta-Request-Id", "sandbox-\(requests)"))
        return response
    }

    /// Okta's clock at a time of the real one; both in nanoseconds since 1970.
    func clock(_ now: Int64) -> Int64 { now + settings.clockOffset * 1_000_000_000 }

    private mutating func takeTurn(_ bucket: String, _ clock: Int64) -> (admitted: Bool, headers: Headers) {
        guard let most = settings.requestsPerWindow else { return (true, []) }
        let length = Int64(settings.windowSeconds) * 1_000_000_000
        var window = windows[bucket] ?? (clock, 0)
        if clock - window.start >= length { window = (clock, 0) }
        let admitted = window.used < most
        window.used += admitted ? 1 : 0
        windows[bucket] = window
        return (
            admitted,
            [
                ("X-Rate-Limit-Limit", "\(most)"), ("X-Rate-Limit-Remaining", "\(most - window.used)"),
                ("X-Rate-Limit-Reset", "\((window.start + length) / 1_000_000_000)"),
            ]
        )
    }

    /// The links of a page: a line for each, unless the settings say otherwise. Without `cursor` there is no next page.
    func links(_ request: DirectoryRequest, next cursor: String?) -> Headers {
        let (path, query) = LogAddress.split(request.target)
        let own = "http://\(request.header("host") ?? "example.okta.com")"
        var parameters = query
        parameters["since"] = nil
        parameters["after"] = cursor
        let text = parameters.sorted { $0.key < $1.key }.map { "\($0)=\(LogAddress.encoded($1))" }
            .joined(separator: "&")
        let itself = "<\(own)\(request.target)>; rel=\"self\""
        guard cursor != nil, settings.links != .none else { return settings.links == .none ? [] : [("Link", itself)] }
        switch settings.links {
        case .separateLines: return [("Link", itself), ("Link", "<\(own)\(path)?\(text)>; rel=\"next\"")]
        case .oneLine: return [("link", "\(itself), <\(own)\(path)?\(text)>; title=\"a, b\"; rel=next")]
        case .foreignHost(let host):
            return [("Link", itself), ("Link", "<https://\(host)\(path)?\(text)>; rel=\"next\"")]
        case .unchanged: return [("Link", "<\(own)\(request.target)>; rel=\"next\"")]
        case .none: return []
        }
    }

    private static func response(to fault: OktaSettings.Fault, headers: Headers) -> DirectoryResponse {
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

    /// A refusal in Okta's words.
    static func refusal(_ status: Int, _ code: String, headers: Headers = []) -> DirectoryResponse {
        let body = #"{"errorCode":"\#(code)","errorSummary":"\#(code)","errorLink":"\#(code)","errorCauses":[]}"#
        return DirectoryResponse(
            status: status,
            headers: headers + [("Content-Type", "application/json")],
            body: Array(body.utf8)
        )
    }
}
