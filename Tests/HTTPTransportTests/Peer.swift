import Foundation
import HTTPTransport
import Synchronization
import Testing

/// A running server of Tests/Peers with TLS and a certificate authority of its own.
final class Peer: Sendable {
    let url: String
    /// The PEM file of the authority that signed the server's certificate.
    let authority: String
    /// Every line that the server has said and no `wait` has taken.
    private let lines = Signal<String>()
    private let folder: URL
    private let process: Process
    /// Holds the server's standard input open: the server stops when it closes, even if the tests are killed.
    private let standardInput = Pipe()

    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// - Throws: What to do, where it is not installed or does not start.
    init(_ script: String, _ arguments: [String] = []) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "http-transport-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        authority = folder.appending(path: "authority.pem").path
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let python = tests.deletingLastPathComponent().appending(path: ".build-peers/scim2/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw Failure("the servers for the tests are not installed: run Tests/Peers/setup.sh")
        }
        process = Process()
        process.executableURL = python
        process.arguments = [tests.appending(path: "Peers/\(script)").path, "--folder", folder.path] + arguments
        process.standardInput = standardInput
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = Lines(output.fileHandleForReading)
        guard let first = said.next(), first.hasPrefix("Serving on "), let url = first.split(separator: " ").last else {
            process.terminate()
            throw Failure("\(script) did not start; run Tests/Peers/setup.sh again")
        }
        self.url = String(url)
        startThread { [lines] in
            while let line = said.next() { lines.leave(line) }
        }
    }

    /// Waits until the server says this, and forgets what it said before.
    func wait(for wanted: String) async throws {
        while try await lines.next() != wanted {}
    }

    /// How often the server says this before it says `last`, since the last `wait`.
    func count(_ wanted: String, until last: String) async throws -> Int {
        var count = 0
        while case let line = try await lines.next(), line != last { count += line == wanted ? 1 : 0 }
        return count
    }

    func stop() {
        // Not SIGTERM: the child inherits the signal mask of the thread that started it, which may block that.
        kill(process.processIdentifier, SIGKILL)
        // Nobody waits for its end: a process that was started at the same moment may hold open what that is known by, and
        // then two such waits, on the two threads of a small machine, wait for each other.
        try? FileManager.default.removeItem(at: folder)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}

/// The lines of a file that is still being written. Reading blocks.
private final class Lines: Sendable {
    private let file: FileHandle
    private let rest = Mutex(Data())

    init(_ file: FileHandle) { self.file = file }

    /// The next line, nil at the end.
    func next() -> String? {
        rest.withLock { rest in
            while true {
                if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { rest = Data(rest[(end + 1)...]) }
                    return String(decoding: rest[..<end], as: UTF8.self)
                }
                let more = file.availableData
                guard !more.isEmpty else { return nil }
                rest += more
            }
        }
    }
}

/// Runs a test with a server and a client that trusts it, and ends both.
func withPeer(
    _ script: String,
    _ arguments: [String] = [],
    options: HTTPClientOptions = HTTPClientOptions(),
    test: (Peer, HTTPClient) async throws -> Void
) async throws {
    let peer = try Peer(script, arguments)
    defer { peer.stop() }
    var options = options
    options.certificateAuthorityFile = peer.authority
    try await withClient(options) { client in try await test(peer, client) }
}
