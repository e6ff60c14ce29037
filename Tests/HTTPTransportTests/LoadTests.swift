import HTTPTransport
import Synchronization
import Testing

/// Many tasks use one client while requests are cancelled and the client is shut down. `make sanitize` runs it too.
@Suite(.timeLimit(.minutes(2)))
struct LoadTests {
    @Test
    func `under load over HTTP/1.1 every request ends exactly once`() async throws {
        let server = try RawServer { connection in
            connection.answerAll { _ in answer(body: String(repeating: "a", count: 5_000)) }
        }
        defer { server.stop() }
        for _ in 1...2 { try await load(HTTPClientOptions(), url: server.url, requestsPerTask: 40) }
    }

    @Test
    func `under load over HTTP/2 every request ends exactly once`() async throws {
        let peer = try Peer("hypercorn_peer.py")
        defer { peer.stop() }
        let options = HTTPClientOptions(certificateAuthorityFile: peer.authority)
        for _ in 1...2 { try await load(options, url: peer.url, requestsPerTask: 15) }
    }

    /// Sends from 64 tasks at once, cancels about half of it at all stages, and shuts down when three quarters are over.
    private func load(_ options: HTTPClientOptions, url: String, requestsPerTask: Int) async throws {
        let client = try HTTPClient(options)
        // After this it is known what the server speaks.
        _ = try await client.send(HTTPRequest(method: "GET", url: url))
        let requests = 64 * requestsPerTask
        let over = Tally()
        let results = await withTaskGroup(of: [Result<Int, TransportError>].self) { group in
            for task in 0..<64 {
                group.addTask {
                    var results: [Result<Int, TransportError>] = []
                    for number in 0..<requestsPerTask {
                        let request = Task { () -> Result<Int, TransportError> in
                            do throws(TransportError) {
                                return .success(
                                    try await client.send(HTTPRequest(method: "POST", url: url, body: [1])).status
                                )
                            } catch {
                                return .failure(error)
                            }
                        }
                        if number.isMultiple(of: 2) {
                            for _ in 0..<((task * 7 + number) % 40) { await Task.yield() }
                            request.cancel()
                        }
                        results.append(await request.value)
                        let done = over.add()
                        if done == requests * 3 / 4 { await client.shutdown() }
                    }
                    return results
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        await client.shutdown()
        #expect(results.count == requests)
        let answered = results.count { $0 == .success(200) }
        let cancelled = results.count { $0.kind == .cancelled }
        let shutDown = results.count { $0.kind == .shutDown }
        #expect(answered > 0 && cancelled > 0 && shutDown > 0)
        #expect(
            answered + cancelled + shutDown == requests,
            "\(results.last(where: { $0.kind == .connectionLost }) as Any)"
        )
    }
}

private final class Tally: Sendable {
    private let count = Atomic<Int>(0)

    /// One more; gives how many there are now.
    func add() -> Int { count.add(1, ordering: .relaxed).newValue }
}

extension Result where Failure == TransportError {
    fileprivate var kind: TransportError.Kind? {
        if case .failure(let error) = self { error.kind } else { nil }
    }
}
