import Foundation
import GRDB
import Sandbox
import Testing

/// Additions that wait for Okta's own record, and events that it does not have.
extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(3))) struct `Confirmation` {
        private static let who = ["--as", "ops@example.com", "--reason", "we know of it"]
        private static let groups = ["AWS_Ops"]

        /// A directory, a simulated Okta and a ledger between them.
        private static func run(
            _ settings: TestLedgerSettings,
            _ body: @escaping @Sendable (SandboxOkta, SandboxDirectory, TestLedger) throws -> Void
        ) async throws {
            let okta = SandboxOkta()
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try directory.seed(users: (1...4).map { "00u\($0)" }, groups: groups)
            try await okta.whileServing { url in
                try await directory.serving { base in
                    let all = TestLedgerSettings.backfill(from: url).merging(["LEDGER_PUSH_MODE": "on"]) { $1 }
                    try body(okta, directory, try TestLedger(directory: base, all.merging(settings) { $1 }))
                }
            }
        }

        private static func reasons(_ ledger: TestLedger) throws -> [String] {
            try ledger.rows("SELECT user_id, reason FROM pending ORDER BY user_id").map {
                "\($0[0] as String) \($0[1] as String)"
            }
        }

        private static let waits = "not confirmed by the System Log yet"

        @Test
        func `an addition waits for the System Log, a removal does not, and what waits goes within seconds of it`()
            async throws
        {
            try await Self.run(["LEDGER_OKTA_CONFIRM": "adds", "LEDGER_OKTA_API_EVERY": "24 h"]) {
                okta,
                directory,
                ledger in
                let service = try ledger.serve()
                let add = HandMade.add("00u1", "AWS_Ops", ago: 0)
                try service.hook().deliver(add.body)
                try waitUntil("it waits") { try Self.reasons(ledger) == ["00u1 \(Self.waits)"] }
                let status = try ledger.run("status")
                #expect(status.code == 1 && status.output.contains(Self.waits), "\(status)")
                #expect(directory.count("PATCH") == 0 && directory.count("GET") == 0)
                okta.inspect { $0.keep(add.logged, at: add.logged.published) }
                let start = ContinuousClock.now
                try ledger.settled(seconds: 60)
                #expect(ContinuousClock.now - start < .seconds(40))
                #expect(directory.membership()["AWS_Ops"] == ["00u1"])
                try service.hook().deliver(HandMade.remove("00u1", "AWS_Ops", ago: 0).body)
                try ledger.settled(seconds: 10)
                #expect(directory.membership()["AWS_Ops"] == [])
                #expect(try service.stop() == 0)
                #expect(try ledger.run("verify", "--projections").code == 0)
            }
        }

        /// An addition that somebody invents is named once a backfill has covered its time, and let through by an operator.
        private static func checkInvented(
            _ okta: SandboxOkta,
            _ directory: SandboxDirectory,
            _ ledger: TestLedger,
            whileRunning: Bool
        ) throws {
            let service = try ledger.serve()
            let (real, forged) = (HandMade.add("00u1", "AWS_Ops", ago: 20), HandMade.add("00u2", "AWS_Ops", ago: 20))
            okta.inspect { $0.keep(real.logged, at: real.logged.published) }
            try service.hook().deliver(HandMade.delivery([real.event, forged.event]))
            try waitUntil("it is folded") { try ledger.count("SELECT count(*) FROM membership") == 2 }
            if !whileRunning { #expect(try service.stop() == 0) }
            let backfilled = try ledger.run("backfill", "--since", HandMade.text(Date(timeIntervalSinceNow: -600)))
            #expect(backfilled.output.contains("Okta's own record does not confirm (1):"), "\(backfilled)")
            if whileRunning {
                let live = try ledger.run("status", "--json").json()["service"] as? [String: Any]
                let fetched = live?["fetched"] as? [String: Any]
                #expect(fetched?["pages"] as? Int ?? 0 > 0, "\(live ?? [:])")
                try waitUntil("the real one is pushed") { directory.membership()["AWS_Ops"] == ["00u1"] }
            }
            #expect(try reasons(ledger).contains("00u2 \(waits)"))
            let status = try ledger.run("status", "--json")
            let alarms = try status.json()["alarms"] as? [[String: Any]] ?? []
            #expect(alarms.contains { $0["kind"] as? String == "unconfirmed" }, "\(status)")
            #expect(try ledger.run("status").output.contains("1 event(s) came by the hook"))
            let listed = try ledger.run("history", "--unconfirmed")
            #expect(listed.output.contains(forged.uuid) && !listed.output.contains(real.uuid), "\(listed)")

            let unknown = try ledger.run(["approve", real.uuid] + who)
            #expect(unknown.code == 2 && unknown.errors.contains("Nothing was approved"), "\(unknown)")
            let looked = try ledger.run("approve", forged.uuid, "--dry-run")
            #expect(looked.code == 0 && looked.output.contains("00u2"), "\(looked)")
            let approved = try ledger.run(["approve", forged.uuid] + who)
            #expect(approved.code == 0, "\(approved)")
            #expect(try ledger.count("SELECT count(*) FROM unconfirmed") == 0)
            let quiet = try ledger.run("status", "--json").json()["alarms"] as? [[String: Any]] ?? []
            #expect(!quiet.contains { $0["kind"] as? String == "unconfirmed" }, "\(quiet)")
            let last = try whileRunning ? service : ledger.serve()
            try ledger.settled(seconds: 30)
            #expect(directory.membership()["AWS_Ops"] == ["00u1", "00u2"])
            #expect(try last.stop() == 0)
            #expect(try ledger.run("verify", "--projections").code == 0)
        }

        @Test func `what Okta's own record does not have is named and waits for an operator, while the service runs`()
            async throws
        {
            try await Self.run(["LEDGER_OKTA_CONFIRM": "adds"]) {
                try Self.checkInvented($0, $1, $2, whileRunning: true)
            }
        }

        @Test func `what Okta's own record does not have is named and waits for an operator, while no service runs`()
            async throws
        {
            try await Self.run(["LEDGER_OKTA_CONFIRM": "adds"]) {
                try Self.checkInvented($0, $1, $2, whileRunning: false)
            }
        }

        @Test func `deliveries that failed by Okta's own record are named, and change nothing`() async throws {
            try await Self.run([:]) { okta, _, ledger in
                let uuid = UUID().uuidString.lowercased()
                let text = HandMade.text(Date(timeIntervalSinceNow: -60))
                let json =
                    #"{"uuid":"\#(uuid)","published":"\#(text)","eventType":"event_hook.delivery","#
                    + #""outcome":{"result":"FAILURE","reason":"timeout"},"target":[{"id":"who1","type":"EventHook"}]}"#
                let at = Int64((Date().timeIntervalSince1970 - 60) * 1_000) * 1_000_000
                okta.inspect {
                    $0.keep(
                        GeneratedEvent(
                            uuid: uuid,
                            published: at,
                            eventType: "event_hook.delivery",
                            effect: nil,
                            bytes: Array(json.utf8)
                        ),
                        at: at
                    )
                }
                let service = try ledger.serve()
                #expect(try service.stop() == 0)
                let since = HandMade.text(Date(timeIntervalSinceNow: -600))
                let ran = try ledger.run("backfill", "--since", since)
                #expect(ran.output.contains("Deliveries that failed, as Okta says (1):"), "\(ran)")
                #expect(ran.output.contains(uuid), "\(ran)")
                let reasons = try ledger.rows("SELECT reason FROM event").map { $0[0] as String? }
                #expect(reasons == ["eventHook"])
                #expect(try ledger.count("SELECT count(*) FROM membership") == 0)
            }
        }

        @Test func `without access to the System Log nothing can be confirmed, so the service does not start`() throws {
            let ledger = try TestLedger(["LEDGER_OKTA_CONFIRM": "adds"])
            let ran = try ledger.run("serve")
            #expect(ran.code == 2 && ran.errors.contains("okta.confirm"), "\(ran)")
        }
    }
}
