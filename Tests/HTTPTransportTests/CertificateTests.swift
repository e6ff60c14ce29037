import HTTPTransport
import Testing

/// What is shown when a TLS connection begins, and who is trusted.
@Suite(.timeLimit(.minutes(5)))
struct CertificateTests {
    @Test(arguments: [
        ("expired", "expired"), ("other-name", "name does not match|no alternative certificate subject name"),
        ("self-signed", "self.signed"), ("other-authority", "unable to get local issuer"),
    ])
    func `a certificate that is not right is refused with the reason, and nothing is sent`(
        kind: String,
        reason: String
    ) async throws {
        try await withPeer("http2_peer.py", ["--certificate", kind]) { peer, client in
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: peer.url))
            #expect(error.kind == .tls)
            #expect(!error.requestMayHaveArrived)
            let words = try Regex(reason)
            #expect(error.detail.contains(words), "\(error)")
        }
    }

    @Test
    func `an authority that no bundle holds is not trusted`() async throws {
        let peer = try Peer("http2_peer.py")
        defer { peer.stop() }
        try await withClient { client in
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: peer.url))
            #expect(error.kind == .tls && !error.requestMayHaveArrived, "\(error)")
        }
    }

    @Test
    func `a bundle that is not there is told as such, and nothing is sent`() async throws {
        let peer = try Peer("http2_peer.py")
        defer { peer.stop() }
        let absent = HTTPClientOptions(certificateAuthorityFile: "/nowhere/authority.pem")
        try await withClient(absent) { client in
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: peer.url))
            #expect(error.kind == .tls && !error.requestMayHaveArrived)
            #expect(error.detail.contains("/nowhere/authority.pem"), "\(error)")
        }
    }
}
