import Foundation
import HTTPTransport
import Okta
import Sandbox
import Testing

@testable import OktaClient

/// The client against a simulated org that behaves, and one that does not.
struct SystemLogTests {
    @Test(arguments: [OktaSettings.LinkStyle.separateLines, .oneLine])
    func `every event comes exactly once, page by page`(links: OktaSettings.LinkStyle) async throws {
        var settings = OktaSettings()
        (settings.pageLimit, settings.links) = (7, links)
        let okta = VirtualOkta(settings)
        let made = events(100, before: okta.now * 1_000)
        okta.inspect { $0.keep(made, late: 0, seed: 1) }
        let found = try await uuids(SystemLog(okta.api()), since: made[0].published)
        #expect(found == made.map(\.uuid))
        #expect(okta.requests.count == 16)
    }

    @Test func `what is kept late comes later on, and nothing twice in a walk`() async throws {
        let okta = VirtualOkta()
        let made = events(300, before: okta.now * 1_000)
        let seed = UInt64.random(in: .min ... .max)
        okta.inspect { $0.keep(made, late: 300_000_000_000, seed: seed) }
        let first = try await uuids(SystemLog(okta.api()), since: made[0].published)
        #expect(first.count < 300 && Set(first).count == first.count, "seed \(seed)")
        let later = VirtualOkta(now: okta.now + 600_000_000)
        later.inspect { $0.keep(made, late: 300_000_000_000, seed: seed) }
        let all = try await uuids(SystemLog(later.api()), since: made[0].published)
        #expect(Set(all) == Set(made.map(\.uuid)) && all.count == 300, "seed \(seed)")
    }

    @Test func `only the types that are asked for come`() async throws {
        let okta = VirtualOkta()
        let made = events(40, before: okta.now * 1_000)
        okta.inspect { $0.keep(made, late: 0, seed: 1) }
        let found = try await uuids(
            SystemLog(okta.api()),
            since: made[0].published,
            types: ["group.user_membership.add"]
        )
        #expect(found == made.filter { $0.eventType == "group.user_membership.add" }.map(\.uuid))
    }

    @Test func `a rate limit is kept to: the walk waits for the next window and never meets a 429`() async throws {
        var settings = OktaSettings()
        (settings.pageLimit, settings.requestsPerWindow) = (5, 4)
        let okta = VirtualOkta(settings)
        let made = events(60, before: okta.now * 1_000)
        okta.inspect { $0.keep(made, late: 0, seed: 1) }
        #expect(try await uuids(SystemLog(okta.api()), since: made[0].published).count == 60)
        #expect(okta.inspect { $0.throttled } == 0)
        #expect(okta.waited.count == 3 && okta.waited.allSatisfy { $0 <= RateLimit.longestWait })
    }

    @Test func `a 429 is waited out by Okta's clock, with ours an hour off`() async throws {
        for offset: Int64 in [-3_600, 3_600] {
            var settings = OktaSettings()
            (settings.requestsPerWindow, settings.clockOffset) = (10, offset)
            let okta = VirtualOkta(settings)
            // Others have used the window up.
            okta.inspect { core in
                for _ in 0..<10 {
                    _ = core.receive(
                        DirectoryRequest(
                            method: "GET",
                            target: "/api/v1/logs?limit=1",
                            headers: [("Authorization", "SSWS \(core.settings.token)")]
                        ),
                        now: 1_790_000_000_000_000_000
                    )
                }
            }
            let api = try okta.api()
            #expect(try await uuids(SystemLog(api), since: okta.now * 1_000).isEmpty)
            #expect(okta.inspect { $0.throttled } == 1)
            #expect(okta.waited.count == 1 && okta.waited[0] > .seconds(50) && okta.waited[0] < .seconds(62))
            #expect(api.clockOffset == offset)
        }
    }

