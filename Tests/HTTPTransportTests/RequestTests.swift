import HTTPTransport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct RequestTests {
    @Test(arguments: [
        // Bytes that would end the line and start another one.
        ("X-A", "a\r\nX-B: b"), ("X-A", "a\nb"), ("X-A", "a\u{0}b"), ("X-A", "a\u{7F}"), ("X-A", "a\rb"),
        ("X-A\r\nX-B", "a"), ("X A", "a"), ("X-A:", "a"), ("", "a"), ("X-Ä", "a"),
        // What frames the message or the connection.
        ("Content-Length", "1"), ("transfer-encoding", "chunked"), ("Expect", "100-continue"), ("Connection", "close"),
        ("User-Agent", " "),
    ])
    func `a header that would break the message is refused before anything is sent`(
        name: String,
        value: String
    ) async throws {
        try await refuses(HTTPRequest(method: "GET", url: "http://127.0.0.1:1/", headers: [(name, value)]))
    }

    @Test(arguments: ["", "GE T", "GET\r\n", "GET /x HTTP/1.1\r\nA: b"])
    func `a method that is not a token is refused`(method: String) async throws {
        try await refuses(HTTPRequest(method: method, url: "http://127.0.0.1:1/"))
    }

    @Test(arguments: [
        "", "127.0.0.1:1", "ftp://127.0.0.1:1/", "file:///etc/passwd", "http:/127.0.0.1", "http://", "http://a b/",
        "http://127.0.0.1:1/\r\nX: y", "http://127.0.0.1:1/ä", "http://127.0.0.1:99999/", "http://u:p@127.0.0.1:1/",
    ])
    func `a URL that is not plain http or https is refused`(url: String) async throws {
        try await refuses(HTTPRequest(method: "GET", url: url))
    }

    @Test(arguments: ["", "/tmp/a\u{0}b", "/tmp/" + String(repeating: "a", count: 99)])
    func `a path that no Unix socket can have is refused`(path: String) async throws {
        try await refuses(HTTPRequest(method: "GET", url: "http://ledger/", unixSocketPath: path))
    }

    @Test
    func `no description shows a credential`() async throws {
        let request = HTTPRequest(
            method: "GET",
            url: "http://127.0.0.1:1/Users?secret=5ecret",
            headers: [("Authorization", "Bearer 5ecret")],
            body: Array("5ecret".utf8)
        )
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(request)", String(reflecting: request), dumped] {
            #expect(!text.contains("5ecret"))
            #expect(text.contains("Authorization"))
        }
        try await withClient { client in
            let error = try await client.failure(of: request)
            #expect(!"\(error)".contains("5ecret"))
            #expect(!String(reflecting: error).contains("5ecret"))
        }
        let odd = TransportError(
            .tls,
            requestMayHaveArrived: false,
            detail: "a\u{1B}[2J\r\nb" + String(repeating: "c", count: 999)
        )
        #expect(odd.detail.hasPrefix("a?[2J??b") && odd.detail.utf8.count == 256)
    }

    @Test(arguments: [
        HTTPClientOptions(userAgent: ""), HTTPClientOptions(userAgent: "a\r\nb"),
        HTTPClientOptions(maximumConnections: 0),
        HTTPClientOptions(maximumConnectionsPerHost: 0), HTTPClientOptions(maximumHeaderBytes: 0),
    ])
    func `a client with senseless options is refused`(options: HTTPClientOptions) throws {
        let error = #expect(throws: TransportError.self) { try HTTPClient(options) }
        #expect(error?.kind == .invalidRequest)
    }

    private func refuses(_ request: HTTPRequest, _ location: SourceLocation = #_sourceLocation) async throws {
        try await withClient { client in
            let error = try await client.failure(of: request)
            #expect(error.kind == .invalidRequest, sourceLocation: location)
            #expect(!error.requestMayHaveArrived, sourceLocation: location)
        }
    }
}
