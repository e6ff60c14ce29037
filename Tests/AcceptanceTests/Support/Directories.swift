import Foundation
import Sandbox

/// A running scim2-server: a SCIM server that this project did not write. Its membership is read with plain HTTP.
final class RealDirectory: Sendable {
    static let token = "test-token"
    let baseURL: String
    private let port: Int
    private let process: ChildProcess

    init(folder: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        // Not standardized: the link that this is must be called by its own name.
        let python = tests.deletingLastPathComponent().appending(path: ".build-peers/scim2/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Failure("the SCIM server for the tests is not installed: run Tests/Peers/setup.sh")
        }
        let script = tests.appending(path: "Peers/scim2_peer.py").path
        let process = try ChildProcess(
            [python, script, "--bearer-token", Self.token, "--port", "0", "--until-stdin-closes"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder],
            folder: folder
        )
        self.process = process
        var port = 0
        try waitUntil("the SCIM server starts: \(process.errors)") {
            guard let match = process.output.firstMatch(of: /Serving SCIM on http:\/\/127.0.0.1:(\d+)\/v2/) else {
                if process.hasEnded { throw Failure("the SCIM server did not start: \(process.errors)") }
                return false
            }
            port = Int(match.1) ?? 0
            return true
        }
        self.port = port
        baseURL = "http://127.0.0.1:\(port)/v2"
    }

    func stop() throws {
        process.send(SIGTERM)
        try process.wait()
    }

    func seed(users: [(login: String, id: String)], groups: [String]) throws {
        let wire = WireConnection(port: port)
        for user in users {
            let body: [String: Any] = [
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user.login,
                "externalId": user.id,
            ]
            try create("/v2/Users", body, wire)
        }
        for group in groups {
            let body: [String: Any] = [
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": group,
            ]
            try create("/v2/Groups", body, wire)
        }
    }

    private func create(_ path: String, _ body: [String: Any], _ wire: WireConnection) throws {
        let bytes = Array(try JSONSerialization.data(withJSONObject: body))
        let answer = try wire.send("POST", path, headers: Self.headers, body: bytes)
        guard answer.status == 201 else { throw Failure("\(path): \(String(decoding: answer.body, as: UTF8.self))") }
    }

    private static let headers = ["Authorization: Bearer \(token)", "Content-Type: application/scim+json"]

    /// Group names and the externalIds of their members.
    func membership() throws -> [String: Set<String>] {
        let wire = WireConnection(port: port)
        var users: [String: String] = [:]
        for user in try list("/v2/Users", wire) {
            users[user["id"] as? String ?? ""] = user["externalId"] as? String
        }
        var result: [String: Set<String>] = [:]
        for group in try list("/v2/Groups", wire) {
            let id = group["id"] as? String ?? ""
            let whole = try wire.send("GET", "/v2/Groups/\(id)", headers: Self.headers).object()
            let members = (whole["members"] as? [[String: Any]] ?? []).map { $0["value"] as? String ?? "" }
            result[whole["displayName"] as? String ?? ""] = Set(members.map { users[$0] ?? $0 })
        }
        return result
    }

    private func list(_ path: String, _ wire: WireConnection) throws -> [[String: Any]] {
        var all: [[String: Any]] = []
        while true {
            let target = "\(path)?startIndex=\(all.count + 1)&count=100"
            let page = try wire.send("GET", target, headers: Self.headers).object()
            let resources = page["Resources"] as? [[String: Any]] ?? []
            all += resources
            if all.count == page["totalResults"] as? Int { return all }
            guard !resources.isEmpty else { throw Failure("\(path): \(all.count) of \(page)") }
        }
    }
}

extension SandboxDirectory {
    /// Users by their Okta ids, and groups without members.
    func seed(users: [String], groups: [String], members: [String] = []) throws {
        try seed(
            users: users.map { SeedUser(userName: "\($0)@example.com", externalId: $0) },
            groups: groups.map { SeedGroup(displayName: $0, members: members) }
        )
    }

    /// Requests that reached it so far, by the beginning of their counter.
    func count(_ prefix: String) -> Int { inspect { $0.record.count(prefix) } }

    /// Runs it while a blocking body runs on a thread of its own.
    func serving<Value: Sendable>(_ body: @escaping @Sendable (String) throws -> Value) async throws -> Value {
        try await whileServing { url in try await onThread { try body(url) } }
    }
}
