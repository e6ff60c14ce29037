import Dispatch
import HTTPTransport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ConnectionTests {
    @Test
    func `a connection is kept, unless a fresh one is asked for`() async throws {
        let closed = Signal<Int>()
        try await withServer { connection in
            connection.answerAll { _ in answer() }
            closed.leave(connection.number)
        } test: { server, client in
            var request = HTTPRequest(method: "GET", url: server.url)
            let first = try await client.send(request)
            #expect(first.connectionsMade == 1)
            let second = try await client.send(request)
            #expect(second.connectionWasReused)
            request.freshConnection = true
            let fresh = try await client.send(request)
            #expect(fresh.connectionsMade == 1)
            #expect(server.connections == 2)
            let ended = try await closed.next()
            #expect(ended == 2)
            request.freshConnection = false
            let last = try await client.send(request)
            #expect(last.connectionWasReused)
            #expect(server.connections == 2)
        }
    }

    /// The server answers once on each connection, then takes the next request and resets.
    private static let resetsAfterFirstAnswer: RawServer.Script = { connection in
        guard connection.readRequest() != nil else { return }
        connection.write(answer(body: "\(connection.number)"))
        if connection.readRequest() != nil { connection.resetOnClose() }
    }

    @Test
    func `libcurl resends on a new connection when a kept one dies before any answer`() async throws {
        try await withServer(HTTPClientOptions(), Self.resetsAfterFirstAnswer) { server, client in
            let request = HTTPRequest(method: "POST", url: server.url, body: Array("x".utf8))
            let first = try await client.send(request)
            #expect(first.body == Array("1".utf8) && first.timesSent == 1)
            let second = try await client.send(request)
            #expect(second.body == Array("2".utf8))
            #expect(second.connectionsMade == 1 && second.timesSent == 2)
        }
    }

    @Test
    func `a request on a fresh connection reaches the server once, even where that dies`() async throws {
        let requests = Atomic<Int>(0)
        try await withServer(
            HTTPClientOptions(),
            { connection in
                while connection.readRequest() != nil {
                    if requests.add(1, ordering: .sequentiallyConsistent).newValue > 1 {
                        return connection.resetOnClose()
                    }
                    connection.write(answer())
                }
            }
        ) { server, client in
            var request = HTTPRequest(method: "POST", url: server.url, body: Array("x".utf8))
            _ = try await client.send(request)
            request.freshConnection = true
            let error = try await client.failure(of: request)
            #expect(error.kind == .connectionLost)
            #expect(error.requestMayHaveArrived)
            #expect(requests.load(ordering: .sequentiallyConsistent) == 2)
        }
    }

    @Test
    func `two hundred requests at once all get their own answer over a bounded pool`() async throws {
        let options = HTTPClientOptions(maximumConnections: 8, maximumConnectionsPerHost: 8)
        try await withServer(options) { connection in
            connection.answerAll { answer(body: $0.requestLine) }
        } test: { server, client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let request = HTTPRequest(method: "GET", url: server.url + "/\(number)")
                        return try await client.send(request).body == Array("GET /\(number) HTTP/1.1".utf8)
                    }
                }
                let own = try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                #expect(own == 200)
            }
            #expect((1...8).contains(server.connections))
        }
    }

    @Test
    func `cancelling the task closes the connection and frees its place`() async throws {
        let options = HTTPClientOptions(maximumConnections: 1, maximumConnectionsPerHost: 1)
        let arrived = Signal<Bool>()
        let closed = Signal<Bool>()
        try await withServer(options) { connection in
            guard connection.number == 1 else { return connection.answerAll { _ in answer() } }
            _ = connection.readRequest()
            arrived.leave()
            connection.waitForClose()
            closed.leave()
        } test: { server, client in
            let request = HTTPRequest(method: "GET", url: server.url)
            let task = Task { try await client.failure(of: request) }
            #expect(try await arrived.next())
            // With one place in the pool this one waits, and must go as soon as the first is gone.
            async let second = client.send(request)
            task.cancel()
            let error = try await task.value
            #expect(error.kind == .cancelled)
            #expect(error.requestMayHaveArrived)
            #expect(try await closed.next())
            #expect(try await second.status == 200)
        }
    }

    @Test
    func `cancelling stops a long upload and a long download`() async throws {
        let begun = Signal<Bool>()
        let ended = Signal<Int>()
        let readsOn = DispatchSemaphore(value: 0)
        try await withServer { connection in
            var received = connection.read()?.count ?? 0
            begun.leave()
            if connection.number == 1 {
                readsOn.wait()
                while let bytes = connection.read() { received += bytes.count }
            } else {
                connection.write("HTTP/1.1 200 OK\r\n\r\n")
                while connection.write(String(repeating: "a", count: 10_000)) {}
            }
            ended.leave(received)
        } test: { server, client in
            let body = [UInt8](repeating: 0x61, count: 64_000_000)
            let upload = Task { try await client.failure(of: HTTPRequest(method: "POST", url: server.url, body: body)) }
            _ = try await begun.next()
            upload.cancel()
            #expect(try await upload.value == TransportError(.cancelled, requestMayHaveArrived: true))
            readsOn.signal()
            #expect(try await ended.next() < body.count)

            let bound = 1_000_000_000
            let endless = HTTPRequest(method: "GET", url: server.url, maximumResponseBytes: bound)
            let download = Task { try await client.failure(of: endless) }
            _ = try await begun.next()
            download.cancel()
            #expect(try await download.value == TransportError(.cancelled, requestMayHaveArrived: true))
            #expect(try await ended.next() < bound)
        }
    }

    @Test
    func `a task cancelled before it sends makes no connection`() async throws {
        try await withServer { connection in
            connection.answerAll { _ in answer() }
        } test: { server, client in
            let gate = Signal<Bool>()
            let task = Task {
                // Ends early because of the cancellation.
                _ = try? await gate.next()
                return try await client.failure(of: HTTPRequest(method: "GET", url: server.url))
            }
            task.cancel()
            let error = try await task.value
            #expect(error == TransportError(.cancelled, requestMayHaveArrived: false))
            #expect(server.connections == 0)
        }
    }

    @Test
    func `whenever a task is cancelled, its request ends exactly once`() async throws {
        try await withServer { connection in
            connection.answerAll { _ in answer() }
        } test: { server, client in
            let ends = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let task = Task { try await client.send(HTTPRequest(method: "GET", url: server.url)) }
                        for _ in 0..<(number % 30) { await Task.yield() }
                        task.cancel()
                        switch await task.result {
                        case .success(let response): return response.status == 200
                        case .failure(let error): return (error as? TransportError)?.kind == .cancelled
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(ends == 300)
            let afterwards = try await client.send(HTTPRequest(method: "GET", url: server.url))
            #expect(afterwards.status == 200)
        }
    }

    @Test
    func `shutting down ends what is in flight, closes kept connections and refuses what comes later`() async throws {
        let arrived = Signal<Bool>()
        let closed = Signal<Bool>()
        let server = try RawServer { connection in
            while let request = connection.readRequest() {
                if request.requestLine.contains("/hang") { arrived.leave() } else { connection.write(answer()) }
            }
            closed.leave()
        }
        defer { server.stop() }
        let client = try HTTPClient()
        let hanging = HTTPRequest(method: "GET", url: server.url + "/hang")
        let task = Task { try await client.failure(of: hanging) }
        #expect(try await arrived.next())
        _ = try await client.send(HTTPRequest(method: "GET", url: server.url))
        await client.shutdown()
        #expect(try await task.value == TransportError(.shutDown, requestMayHaveArrived: true))
        #expect(try await closed.next())
        #expect(try await closed.next())
        #expect(try await client.failure(of: hanging) == TransportError(.shutDown, requestMayHaveArrived: false))
        await client.shutdown()
    }

    @Test
    func `letting go of the last reference closes the connections`() async throws {
        let closed = Signal<Bool>()
        let server = try RawServer { connection in
            connection.answerAll { _ in answer() }
            closed.leave()
        }
        defer { server.stop() }
        _ = try await HTTPClient().send(HTTPRequest(method: "GET", url: server.url))
        #expect(try await closed.next())
    }
}
