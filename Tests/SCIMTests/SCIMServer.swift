import Foundation
import HTTPTransport
import SCIM
import Testing

/// A running scim2-server: a SCIM server that this project did not write, over real sockets.
final class SCIMServer: Sendable {
    /// The server of the suite that the current test is in.
    @TaskLocal static var current: SCIMServer?

    static let token = "test-token"

    let baseURL: String
    /// Holds the server's standard input open: the server stops when it closes, even if the tests are killed.
    private let standardInput: Pipe
    private let process: Process

    /// Starts the server on a free port.
    ///
    /// - Parameter configuration: A service provider configuration among the fixtures; nil for the server's own.
    /// - Throws: What to do, where it is not installed or does not start.
    init(configuration: String?) throws {
        let peers = Fixture.folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Peers")
        let python = peers.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: ".build-peers/scim2/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw Failure("the SCIM server for the tests is not installed: run Tests/Peers/setup.sh")
        }
        process = Process()
        process.executableURL = python
        process.arguments = [peers.appending(path: "scim2_peer.py").path, "--bearer-token", Self.token]
        process.arguments? += ["--port", "0", "--until-stdin-closes"]
        if let configuration {
            let path = Fixture.folder.appending(path: configuration).path
            process.arguments? += ["--service-provider-config", path]
        }
        standardInput = Pipe()
        process.standardInput = standardInput
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // The one line that the server prints when it accepts connections; the end of output if it could not start.
        var line: [UInt8] = []
        while let data = try output.fileHandleForReading.read(upToCount: 1), data.first != UInt8(ascii: "\n") {
            line += data
        }
        let text = String(decoding: line, as: UTF8.self)
        guard text.hasPrefix("Serving SCIM on http://"), let url = text.split(separator: " ").last else {
            process.terminate()
            throw Failure(
                "the SCIM server for the tests did not start; run Tests/Peers/setup.sh again. It said: \(text)"
            )
        }
        baseURL = String(url)
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}

/// Runs a suite with a server of its own, which is stopped at the end.
struct SCIMServerTrait: SuiteTrait, TestScoping {
    let configuration: String?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let server = try SCIMServer(configuration: configuration)
        defer { server.stop() }
        try await SCIMServer.$current.withValue(server, operation: function)
    }
}

extension Trait where Self == SCIMServerTrait {
    static func scimServer(configuration: String? = nil) -> Self { Self(configuration: configuration) }
}

/// What a test does to a server besides what our client can: it makes users and groups, and reads raw answers.
struct ServerSession {
    let client: SCIMClient
    private let http: HTTPClient
    private let baseURL: String

    /// A session with the server of the suite. `token` is what the client presents; the session itself has the right one.
    init(dialect: Dialect = .rfc, token: String = SCIMServer.token) throws {
        let server = try #require(SCIMServer.current)
        baseURL = server.baseURL
        http = try HTTPClient()
        let target = try SCIMTarget(url: baseURL + "/", token: BearerToken(token), dialect: dialect)
        client = SCIMClient(target: target, sender: http, pacer: unhurried(), now: { 0 })
    }

    func close() async { await http.shutdown() }

    /// Makes a resource and returns its id.
    func create(_ path: String, _ attributes: [String: String]) async throws -> String {
        let kind = path == "/Users" ? "User" : "Group"
        var body: [String: Any] = attributes
        body["schemas"] = ["urn:ietf:params:scim:schemas:core:2.0:\(kind)"]
        let bytes = try Array(JSONSerialization.data(withJSONObject: body))
        let created = try await send("POST", path, body: bytes)
        guard created.status == 201, let id = try Fixture.parse(created.body)["id"] as? String else {
            throw SCIMServer.Failure("\(path) answered \(created.status)")
        }
        return id
    }

    func user(_ name: String) async throws -> String {
        try await create("/Users", ["userName": name, "externalId": "00u-\(name)"])
    }

    func group(_ name: String) async throws -> String { try await create("/Groups", ["displayName": name]) }

    /// Changes members as the service would and returns what became of it.
    func change(_ group: String, add: [String] = [], remove: [String] = []) async throws -> SCIMOutcome {
        let changes =
            remove.map { MemberChange(memberID: $0, state: .absent) }
            + add.map { MemberChange(memberID: $0, state: .present) }
        let patch = try MemberPatch(groupID: group, changes: changes)
        return await client.send(patch.request(in: client.target.dialect), changes: patch.changes.count)
    }

    private func send(_ method: String, _ path: String, body: [UInt8]) async throws -> HTTPResponse {
        let headers = [
            (name: "Authorization", value: "Bearer \(SCIMServer.token)"),
            (name: "Content-Type", value: "application/scim+json"),
        ]
        return try await http.send(HTTPRequest(method: method, url: baseURL + path, headers: headers, body: body))
    }
}
