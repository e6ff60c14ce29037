import Foundation
import HTTPTransport
import Testing

/// Each case runs in a process of its own, because the environment belongs to the whole process.
@Suite(.timeLimit(.minutes(5)))
struct ProxyTests {
    @Test
    func `HTTP/2 goes through a tunnel, and the proxy sees nothing that is meant for the server`() async {
        await #expect(processExitsWith: .success) {
            forgetProxies()
            let peer = try Peer("http2_peer.py")
            defer { peer.stop() }
            let port = try #require(portOf(peer.url))
            let seen = Signal<RawRequest>()
            let options = HTTPClientOptions(certificateAuthorityFile: peer.authority)
            try await withServer(options) { connection in
                guard let request = connection.readRequest() else { return }
                seen.leave(request)
                connection.write("HTTP/1.1 200 Connection established\r\n\r\n")
                connection.relay(to: port)
            } test: { server, client in
                setenv("https_proxy", "http://user:5ecret@127.0.0.1:\(server.port)", 1)
                let bearer = [("Authorization", "Bearer t")]
                _ = try await client.send(HTTPRequest(method: "GET", url: peer.url))
                let responses = try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                    for _ in 1...8 {
                        group.addTask {
                            try await client.send(
                                HTTPRequest(method: "GET", url: peer.url + "/meet/8", headers: bearer)
                            )
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(responses.count == 8 && Set(responses.map(\.version)) == [.http2])
                #expect(server.connections == 1)
                let tunnel = try await seen.next()
                #expect(tunnel.requestLine == "CONNECT 127.0.0.1:\(port) HTTP/1.1")
                #expect(tunnel.value("proxy-authorization") == "Basic dXNlcjo1ZWNyZXQ=")
                #expect(tunnel.value("user-agent")?.hasPrefix("ledger/") == true)
                #expect(tunnel.value("authorization") == nil)
            }
        }
    }

    @Test(arguments: ["NO_PROXY", "no_proxy"])
    func `a host that is named as an exception is reached without the proxy`(variable: String) async {
        await #expect(processExitsWith: .success) { [variable = variable as String] in
            forgetProxies()
            try await withClosedPort { closed in
                try await withServer { connection in
                    connection.answerAll { answer(body: $0.requestLine) }
                } test: { server, client in
                    setenv("http_proxy", "http://127.0.0.1:\(closed)", 1)
                    let request = HTTPRequest(method: "GET", url: server.url + "/a")
                    let error = try await client.failure(of: request)
                    #expect(error.kind == .couldNotConnect)
                    setenv(variable, "example.com,127.0.0.1", 1)
                    let response = try await client.send(request)
                    #expect(response.body == Array("GET /a HTTP/1.1".utf8))
                }
            }
        }
    }

    @Test
    func `no error shows the credentials of a proxy, and none means that the request was sent`() async {
        await #expect(processExitsWith: .success) {
            forgetProxies()
            try await withClosedPort { closed in
                try await withServer { connection in
                    connection.answerAll { _ in answer("407 Proxy Authentication Required") }
                } test: { server, client in
                    for place in [
                        "http://user:5ecret@127.0.0.1:\(closed)", "http://user:5ecret@127.0.0.1:\(server.port)",
                        "http://user:5ecret@nothing.invalid:1", "http://user:5ecret@127.0.0.1:port",
                        "http://user:5ecret@127.0.0.1:99999", "odd://user:5ecret@127.0.0.1:1", "user:5ecret@:@:1",
                        "socks5://user:5ecret@127.0.0.1:\(closed)", "http://us er:5ecret@127.0.0.1:1",
                    ] {
                        setenv("https_proxy", place, 1)
                        let error = try await client.failure(of: HTTPRequest(method: "GET", url: "https://a.invalid/"))
                        let told = "\(error) \(String(reflecting: error))"
                        #expect(!told.contains("5ecret") && !told.contains("dXNlcjo1ZWNyZXQ"), "\(place): \(told)")
                        #expect([.couldNotConnect, .nameNotResolved].contains(error.kind), "\(place): \(told)")
                        #expect(!error.requestMayHaveArrived)
                    }
                }
            }
        }
    }
}

private func forgetProxies() {
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"] {
        unsetenv(name)
    }
}

private func portOf(_ url: String) -> UInt16? { url.split(separator: ":").last.flatMap { UInt16($0) } }