    @Test func `what passes is tried again, and what does not is told with what to do`() async throws {
        let okta = VirtualOkta()
        okta.inspect { $0.faults = [.status(500, code: "E0000009"), .status(503, code: "E0000009")] }
        #expect(try await uuids(SystemLog(okta.api()), since: okta.now * 1_000).isEmpty)
        #expect(okta.waited == [.seconds(1), .seconds(2)])

        okta.inspect { $0.faults = Array(repeating: .status(500, code: "E0000009"), count: 6) }
        await #expect(throws: OktaError(.serverFailed(status: 500), code: "E0000009", requestID: "sandbox-9")) {
            try await uuids(SystemLog(okta.api()), since: okta.now * 1_000)
        }
        let cases: [(OktaSettings.Fault, OktaError.Kind)] = [
            (.status(403, code: "E0000006"), .forbidden), (.status(404, code: "E0000007"), .refused(status: 404)),
            (.status(400, code: "E0000053"), .tooFarBack), (.body(Array("{}".utf8)), .malformed),
            (.body(Array("<html>".utf8)), .malformed), (.body(Array("[1,]".utf8)), .malformed),
            (.body(Array("[\(Array(repeating: "0", count: 1_001).joined(separator: ","))]".utf8)), .malformed),
            (
                .oversize(OktaAPI.mostBytes),
                .transport(TransportError(.responseTooLarge, requestMayHaveArrived: true))
            ),
        ]
        for (fault, kind) in cases {
            okta.inspect { $0.faults = [fault] }
            let error = await #expect(throws: OktaError.self) {
                try await uuids(SystemLog(okta.api()), since: okta.now * 1_000)
            }
            #expect(error?.kind == kind)
            #expect(okta.inspect { $0.faults.isEmpty })
        }
    }

    @Test func `a wrong token is told, and not shown`() async throws {
        let okta = VirtualOkta()
        let api = try okta.api(.sandbox("wrong-token-0123456789"))
        let error = await #expect(throws: OktaError.self) { try await uuids(SystemLog(api), since: 0) }
        #expect(error?.kind == .unauthorized && error?.code == "E0000011")
        #expect(okta.requests.count == 1)
        for text in ["\(error.map { "\($0)" } ?? "")", String(reflecting: error), String(reflecting: api)] {
            #expect(!text.contains("wrong-token"))
        }
        var shown = ""
        dump(try OktaCredential.sandbox("wrong-token-0123456789"), to: &shown)
        #expect(!shown.contains("wrong-token"))
    }

    @Test func `an event is cut out of its page byte for byte`() throws {
        let first = #"{"uuid" : "a", "published":"2026-01-01T00:00:00Z","eventType":"x","n":1.50,"t":"\u00e4ä ]}"}"#
        let page = try LogPage(parsing: Array(" [ \(first) ,\n\t{\"odd\":[1, 2]} ,null]".utf8))
        #expect(page.items.map { String(decoding: $0.bytes, as: UTF8.self) } == [first, "{\"odd\":[1, 2]}", "null"])
        #expect(page.items.map { try? $0.event.get().uuid } == ["a", nil, nil])
        #expect(try LogPage(parsing: Array("[]".utf8)).items.isEmpty)
    }
}

/// The same over real sockets.
@Suite(.timeLimit(.minutes(1))) struct SystemLogSocketTests {
    private func with<Value: Sendable>(
        _ settings: OktaSettings,
        _ body: @escaping @Sendable (SandboxOkta, SystemLog) async throws -> Value
    ) async throws -> Value {
        let okta = SandboxOkta(settings: settings)
        return try await okta.whileServing { url in
            let http = try HTTPClient()
            let api = OktaAPI(
                org: try OktaOrg(url: url),
                credential: try .sandbox(),
                sender: http,
                surroundings: .init(
                    now: { Int64(Date().timeIntervalSince1970 * 1e6) },
                    uuid: { UUID().uuidString },
                    sleep: { try await Task.sleep(for: $0) }
                )
            )
            do {
                let value = try await body(okta, SystemLog(api))
                await http.shutdown()
                return value
            } catch {
                await http.shutdown()
                throw error
            }
        }
    }

    @Test func `Okta's two Link lines, a 429 and bounded pages, over a real connection`() async throws {
        var settings = OktaSettings()
        (settings.pageLimit, settings.requestsPerWindow, settings.windowSeconds) = (50, 3, 1)
        try await with(settings) { (okta: SandboxOkta, log: SystemLog) async throws -> Void in
            let made = events(200, before: Int64(Date().timeIntervalSince1970 * 1e9))
            okta.inspect { $0.keep(made, late: 0, seed: 1) }
            okta.inspect { $0.faults = [.status(429, code: "E0000047")] }
            #expect(try await uuids(log, since: made[0].published) == made.map(\.uuid))
            #expect(okta.inspect { $0.requests } == 6)
        }
    }

    @Test func `a next link to another host is not followed`() async throws {
        var settings = OktaSettings()
        settings.links = .foreignHost("evil.example")
        try await with(settings) { (okta: SandboxOkta, log: SystemLog) async throws -> Void in
            let made = events(3, before: Int64(Date().timeIntervalSince1970 * 1e9))
            okta.inspect { $0.keep(made, late: 0, seed: 1) }
            let error = await #expect(throws: OktaError.self) { try await uuids(log, since: made[0].published) }
            #expect(error?.kind == .foreignLink(host: "evil.example"))
        }
    }

    @Test func `a page that is too large is an error, and memory is bounded`() async throws {
        try await with(.init()) { (okta: SandboxOkta, log: SystemLog) async throws -> Void in
            okta.inspect { $0.faults = [.oversize(OktaAPI.mostBytes)] }
            let error = await #expect(throws: OktaError.self) { try await uuids(log, since: 0) }
            guard case .transport(let transport) = error?.kind else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(transport.kind == .responseTooLarge)
        }
    }
}
