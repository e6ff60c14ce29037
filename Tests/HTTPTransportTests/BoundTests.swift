import HTTPTransport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct BoundTests {
    @Test
    func `a body of exactly the bound is accepted, one byte more is not`() async throws {
        try await withServer { connection in
            connection.answerAll { _ in answer(body: String(repeating: "a", count: 100)) }
        } test: { server, client in
            var request = HTTPRequest(method: "GET", url: server.url, maximumResponseBytes: 100)
            #expect(try await client.send(request).body.count == 100)
            request.maximumResponseBytes = 99
            let error = try await client.failure(of: request)
            #expect(error.kind == .responseTooLarge)
            #expect(error.requestMayHaveArrived)
        }
    }

    enum Flood: CaseIterable {
        case body, chunks, headerLines, headerLine, interimAnswers, trailers, statusLine

        var opening: String {
            switch self {
            case .body: "HTTP/1.1 200 OK\r\n\r\n"
            case .chunks: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            case .headerLines, .headerLine: "HTTP/1.1 200 OK\r\nX-Start: "
            case .interimAnswers: ""
            case .trailers: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            case .statusLine: "HTTP/1.1 200 "
            }
        }

        var unit: String {
            switch self {
            case .body, .headerLine, .statusLine: String(repeating: "a", count: 100)
            case .chunks: "3\r\nabc\r\n"
            case .headerLines: "a\r\nX-Name: value\r\nX-More: "
            case .trailers: "X-Name: value\r\n"
            case .interimAnswers: "HTTP/1.1 100 Continue\r\nX-Name: value\r\n\r\n"
            }
        }
    }

    @Test(arguments: Flood.allCases)
    func `an answer without end is cut off at the bound`(flood: Flood) async throws {
        let stopped = Signal<Bool>()
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write(flood.opening)
            let block = String(repeating: flood.unit, count: 50)
            while connection.write(block) {}
            stopped.leave()
        } test: { server, client in
            let request = HTTPRequest(method: "GET", url: server.url, maximumResponseBytes: 1_000_000)
            let error = try await client.failure(of: request)
            #expect(error.kind == .responseTooLarge, "\(error)")
            #expect(error.requestMayHaveArrived)
            #expect(try await stopped.next())
        }
    }
}
