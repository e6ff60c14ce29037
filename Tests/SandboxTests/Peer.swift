import Foundation
import Sandbox

/// A running directory and a client that does exactly what a test says.
struct Peer: Sendable {
    let directory: SandboxDirectory
    let port: Int

    static let base = "/tenant/scim/v2"
    static let patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

    /// Runs a directory for one test, without throttles unless the settings say so.
    static func run(
        _ settings: DirectoryCore.Settings = .init(throttles: .off),
        _ body: sending @escaping (Peer) async throws -> Void
    ) async throws {
        let directory = SandboxDirectory(settings: settings)
        try await directory.whileServing { _ in
            try await body(Peer(directory: directory, port: try await directory.port))
        }
    }

    func send(
        _ method: String,
        _ path: String,
        _ body: String = "",
        token: String? = "sandbox-token",
        userAgent: String? = "test",
        base: String = Peer.base,
        patience: Int = 20_000
    ) async throws -> Answer {
        var text = "\(method) \(base)\(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if let userAgent { text += "User-Agent: \(userAgent)\r\n" }
        if !body.isEmpty { text += "Content-Type: application/scim+json\r\nContent-Length: \(body.utf8.count)\r\n" }
        return try Answer(await RawHTTP.exchange(port: port, Array("\(text)\r\n\(body)".utf8), patience: patience))
    }

    func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    func filter(_ resource: String, _ filter: String, _ more: String = "") async throws -> Answer {
        let encoded = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return try await get("/\(resource)?filter=\(encoded)\(more)")
    }

    func createUser(_ name: String, externalId: String? = nil) async throws -> Answer {
        let external = externalId.map { #","externalId":"\#($0)""# } ?? ""
        return try await send(
            "POST",
            "/Users",
            #"{"userName":"\#(name)","name":{"givenName":"G","familyName":"F"},"displayName":"\#(name)"\#(external)}"#
        )
    }

    func createGroup(_ name: String, externalId: String? = nil, members: [String] = []) async throws -> Answer {
        let external = externalId.map { #","externalId":"\#($0)""# } ?? ""
        let list = members.isEmpty ? "" : #","members":\#(Self.values(members))"#
        return try await send("POST", "/Groups", #"{"displayName":"\#(name)"\#(external)\#(list)}"#)
    }

    func patch(_ group: String, _ operations: String...) async throws -> Answer {
        try await send("PATCH", "/Groups/\(group)", Self.patchBody(operations))
    }

    static func patchBody(_ operations: [String]) -> String {
        #"{"schemas":["\#(patchSchema)"],"Operations":[\#(operations.joined(separator: ","))]}"#
    }

    static func add(_ users: [String]) -> String {
        #"{"op":"add","path":"members","value":\#(values(users))}"#
    }

    static func remove(_ users: [String]) -> String {
        #"{"op":"remove","path":"members","value":\#(values(users))}"#
    }

    private static func values(_ users: [String]) -> String {
        "[" + users.map { #"{"value":"\#($0)"}"# }.joined(separator: ",") + "]"
    }

    /// What the directory has noted against the client.
    var violations: [Violation.Kind] { directory.inspect { $0.record.violations.map(\.kind) } }
}
