import Foundation
import HTTPTransport
import Testing

/// Each case runs in a process of its own, because the environment belongs to the whole process.
@Suite(.timeLimit(.minutes(5)))
struct EnvironmentTests {
    @Test
    func `the CA file comes from CURL_CA_BUNDLE, else from SSL_CERT_FILE`() async {
        await #expect(processExitsWith: .success) {
            setenv("CURL_CA_BUNDLE", "", 1)
            setenv("SSL_CERT_FILE", "/b.pem", 1)
            #expect(HTTPClientOptions().certificateAuthorityFile == "/b.pem")
            setenv("CURL_CA_BUNDLE", "/a.pem", 1)
            #expect(HTTPClientOptions().certificateAuthorityFile == "/a.pem")
            unsetenv("CURL_CA_BUNDLE")
            unsetenv("SSL_CERT_FILE")
            #expect(HTTPClientOptions().certificateAuthorityFile == nil)
        }
    }

    @Test(arguments: ["CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    func `an authority of our own is trusted through the environment alone`(variable: String) async {
        await #expect(processExitsWith: .success) { [variable = variable as String] in
            let peer = try Peer("http2_peer.py")
            defer { peer.stop() }
            for name in ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] { unsetenv(name) }
            let request = HTTPRequest(method: "GET", url: peer.url)
            try await withClient { client in
                let error = try await client.failure(of: request)
                #expect(error.kind == .tls)
            }
            setenv(variable, peer.authority, 1)
            try await withClient { client in
                let response = try await client.send(request)
                #expect(response.status == 200)
            }
        }
    }

    @Test
    func `a proxy from the environment carries the request`() async {
        await #expect(processExitsWith: .success) {
            try await withServer { connection in
                connection.answerAll { answer(body: $0.requestLine) }
            } test: { server, client in
                setenv("http_proxy", server.url, 1)
                unsetenv("no_proxy")
                unsetenv("NO_PROXY")
                let response = try await client.send(HTTPRequest(method: "GET", url: "http://nothing.invalid/a"))
                #expect(response.body == Array("GET http://nothing.invalid/a HTTP/1.1".utf8))
            }
        }
    }

    @Test
    func `a proxy that refuses the tunnel, or dies in it, means that the request was not sent`() async {
        await #expect(processExitsWith: .success) {
            try await withServer { connection in
                guard let request = connection.readRequest() else { return }
                if request.requestLine.contains("refused") { connection.write(answer("403 Forbidden")) }
            } test: { server, client in
                setenv("https_proxy", server.url, 1)
                unsetenv("no_proxy")
                unsetenv("NO_PROXY")
                for host in ["refused.invalid", "dropped.invalid"] {
                    let error = try await client.failure(of: HTTPRequest(method: "GET", url: "https://\(host)/"))
                    #expect(error.kind == .couldNotConnect, "\(error)")
                    #expect(!error.requestMayHaveArrived)
                }
            }
        }
    }

    @Test
    func `a Unix socket is used without a proxy`() async {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/http-transport-\(UInt64.random(in: 0 ... .max)).sock"
            defer { removeFile(path) }
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            let server = try RawServer(path: path) { connection in
                connection.answerAll { _ in answer() }
            }
            try await withClient { client in
                let request = HTTPRequest(method: "GET", url: "http://ledger/", unixSocketPath: path)
                let response = try await client.send(request)
                #expect(response.status == 200)
            }
            server.stop()
        }
    }
}
