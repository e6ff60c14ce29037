import Foundation
import Sandbox
import Testing

/// A directory of some kind with one group of three, asked without a network.
private struct Desk {
    var core: DirectoryCore
    var now: Int64 = 1_760_000_000_000_000_000
    private(set) var ids: [String] = []
    private(set) var group = ""

    init(_ removals: RemoveBehaviour) throws {
        core = DirectoryCore(settings: .init(throttles: .off, removals: removals))
        try core.seed(
            users: ["a", "b", "c"].map { SeedUser(userName: $0, externalId: $0) },
            groups: [SeedGroup(displayName: "G", members: ["a", "b", "c"])],
            now: now
        )
        ids = try list("/Users")
        group = try list("/Groups")[0]
    }

    mutating func send(_ method: String, _ path: String, _ body: String = "") throws -> DirectoryResponse {
        let request = DirectoryRequest(
            method: method,
            target: Peer.base + path,
            headers: [("authorization", "Bearer sandbox-token"), ("user-agent", "test")],
            body: Array(body.utf8)
        )
        guard case .answer(let response) = core.receive(request, now: now) else { throw Silence() }
        return response
    }

    struct Silence: Error {}

    mutating func json(_ path: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(try send("GET", path).body)) as? [String: Any] ?? [:]
    }

    mutating func list(_ path: String) throws -> [String] {
        (try json(path)["Resources"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
    }

    mutating func patch(_ operation: String) throws -> Int {
        try send("PATCH", "/Groups/\(group)", Peer.patchBody([operation])).status
    }

    /// Removes `a` as AWS has it.
    mutating func removeByList() throws -> Int { try patch(Peer.remove([ids[0]])) }

    /// Removes `a` as RFC 7644 has it.
    mutating func removeByFilter() throws -> Int {
        try patch(#"{"op":"remove","path":"members[value eq \"\#(ids[0])\"]"}"#)
    }

    var members: Set<String> { core.membership()["G"] ?? [] }
}

@Suite struct `Kinds of servers` {
    @Test func `AWS takes a list of values and refuses a filter`() throws {
        var desk = try Desk(.aws)
        #expect(try desk.removeByFilter() == 400)
        #expect(desk.members == ["a", "b", "c"])
        #expect(try desk.removeByList() == 204)
        #expect(desk.members == ["b", "c"])
        #expect(try desk.json("/Groups/\(desk.group)")["members"] == nil)
    }

    @Test func `a strict RFC server takes a filter, refuses a list of values with invalidValue, and shows members`()
        throws
    {
        var desk = try Desk(.rfc)
        let refused = try desk.send("PATCH", "/Groups/\(desk.group)", Peer.patchBody([Peer.remove([desk.ids[0]])]))
        #expect(refused.status == 400)
        #expect(String(decoding: refused.body, as: UTF8.self).contains(#""scimType":"invalidValue""#))
        #expect(desk.members == ["a", "b", "c"])
        #expect(try desk.removeByFilter() == 204)
        let shown = try desk.json("/Groups/\(desk.group)")["members"] as? [[String: Any]] ?? []
        #expect(Set(shown.compactMap { $0["value"] as? String }) == Set(desk.ids.dropFirst()))
        let page = try desk.json("/Users?startIndex=2&count=1")
        #expect(page["totalResults"] as? Int == 3)
        #expect((page["Resources"] as? [Any])?.count == 1)
        #expect(desk.core.record.violations == [])
    }

    @Test func `a server without the form of AWS says 501 to it`() throws {
        var desk = try Desk(.rfcElse501)
        #expect(try desk.removeByList() == 501)
        #expect(desk.members == ["a", "b", "c"])
        #expect(try desk.removeByFilter() == 204)
        #expect(desk.members == ["b", "c"])
    }

    @Test func `a lenient server drops the values, empties the group, and says 204`() throws {
        var desk = try Desk(.wipes)
        #expect(try desk.removeByFilter() == 204)
        #expect(desk.members == ["b", "c"])
        #expect(try desk.removeByList() == 204)
        #expect(desk.members == [])
    }

    @Test func `a server that ignores removals says 204 and keeps everybody`() throws {
        var desk = try Desk(.ignores)
        #expect(try desk.removeByFilter() == 204)
        #expect(try desk.removeByList() == 204)
        #expect(desk.members == ["a", "b", "c"])
    }

    @Test func `the most in any second is counted to the nanosecond, for reads, writes and members apart`() throws {
        var desk = try Desk(.aws)
        desk.now += 10_000_000_000
        let begin = desk.now
        // Two before, thirty in the last millisecond of one second and the first of the next, one a second later.
        for at in [0, 0] + Array(repeating: 999_000_000, count: 15) + Array(repeating: 1_001_000_000, count: 15)
            + [1_999_000_000]
        {
            desk.now = begin + Int64(at)
            _ = try desk.send("GET", "/Groups/none")
        }
        #expect(desk.core.record.mostReads == 30)
        for at in [0, 999_999_999, 1_000_000_000] {
            desk.now = begin + 5_000_000_000 + Int64(at)
            _ = try desk.patch(Peer.add(Array(desk.ids.prefix(2))))
        }
        #expect(desk.core.record.mostWrites == 2)
        #expect(desk.core.record.mostMemberChanges == 4)
    }

    @Test func `a fault can meet only requests that name one user, with a detail and a date to come back`() throws {
        var desk = try Desk(.aws)
        // Sun, 06 Nov 1994 08:49:37 GMT is the example of RFC 9110 section 5.6.7.
        desk.now = 784_111_776_000_000_000 - 500_000_000
        let fault = Fault.status(429, retryAfter: 1, retryAfterAsDate: true, detail: "b is not welcome")
        desk.core.misbehave(FaultPlan(rules: [FaultRule(fault, member: "b")]))
        #expect(try desk.patch(Peer.remove([desk.ids[0]])) == 204)
        let answer = try desk.send("PATCH", "/Groups/\(desk.group)", Peer.patchBody([Peer.remove([desk.ids[1]])]))
        #expect(answer.status == 429)
        #expect(answer.headers.first { $0.name == "Retry-After" }?.value == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(String(decoding: answer.body, as: UTF8.self).contains("b is not welcome"))
        #expect(desk.members == ["b", "c"])
    }
}
