import Foundation
import Logging
import Sandbox
import ServiceLifecycle
import Testing

@Suite struct DirectoryFaultTests {
    private static let second: Int64 = 1_000_000_000
    private static let start = 1_760_000_000 * second

    private static func request(_ method: String, _ path: String, _ body: String = "") -> DirectoryRequest {
        DirectoryRequest(
            method: method,
            target: Peer.base + path,
            headers: [("authorization", "Bearer sandbox-token"), ("user-agent", "test")],
            body: Array(body.utf8)
        )
    }

    private static func status(_ reaction: Reaction) -> Int {
        if case .answer(let response) = reaction { response.status } else { 0 }
    }

    @Test func `AWS's limits are 40 reads and 25 writes a second, with Retry-After`() {
        var core = DirectoryCore()
        func statuses(_ method: String, _ count: Int, at now: Int64) -> [Int] {
            (0..<count).map { _ in
                Self.status(core.receive(Self.request(method, "/Groups/none", Peer.patchBody(["{}"])), now: now))
            }
        }
        #expect(statuses("GET", 41, at: Self.start) == Array(repeating: 404, count: 40) + [429])
        #expect(statuses("DELETE", 26, at: Self.start) == Array(repeating: 404, count: 25) + [429])
        #expect(statuses("GET", 2, at: Self.start + Self.second / 40) == [404, 429])
        #expect(statuses("DELETE", 26, at: Self.start + Self.second) == Array(repeating: 404, count: 25) + [429])
        guard
            case .answer(let response) = core.receive(
                Self.request("DELETE", "/Groups/none"),
                now: Self.start + Self.second
            )
        else { return #expect(Bool(false), "no answer") }
        #expect(response.headers.first { $0.name == "Retry-After" }?.value == "1")
    }

    @Test func `the membership limit counts changes, lets one large request pass, and is off by default`() throws {
        var core = DirectoryCore(settings: .init(throttles: .off))
        try core.seed(
            users: (0..<100).map { SeedUser(userName: "u\($0)") },
            groups: [SeedGroup(displayName: "G")],
            now: Self.start
        )
        func ids(_ path: String) throws -> [String] {
            guard case .answer(let response) = core.receive(Self.request("GET", path), now: Self.start) else {
                return []
            }
            let json = try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
            return (json["Resources"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
        }
        let users = try ids("/Users")
        let group = try #require(try ids("/Groups").first)
        func add(at now: Int64) -> Int {
            let body = Peer.patchBody([Peer.add(users)])
            return Self.status(core.receive(Self.request("PATCH", "/Groups/\(group)", body), now: now))
        }
        #expect(add(at: Self.start) == 204)
        #expect(add(at: Self.start) == 204)
        core.settings.throttles.membersPerSecond = 50
        #expect(add(at: Self.start) == 204)
        #expect(add(at: Self.start) == 429)
        #expect(add(at: Self.start + Self.second) == 429)
        #expect(add(at: Self.start + 2 * Self.second) == 204)
    }

    @Test func `faults come by rule: skip, limit, method, path, share and window`() {
        var core = DirectoryCore(settings: .init(throttles: .off))
        func statuses(_ method: String, _ path: String, _ count: Int, at seconds: Int64 = 0) -> [Int] {
            (0..<count).map { _ in
                Self.status(core.receive(Self.request(method, path), now: Self.start + seconds * Self.second))
            }
        }
        core.misbehave(
            FaultPlan(rules: [
                FaultRule(.status(503), method: "GET", path: "/Users", skip: 1, limit: 2),
                FaultRule(.status(401), fromMilliseconds: 5_000, untilMilliseconds: 7_000),
            ])
        )
        #expect(statuses("GET", "/Users", 4) == [200, 503, 503, 200])
        #expect(statuses("GET", "/Groups", 1) == [200])
        #expect(statuses("GET", "/Groups", 1, at: 5) == [401])
        #expect(statuses("GET", "/Groups", 1, at: 7) == [200])
        let plan = FaultPlan(seed: 5, rules: [FaultRule(.status(500), share: 0.3)])
        core.misbehave(plan)
        let first = statuses("GET", "/Users", 200)
        core.misbehave(plan)
        #expect(statuses("GET", "/Users", 200) == first)
        #expect((30...90).contains(first.count { $0 == 500 }))
    }

    @Test func `error faults look like AWS's or like a broken proxy's`() async throws {
        try await Peer.run { (peer) async throws in
            peer.directory.inspect {
                $0.misbehave(
                    FaultPlan(rules: [
                        FaultRule(.status(429, retryAfter: 7), limit: 1), FaultRule(.html(), limit: 1),
                    ])
                )
            }
            let busy = try await peer.get("/Users")
            #expect(busy.status == 429 && busy.headers["retry-after"] == "7")
            #expect(busy.json["schema"] != nil && busy.json["status"] as? String == "429")
            let page = try await peer.get("/Users")
            #expect(page.status == 500 && page.headers["content-type"] == "text/html" && page.json.isEmpty)
            #expect(try await peer.get("/Users").status == 200)
            #expect(
                peer.directory.inspect { $0.record.requests } == [
                    "GET /Users 429": 1, "GET /Users 500": 1, "GET /Users 200": 1,
                ]
            )
        }
    }

    @Test(arguments: [false, true])
    func `a reset takes the connection away, before or after the change`(applied: Bool) async throws {
        try await Peer.run { (peer) async throws in
            let user = try await peer.createUser("a", externalId: "00u1").id
            let group = try await peer.createGroup("G").id
            peer.directory.inspect { $0.misbehave(FaultPlan(rules: [FaultRule(.reset(applied: applied), limit: 1)])) }
            await #expect(throws: RawHTTP.Failure.reset) { try await peer.patch(group, Peer.add([user])) }
            #expect(peer.directory.membership() == ["G": applied ? ["00u1"] : []])
            #expect(peer.directory.inspect { $0.record.count("PATCH /Groups/{id} reset") } == 1)
            #expect(try await peer.patch(group, Peer.add([user])).status == 204)
        }
    }

    @Test func `an answer that never comes leaves others served, and the directory still ends`() async throws {
        try await Peer.run { (peer) async throws in
            peer.directory.inspect { $0.misbehave(FaultPlan(rules: [FaultRule(.hang(), path: "/Groups")])) }
            await #expect(throws: RawHTTP.Failure.timedOut) {
                try await peer.send("GET", "/Groups", patience: 200)
            }
            #expect(try await peer.get("/Users").status == 200)
        }
    }

    @Test func `a graceful shutdown does not wait for an answer that never comes`() async throws {
        let directory = SandboxDirectory(settings: .init(throttles: .off))
        directory.inspect { $0.misbehave(FaultPlan(rules: [FaultRule(.hang())])) }
        let group = ServiceGroup(services: [directory], logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let peer = Peer(directory: directory, port: try await directory.port)
            tasks.addTask { _ = try? await peer.get("/Users") }
            while directory.inspect({ $0.record.count("GET") }) == 0 { await Task.yield() }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func `a late answer is the right one`() async throws {
        try await Peer.run { (peer) async throws in
            peer.directory.inspect { $0.misbehave(FaultPlan(rules: [FaultRule(.delay(milliseconds: 300), limit: 1)])) }
            let start = ContinuousClock.now
            #expect(try await peer.createUser("a").status == 201)
            #expect(ContinuousClock.now - start >= .milliseconds(300))
            #expect(try await peer.get("/Users").ids.count == 1)
        }
    }

    @Test func `another process seeds, throttles, faults, reads and resets over HTTP`() async throws {
        try await Peer.run { (peer) async throws in
            func admin(_ method: String, _ path: String, _ body: String = "") async throws -> Answer {
                try await peer.send(method, path, body, token: nil, userAgent: nil, base: "/_sandbox")
            }
            let seed = #"""
                {"users":[{"userName":"a","externalId":"00u1"}],"groups":[{"displayName":"G","members":["00u1"]}]}
                """#
            #expect(try await admin("POST", "/seed", seed).status == 204)
            #expect(try await admin("POST", "/seed", seed).status == 409)
            #expect(try await admin("POST", "/seed", "{").status == 400)
            #expect(try await peer.get("/Users").ids.count == 1)
            let plan = #"{"seed":1,"rules":[{"fault":{"kind":"status","status":503},"path":"/Users","limit":1}]}"#
            #expect(try await admin("POST", "/faults", plan).status == 204)
            #expect(try await peer.get("/Users").status == 503)
            #expect(try await admin("POST", "/throttles", #"{"readsPerSecond":40}"#).status == 204)
            let state = try await admin("GET", "/state").json
            #expect(state["requests"] as? [String: Int] == ["GET /Users 200": 1, "GET /Users 503": 1])
            let groups = try #require(state["groups"] as? [[String: Any]])
            #expect(groups.first?["members"] as? [String] == ["00u1"])
            let group = try #require(groups.first?["id"] as? String)
            #expect(try await peer.send("DELETE", "/Groups/\(group)").status == 204)
            let journal =
                try JSONSerialization.jsonObject(with: Data(await admin("GET", "/journal").body)) as? [[String: Any]]
            #expect(journal?.first?["direction"] as? String == "removed")
            #expect(try await admin("POST", "/reset").status == 204)
            #expect(try await peer.get("/Users").ids.isEmpty)
            #expect(try await admin("GET", "/other").status == 404)
        }
    }

    @Test func `a taken port ends the service and frees who waits for it`() async throws {
        try await Peer.run { (peer) async throws in
            let second = SandboxDirectory(port: peer.port)
            await #expect(throws: SandboxNotListening.self) { try await second.whileServing { _ in } }
        }
    }
}
