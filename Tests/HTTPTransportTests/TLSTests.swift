import Foundation
import HTTPTransport
import Testing

/// TLS against `openssl s_server`, where that program is installed.
@Suite(.timeLimit(.minutes(5)), .enabled(if: FileManager.default.isExecutableFile(atPath: OpenSSL.path)))
struct TLSTests {
    @Test
    func `a certificate is trusted through the CA file alone`() async throws {
        let server = try OpenSSL(arguments: [])
        defer { server.stop() }
        let request = HTTPRequest(method: "GET", url: server.url)
        try await withClient(HTTPClientOptions(certificateAuthorityFile: server.certificate)) { client in
            let response = try await client.send(request)
            #expect(response.status == 200)
        }
        try await withClient { client in
            let error = try await client.failure(of: request)
            #expect(error.kind == .tls)
            #expect(!error.requestMayHaveArrived)
        }
    }

    @Test
    func `a certificate for another name is refused`() async throws {
        let server = try OpenSSL(arguments: [])
        defer { server.stop() }
        try await withClient(HTTPClientOptions(certificateAuthorityFile: server.certificate)) { client in
            let url = server.url.replacing("127.0.0.1", with: "localhost")
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: url))
            #expect(error.kind == .tls)
            #expect(!error.requestMayHaveArrived)
        }
    }

    @Test
    func `a server that speaks no TLS newer than 1_1 is refused`() async throws {
        // At security level 0, because OpenSSL has no TLS 1.1 at the others.
        let server = try OpenSSL(arguments: ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"])
        defer { server.stop() }
        try await withClient(HTTPClientOptions(certificateAuthorityFile: server.certificate)) { client in
            let error = try await client.failure(of: HTTPRequest(method: "GET", url: server.url))
            #expect(error.kind == .tls)
            #expect(!error.requestMayHaveArrived)
        }
    }
}

/// A running `openssl s_server` with a new certificate for 127.0.0.1.
private final class OpenSSL {
    static let path = "/usr/bin/openssl"

    let url: String
    let certificate: String
    private let folder: URL
    private let process: Process

    init(arguments: [String]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "http-transport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appending(path: "certificate.pem").path
        let key = folder.appending(path: "key.pem").path
        let maker = Self.process([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ])
        maker.standardError = FileHandle.nullDevice
        try maker.run()
        // The key is written first. Not `waitUntilExit`; see `stop`.
        for _ in 0..<4_000 {
            let text = try? String(contentsOfFile: certificate, encoding: .utf8)
            if text?.contains("END CERTIFICATE") == true { break }
            pauseBriefly()
        }

        process = Self.process(
            ["s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate] + arguments
        )
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It says "ACCEPT 127.0.0.1:PORT" once it listens.
        var said = ""
        while !said.contains(/ACCEPT \S+:\d+\n/) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw SocketFailure(call: "openssl s_server", code: 0) }
            said += String(decoding: more, as: UTF8.self)
        }
        let port = try #require(said.firstMatch(of: /ACCEPT \S+:(\d+)\n/)).1
        url = "https://127.0.0.1:\(port)/"
    }

    func stop() {
        // Not SIGTERM: the child inherits the signal mask of the thread that started it, which may block that.
        kill(process.processIdentifier, SIGKILL)
        // Nobody waits for its end; see `Peer.stop`.
        try? FileManager.default.removeItem(at: folder)
    }

    private static func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        return process
    }
}
