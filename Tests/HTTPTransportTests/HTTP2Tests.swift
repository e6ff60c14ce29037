import Foundation
import HTTPTransport
import Testing

private let framePeer = "http2_peer.py"
private let wholeServer = "hypercorn_peer.py"

extension HTTPClient {
    /// Sends as many requests at once, each of them bounded by two minutes.
    fileprivate func send(_ count: Int, to url: String) async throws -> [HTTPResponse] {
        try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for _ in 0..<count {
                group.addTask { try await self.get(url) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    fileprivate func get(_ url: String, fresh: Bool = false) async throws -> HTTPResponse {
        let deadlines = Deadlines(firstByte: .seconds(120), total: .seconds(120))
        return try await send(HTTPRequest(method: "GET", url: url, deadlines: deadlines, freshConnection: fresh))
    }
}

extension HTTPResponse {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}

/// HTTP/2 over TLS, with servers that this project did not write.
@Suite(.timeLimit(.minutes(5)))
struct HTTP2Tests {
    // The bound on connections does not bound streams.
    @Test(arguments: [1, 64])
    func `sixty-four requests at once share one connection of a real server from the first one on`(
        connections: Int
    ) async throws {
        let options = HTTPClientOptions(maximumConnectionsPerHost: connections)
        try await withPeer(wholeServer, options: options) { peer, client in
            for path in ["/", "/meet/64", "/meet/64"] {
                let responses = try await client.send(64, to: peer.url + path)
                #expect(responses.count == 64)
                #expect(Set(responses.map(\.text)) == ["2 1"])
                #expect(Set(responses.map(\.version)) == [.http2])
                #expect(Set(responses.map(\.timesSent)) == [1])
            }
        }
    }

    @Test
    func `without HTTP/2 sixty-four requests at once use as many connections, and these are kept`() async throws {
        try await withPeer(wholeServer, ["--alpn", "http/1.1"]) { peer, client in
            // The first offers HTTP/2, those after it share no connection with it.
            #expect(try await client.get(peer.url).text == "1.1 1")
            for _ in 1...3 {
                let responses = try await client.send(64, to: peer.url + "/meet/64")
                #expect(responses.count == 64)
                #expect(Set(responses.map(\.version)) == [.http11])
                #expect(try await client.get(peer.url).text == "1.1 65")
            }
        }
    }

    @Test
    func `connections are added where the server bounds the streams of one`() async throws {
        try await withPeer(framePeer, ["--maximum-streams", "10"]) { peer, client in
            _ = try await client.get(peer.url)
            let responses = try await client.send(64, to: peer.url + "/meet/64")
            let connections = Set(responses.compactMap { $0.text.split(separator: " ").first })
            #expect(responses.count == 64)
            // Not 7: requests that leave on a new connection before the server has said its bound go beyond it.
            #expect(connections.count > 1)
        }
    }

    @Test
    func `a cancelled stream is reset, whichever way its long body goes, and the others live on`() async throws {
        try await withPeer(framePeer) { peer, client in
            #expect(try await client.get(peer.url).text == "1 1")
            async let held = client.get(peer.url + "/hold/a")
            try await peer.wait(for: "request 1 /hold/a")
            let download = Task { try await client.get(peer.url + "/endless") }
            try await peer.wait(for: "request 1 /endless")
            download.cancel()
            await #expect(throws: TransportError(.cancelled, requestMayHaveArrived: true)) { try await download.value }
            // The reset may wait in libcurl for the next frame of the connection.
            #expect(try await client.get(peer.url).text == "1 2")
            try await peer.wait(for: "reset 1 /endless")

            let body = [UInt8](repeating: 0x61, count: 4_000_000)
            let upload = Task {
                try await client.send(HTTPRequest(method: "POST", url: peer.url + "/swallow", body: body))
            }
            try await peer.wait(for: "request 1 /swallow")
            upload.cancel()
            await #expect(throws: TransportError(.cancelled, requestMayHaveArrived: true)) { try await upload.value }
            #expect(try await client.get(peer.url).text == "1 3")
            try await peer.wait(for: "reset 1 /swallow")

            #expect(try await client.get(peer.url + "/release/a").text == "1 1")
            #expect(try await held.text == "1 1")
        }
    }

    @Test
    func `a connection whose only stream is cancelled is closed`() async throws {
        try await withPeer(framePeer) { peer, client in
            // Not endless: on a busy machine its bound on bytes could end it before the cancellation does.
            for (number, path) in ["/hold/a", "/hold/b"].enumerated() {
                let only = Task { try await client.get(peer.url + path) }
                try await peer.wait(for: "request \(number + 1) \(path)")
                only.cancel()
                try await peer.wait(for: "closed \(number + 1)")
                await #expect(throws: TransportError(.cancelled, requestMayHaveArrived: true)) { try await only.value }
            }
        }
    }

    @Test
    func `a stream that is late or too large is reset, and the others live on`() async throws {
        try await withPeer(framePeer) { peer, client in
            #expect(try await client.get(peer.url).text == "1 1")
            async let held = client.get(peer.url + "/hold/a")
            try await peer.wait(for: "request 1 /hold/a")
            let deadlines = Deadlines(firstByte: .milliseconds(50))
            let late = HTTPRequest(method: "GET", url: peer.url + "/hold/b", deadlines: deadlines)
            #expect(
                try await client.failure(of: late) == TransportError(.timedOut(.firstByte), requestMayHaveArrived: true)
            )
            let large = HTTPRequest(method: "GET", url: peer.url + "/endless", maximumResponseBytes: 100_000)
            #expect(try await client.failure(of: large).kind == .responseTooLarge)
            #expect(try await client.get(peer.url + "/release/a").text == "1 1")
            #expect(try await held.text == "1 1")
            // The reset itself may have waited in libcurl for the next frame of the connection.
            try await peer.wait(for: "reset 1 /hold/b")
            try await peer.wait(for: "reset 1 /endless")
        }
    }

    @Test
    func `a refused stream is sent again, which is counted, and not for ever`() async throws {
        try await withPeer(framePeer) { peer, client in
            let response = try await client.get(peer.url + "/refuse/1")
            #expect(response.text.hasSuffix(" 2") && response.timesSent == 2)
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: peer.url + "/refuse/99"))
            #expect(error.kind == .connectionLost)
            #expect(error.requestMayHaveArrived)
            _ = try await client.get(peer.url + "/last")
        }
    }

