import HTTPTransport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct FailureTests {
    @Test
    func `a closed port means that nothing was sent`() async throws {
        try await withClosedPort { port in
            try await withClient { client in
                let request = HTTPRequest(method: "PATCH", url: "http://127.0.0.1:\(port)/", body: [1])
                let error = try await client.failure(of: request)
                #expect(error.kind == .couldNotConnect)
                #expect(!error.requestMayHaveArrived)
            }
        }
    }

    @Test
    func `a name without an address means that nothing was sent`() async throws {
        try await withClient { client in
            // RFC 6761 section 6.4: never resolves.
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: "http://nothing.invalid/"))
            #expect(error.kind == .nameNotResolved)
            #expect(!error.requestMayHaveArrived)
        }
    }

    @Test
    func `a failed TLS handshake means that nothing was sent`() async throws {
        try await withServer { connection in
            _ = connection.read()
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        } test: { server, client in
            let request = HTTPRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/")
            let error = try await client.failure(of: request)
            #expect(error.kind == .tls)
            #expect(!error.requestMayHaveArrived)
        }
    }

    enum Ending: CaseIterable {
        case resetBeforeAnswer, closeBeforeAnswer, closeInHead, closeInBody, resetInBody, closeInChunk,
            closeAfterInterim

        func play(_ connection: RawConnection) {
            _ = connection.readRequest()
            switch self {
            case .resetBeforeAnswer: connection.resetOnClose()
            case .closeBeforeAnswer: break
            case .closeInHead: connection.write("HTTP/1.1 200 OK\r\nContent-")
            case .closeInBody: connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            case .resetInBody:
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
                connection.resetOnClose()
            case .closeAfterInterim: connection.write("HTTP/1.1 100 Continue\r\n\r\n")
            case .closeInChunk: connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc")
            }
        }
    }

    @Test(arguments: Ending.allCases)
    func `a connection that ends after the request leaves open whether it arrived`(ending: Ending) async throws {
        try await withServer { connection in
            ending.play(connection)
        } test: { server, client in
            let error = try await client.failure(of: HTTPRequest(method: "POST", url: server.url, body: [1]))
            #expect(error.kind == .connectionLost)
            #expect(error.requestMayHaveArrived)
        }
    }

    @Test(arguments: [
        "220 mail.example ESMTP ready\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n",
    ])
    func `an answer that is not HTTP is told as such`(bytes: String) async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write(bytes)
            connection.waitForClose()
        } test: { server, client in
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: server.url))
            #expect(error.kind == .malformedResponse, "\(error)")
            #expect(error.requestMayHaveArrived)
        }
    }

    @Test
    func `the connect deadline covers waiting for a free connection`() async throws {
        let options = HTTPClientOptions(maximumConnections: 1, maximumConnectionsPerHost: 1)
        let arrived = Signal<Bool>()
        try await withServer(options) { connection in
            _ = connection.readRequest()
            arrived.leave()
            connection.waitForClose()
        } test: { server, client in
            let first = Task { try await client.failure(of: HTTPRequest(method: "GET", url: server.url)) }
            #expect(try await arrived.next())
            let deadlines = Deadlines(connect: .milliseconds(50))
            let waiting = HTTPRequest(method: "GET", url: server.url, deadlines: deadlines)
            let error = try await client.failure(of: waiting)
            #expect(error == TransportError(.timedOut(.connect), requestMayHaveArrived: false))
            first.cancel()
            #expect(try await first.value.kind == .cancelled)
        }
    }

    @Test
    func `a handshake that hangs ends at the connect deadline with nothing sent`() async throws {
        try await withServer { connection in
            connection.waitForClose()
        } test: { server, client in
            let request = HTTPRequest(
                method: "GET",
                url: "https://127.0.0.1:\(server.port)/",
                deadlines: Deadlines(connect: .milliseconds(50))
            )
            let error = try await client.failure(of: request)
            #expect(error.kind == .timedOut(.connect))
            #expect(!error.requestMayHaveArrived)
        }
    }

    @Test
    func `a server that stays silent ends at the first-byte deadline`() async throws {
        let closed = Signal<Bool>()
        try await withServer { connection in
            connection.waitForClose()
            closed.leave()
        } test: { server, client in
            let deadlines = Deadlines(firstByte: .milliseconds(50))
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: server.url, deadlines: deadlines))
            #expect(error == TransportError(.timedOut(.firstByte), requestMayHaveArrived: true))
            #expect(try await closed.next())
        }
    }

    @Test
    func `a server that drips ends at the total deadline`() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            while connection.write(".") { pauseBriefly() }
        } test: { server, client in
            let deadlines = Deadlines(firstByte: .seconds(20), total: .milliseconds(200))
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: server.url, deadlines: deadlines))
            #expect(error == TransportError(.timedOut(.total), requestMayHaveArrived: true))
        }
    }

    @Test(arguments: [Duration.zero, .seconds(-5), .nanoseconds(-1)])
    func `a deadline that has passed ends the request at once, and the largest does no harm`(
        deadline: Duration
    ) async throws {
        try await withServer { connection in
            connection.answerAll { _ in answer() }
        } test: { server, client in
            var request = HTTPRequest(method: "GET", url: server.url)
            request.deadlines.total = deadline
            let late = try await client.failure(of: request)
            #expect(late.kind == .timedOut(.total))
            let longest = Duration.seconds(Int64.max)
            request.deadlines = Deadlines(connect: longest, firstByte: longest, total: longest)
            let unhurried = try await client.send(request)
            #expect(unhurried.status == 200)
        }
    }
}
