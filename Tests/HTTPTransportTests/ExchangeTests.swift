import HTTPTransport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ExchangeTests {
    @Test
    func `a request leaves as it was written, and its answer comes back whole`() async throws {
        let seen = Signal<RawRequest>()
        try await withServer { connection in
            connection.answerAll { request in
                seen.leave(request)
                return answer("201 Created", headers: ["X-Request-Id: 7"], body: "made")
            }
        } test: { server, client in
            let request = HTTPRequest(
                method: "PATCH",
                url: server.url + "/Groups/a/../%41?x=1",
                headers: [("Authorization", "Bearer t"), ("X-Twice", "1"), ("X-Twice", "2"), ("X-Empty", "")],
                body: Array("{\"a\":0}\u{0}".utf8)
            )
            let response = try await client.send(request)
            #expect(response.status == 201)
            #expect(response.first("x-request-id") == "7")
            #expect(response.body == Array("made".utf8))
            #expect(response.version == .http11)
            #expect(response.connectionsMade == 1)
            #expect(!response.connectionWasReused)
            #expect(response.duration > .zero)

            let arrived = try await seen.next()
            #expect(arrived.requestLine == "PATCH /Groups/a/../%41?x=1 HTTP/1.1")
            #expect(arrived.body == request.body)
            #expect(arrived.headerLines.contains("Authorization: Bearer t"))
            #expect(arrived.headerLines.filter { $0.hasPrefix("X-Twice") } == ["X-Twice: 1", "X-Twice: 2"])
            #expect(arrived.value("x-empty") == "")
        }
    }

    @Test
    func `a User-Agent is always sent, and nothing that the caller has not asked for`() async throws {
        let seen = Signal<RawRequest>()
        try await withServer { connection in
            connection.answerAll { request in
                seen.leave(request)
                return answer()
            }
        } test: { server, client in
            // Larger than the size from which libcurl would wait for 100 Continue.
            let body = [UInt8](repeating: 0x61, count: 2_000_000)
            _ = try await client.send(HTTPRequest(method: "POST", url: server.url, body: body))
            let first = try await seen.next()
            #expect(first.value("user-agent")?.hasPrefix("ledger/") == true)
            #expect(first.body == body)
            let names = first.headerLines.compactMap { $0.split(separator: ":").first?.lowercased() }
            #expect(names.sorted() == ["accept", "content-length", "host", "user-agent"])

            let own = HTTPRequest(method: "GET", url: server.url, headers: [("user-agent", "own/2")])
            _ = try await client.send(own)
            #expect(try await seen.next().value("user-agent") == "own/2")
        }
        try await withServer(HTTPClientOptions(userAgent: "ledger/9.9 (test)")) { connection in
            connection.answerAll { request in answer(body: request.value("user-agent") ?? "none") }
        } test: { server, client in
            let response = try await client.send(HTTPRequest(method: "GET", url: server.url))
            #expect(response.body == Array("ledger/9.9 (test)".utf8))
        }
    }

    @Test(arguments: [
        ("GET", nil, nil), ("DELETE", nil, nil), ("HEAD", nil, nil), ("POST", nil, "0"), ("PUT", nil, "0"),
        ("PATCH", "", "0"), ("DELETE", "x", "1"), ("GET", "xy", "2"),
    ])
    func `any method goes with or without a body`(method: String, body: String?, length: String?) async throws {
        try await withServer { connection in
            connection.answerAll { request in
                let said = request.value("content-length") ?? "none"
                let head = ["X-Line: \(request.requestLine)", "X-Length: \(said)"]
                return "HTTP/1.1 200 OK\r\n\(head.joined(separator: "\r\n"))\r\nContent-Length: 0\r\n\r\n"
            }
        } test: { server, client in
            let request = HTTPRequest(method: method, url: server.url + "/a", body: body.map { Array($0.utf8) })
            for _ in 1...2 {
                let response = try await client.send(request)
                #expect(response.first("x-line") == "\(method) /a HTTP/1.1")
                #expect(response.first("x-length") == length ?? "none")
            }
            #expect(server.connections == 1)
        }
    }

    @Test
    func `header lines keep their order, and lines of one name stay apart`() async throws {
        try await withServer { connection in
            connection.answerAll { _ in
                let links = [
                    "link: <https://o/1>; rel=\"self\"", "X-Between:  a b\t", "Link: <https://o/2>; rel=\"next\"",
                ]
                return "HTTP/1.1 103 Early Hints\r\nlink: <early>\r\n\r\n"
                    + answer(headers: links + ["X-Colon: a:b", "X-None:"])
            }
        } test: { server, client in
            let response = try await client.send(HTTPRequest(method: "GET", url: server.url))
            #expect(response.values("LINK") == ["<https://o/1>; rel=\"self\"", "<https://o/2>; rel=\"next\""])
            #expect(
                response.headers.map(\.name) == ["link", "X-Between", "Link", "X-Colon", "X-None", "Content-Length"]
            )
            #expect(response.first("x-between") == "a b")
            #expect(response.first("x-colon") == "a:b")
            #expect(response.first("x-none") == "")
            #expect(response.first("x-absent") == nil)
        }
    }

    @Test
    func `a redirect is an answer and is not followed`() async throws {
        try await withServer { connection in
            connection.answerAll { request in
                request.requestLine.contains("/a ")
                    ? answer("307 Temporary Redirect", headers: ["Location: /b"]) : answer(body: "followed")
            }
        } test: { server, client in
            let response = try await client.send(HTTPRequest(method: "GET", url: server.url + "/a"))
            #expect(response.status == 307)
            #expect(response.first("location") == "/b")
            #expect(response.body.isEmpty)
        }
    }

    @Test
    func `a chunked answer is put together, and its trailers are left out`() async throws {
        try await withServer { connection in
            connection.answerAll { _ in
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"
            }
        } test: { server, client in
            let response = try await client.send(HTTPRequest(method: "GET", url: server.url))
            #expect(response.body == Array("abcde".utf8))
            #expect(response.first("x-trailer") == nil)
        }
    }

    @Test
    func `a Unix socket carries a request as TCP does`() async throws {
        let path = "/tmp/http-transport-\(UInt64.random(in: 0 ... .max)).sock"
        let server = try RawServer(path: path) { connection in
            connection.answerAll { answer(body: $0.requestLine) }
        }
        defer {
            server.stop()
            removeFile(path)
        }
        try await withClient { client in
            let request = HTTPRequest(method: "GET", url: "http://ledger/status", unixSocketPath: path)
            #expect(try await client.send(request).body == Array("GET /status HTTP/1.1".utf8))
            #expect(try await client.send(request).connectionWasReused)

            let absent = HTTPRequest(method: "GET", url: "http://ledger/", unixSocketPath: path + ".absent")
            let error = try await client.failure(of: absent)
            #expect(error.kind == .couldNotConnect)
            #expect(!error.requestMayHaveArrived)
        }
    }
}