    @Test
    func `a stream that the server ends with an error is lost, and the others live on`() async throws {
        try await withPeer(framePeer) { peer, client in
            #expect(try await client.get(peer.url).text == "1 1")
            async let held = client.get(peer.url + "/hold/a")
            try await peer.wait(for: "request 1 /hold/a")
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: peer.url + "/reset"))
            #expect(error.kind == .connectionLost && error.requestMayHaveArrived, "\(error)")
            #expect(try await client.get(peer.url + "/release/a").text == "1 1")
            #expect(try await held.text == "1 1")
        }
    }

    @Test
    func `what a server that goes away has not taken is sent again, and what it has taken is answered`() async throws {
        try await withPeer(framePeer) { peer, client in
            #expect(try await client.get(peer.url).text == "1 1")
            async let held = client.get(peer.url + "/hold/a")
            try await peer.wait(for: "request 1 /hold/a")
            let again = try await client.get(peer.url + "/goaway")
            #expect(again.text == "2 2" && again.timesSent == 2)
            #expect(try await client.get(peer.url + "/release/a").text == "2 1")
            let first = try await held
            #expect(first.text == "1 1" && first.timesSent == 1)
        }
    }

    @Test
    func `every stream of a shared connection that dies is sent again and counts it, or may have arrived`() async throws
    {
        try await withPeer(framePeer) { peer, client in
            _ = try await client.get(peer.url)
            let requests = try await withThrowingTaskGroup(of: Bool.self) { group in
                for path in ["/after-death", "/after-death", "/after-death", "/die/1"] {
                    group.addTask {
                        do {
                            return try await client.get(peer.url + path).timesSent == 2
                        } catch let error as TransportError {
                            return error.kind == .connectionLost && error.requestMayHaveArrived
                        }
                    }
                    try await peer.wait(for: "request 1 \(path)")
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(requests == 4)
            let afterwards = try await client.get(peer.url)
            #expect(afterwards.timesSent == 1)
        }
    }

    @Test
    func `a fresh connection is joined by nobody, and others share theirs beside it`() async throws {
        try await withPeer(wholeServer) { peer, client in
            _ = try await client.get(peer.url)
            let fresh = Task { try await client.get(peer.url + "/meet/9", fresh: true) }
            try await peer.wait(for: "request /meet/9")
            let responses = try await client.send(8, to: peer.url + "/meet/9")
            #expect(Set(responses.map(\.version)) == [.http2])
            let alone = try await fresh.value
            #expect(alone.version == .http11 && alone.connectionsMade == 1 && alone.timesSent == 1)
        }
    }

    @Test
    func `where only some of the machines behind a name speak HTTP/2 no two requests share a connection`() async throws
    {
        let (old, new) = (try Peer(wholeServer, ["--alpn", "http/1.1"]), try Peer(wholeServer))
        let bundle = new.authority + ".both"
        defer {
            old.stop()
            new.stop()
        }
        let authorities = try [old, new].map { try String(contentsOfFile: $0.authority, encoding: .utf8) }
        try authorities.joined().write(toFile: bundle, atomically: true, encoding: .utf8)
        let ports = try [old, new].map { try #require(UInt16($0.url.split(separator: ":").last ?? "")) }
        try await withServer(HTTPClientOptions(certificateAuthorityFile: bundle)) { connection in
            connection.relay(to: ports[connection.number == 1 ? 0 : 1])
        } test: { server, client in
            let url = server.url.replacing("http:", with: "https:")
            let first = Task { try await client.get(url + "/meet/2") }
            try await old.wait(for: "request /meet/2")
            for _ in 1...3 {
                let deadlines = Deadlines(firstByte: .seconds(5))
                let response = try await client.send(HTTPRequest(method: "GET", url: url, deadlines: deadlines))
                #expect(response.body == Array("1.1 1".utf8))
            }
            first.cancel()
            await #expect(throws: TransportError(.cancelled, requestMayHaveArrived: true)) { try await first.value }
        }
    }

    @Test
    func `a first handshake that hangs holds nobody up for long`() async throws {
        let peer = try Peer(wholeServer)
        defer { peer.stop() }
        let hanging = Signal<Bool>()
        let port = try #require(UInt16(peer.url.split(separator: ":").last ?? ""))
        try await withServer(HTTPClientOptions(certificateAuthorityFile: peer.authority)) { connection in
            if connection.number > 1 { return connection.relay(to: port) }
            hanging.leave()
            connection.waitForClose()
        } test: { server, client in
            let url = server.url.replacing("http:", with: "https:")
            let first = Task { try await client.get(url) }
            #expect(try await hanging.next())
            let second = try await client.get(url)
            #expect(second.duration < .seconds(5), "\(second.duration)")
            first.cancel()
            await #expect(throws: TransportError(.cancelled, requestMayHaveArrived: false)) { try await first.value }
        }
    }
}
