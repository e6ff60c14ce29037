import HTTPTransport
import Synchronization
import Testing

/// Runs a test with a server and a client, and ends both.
func withServer(
    _ options: HTTPClientOptions = HTTPClientOptions(),
    _ script: @escaping RawServer.Script,
    test: (RawServer, HTTPClient) async throws -> Void
) async throws {
    let server = try RawServer(script)
    defer { server.stop() }
    try await withClient(options) { client in try await test(server, client) }
}

/// Runs a test with a client, and ends it.
func withClient(
    _ options: HTTPClientOptions = HTTPClientOptions(),
    test: (HTTPClient) async throws -> Void
) async throws {
    let client = try HTTPClient(options)
    do {
        try await test(client)
    } catch {
        await client.shutdown()
        throw error
    }
    await client.shutdown()
}

extension HTTPSender {
    /// The error that a request must end with.
    func failure(of request: HTTPRequest, _ location: SourceLocation = #_sourceLocation) async throws -> TransportError
    {
        let response: HTTPResponse
        do {
            response = try await send(request)
        } catch {
            return error
        }
        Issue.record("status \(response.status) instead of an error", sourceLocation: location)
        throw TransportError(.failed, requestMayHaveArrived: true)
    }
}

/// A value that threads leave and a task waits for.
final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func leave(_ value: Value) {
        continuation.yield(value)
    }

    /// The next value left.
    func next() async throws -> Value {
        for await value in stream { return value }
        throw CancellationError()
    }
}

extension Signal where Value == Bool {
    func leave() { leave(true) }
}
