import Foundation
import GRDB
import Sandbox
import Testing

extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(3))) struct `A mass removal` {
        private static let users = (0..<60).map { "00u\($0)" }
        private static let who = ["--as", "ops@example.com", "--reason", "the team was dissolved"]
        private static let brakeOn = [
            "LEDGER_BRAKE_REMOVALS": "50", "LEDGER_BRAKE_SHARE": "0.5", "LEDGER_BRAKE_ADDITIONS": "200",
        ]

        private static func directory(members: [String]) throws -> SandboxDirectory {
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try directory.seed(users: users, groups: ["AWS_Ops"], members: members)
            try directory.seed(users: [String](), groups: ["AWS_Dev"])
            return directory
        }

        private static func leave(_ users: some Sequence<String>, _ hook: HookConnection) throws {
            try hook.deliver(HandMade.delivery(users.map { HandMade.remove($0, "AWS_Ops", ago: 60).event }))
        }

        /// The name of the one hold that is open.
        private static func hold(_ ledger: TestLedger, counting count: Int) throws -> String {
            var name: String?
            try waitUntil("the brake holds \(count)") {
                let rows = try ledger.rows("SELECT hold, count(*) FROM hold WHERE ended_at IS NULL GROUP BY hold")
                name = rows.first?[0]
                return rows.count == 1 && rows[0][1] as Int == count
            }
            guard let name else { throw Failure("no hold") }
            return name
        }

        @Test func `is held, shown, approved while the service runs, and then pushed`() async throws {
            let directory = try Self.directory(members: Self.users)
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url, Self.brakeOn)
                let service = try ledger.serve()
                let hook = service.hook()
                try Self.leave(Self.users, hook)
                let hold = try Self.hold(ledger, counting: 60)
                try hook.deliver(HandMade.add("00u1", "AWS_Dev", ago: 10).body)
                try waitUntil("another group goes on") { directory.membership()["AWS_Dev"] == ["00u1"] }
                #expect(directory.membership()["AWS_Ops"]?.count == 60)

                try Self.look(ledger, hold)
                let errors = service.process.errors + service.process.output
                #expect(errors.split(separator: "\n").count { $0.contains("error") && $0.contains(hold) } == 1)

                #expect(try ledger.run(["approve", "hold-1"] + Self.who).code == 2)
                #expect(try ledger.run("approve", hold).code != 0, "without a name and a reason")
                #expect(directory.membership()["AWS_Ops"]?.count == 60)
                let approved = try ledger.run(["approve", hold] + Self.who)
                #expect(approved.code == 0, "\(approved)")
                #expect(approved.output.contains("00u59@example.com"))
                try ledger.settled()
                #expect(directory.membership()["AWS_Ops"] == [])
                let again = try ledger.run(["approve", hold] + Self.who)
                #expect(again.code == 2 && again.errors.contains("released by ops@example.com"), "\(again)")
                #expect(
                    try ledger.count(
                        """
                        SELECT count(*) FROM hold WHERE standing = 'released' AND released_at_utc IS NOT NULL
                            AND released_by GLOB 'ops@example.com (uid *' AND release_reason = 'the team was dissolved'
                        """
                    ) == 60
                )
                #expect(try ledger.run("history", "--user", "00u7").output.contains("push held absent"))
                #expect(try ledger.run("verify", "--projections").code == 0)
                #expect(try service.stop() == 0)
            }
        }

        /// Status, the views and the dry run say what is held and what to type.
        private static func look(_ ledger: TestLedger, _ hold: String) throws {
            let status = try ledger.run("status")
            #expect(status.code == 1)
            #expect(status.output.contains("ALARM"))
            #expect(status.output.contains("ledger approve \(hold) --dry-run"))
            let holds = try ledger.run("status", "--json").json()["holds"] as? [[String: Any]] ?? []
            #expect(holds.map { $0["hold"] as? String } == [hold])
            #expect(holds.map { $0["counted"] as? Int } == [60])
            let reasons = try ledger.rows("SELECT DISTINCT reason FROM pending").map { $0[0] as String }
            #expect(reasons == ["held by the brake: \(hold) (removals: 60, 50 allowed)"])
            let dry = try ledger.run("approve", hold, "--dry-run")
            #expect(dry.code == 0 && dry.output.contains("00u33@example.com"), "\(dry)")
            let event = try ledger.rows("SELECT decided_by FROM membership WHERE user_id = '00u33'")[0][0] as String
            #expect(dry.output.contains(event))
            let json = try ledger.run("approve", hold, "--dry-run", "--json")
            #expect((try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [Any])?.count == 60)
        }

        @Test func `of more than half of a group is approved while nothing runs, and pushed by the next start`()
            async throws
        {
            let directory = try Self.directory(members: Array(Self.users.prefix(12)))
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url, Self.brakeOn)
                let service = try ledger.serve()
                try Self.leave(Self.users.prefix(7), service.hook())
                let hold = try Self.hold(ledger, counting: 7)
                #expect(
                    try ledger.count("SELECT max(real_size) FROM hold WHERE reason = 'share' AND allowed = 6") == 12
                )
                #expect(try service.stop() == 0)

                #expect(try ledger.run(["approve", hold] + Self.who).code == 0)
                #expect(try ledger.run(["approve", hold] + Self.who).code == 2)
                #expect(directory.membership()["AWS_Ops"]?.count == 12)
                let next = try ledger.serve()
                try ledger.settled()
                #expect(directory.membership()["AWS_Ops"] == Set(Self.users[7..<12]))
                try next.kill()
            }
        }

        @Test func `is counted across a kill, and pushed by replay only as far as it is approved`() async throws {
            let directory = try Self.directory(members: Self.users)
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url, Self.brakeOn.merging(["LEDGER_BRAKE_REMOVALS": "5"]) { $1 })
                let service = try ledger.serve()
                try Self.leave(Self.users.prefix(4), service.hook())
                try ledger.settled()
                try service.kill()
                let idle = try ledger.serve(["LEDGER_PUSH_MODE": "off"])
                try Self.leave(Self.users[4..<7], idle.hook())
                try idle.kill()
                #expect(try ledger.run(["replay"] + Self.who).code == 1)
                #expect(directory.membership()["AWS_Ops"]?.count == 56)
                let hold = try Self.hold(ledger, counting: 3)
                #expect(try ledger.run(["approve", hold] + Self.who).code == 0)
                #expect(try ledger.run(["replay"] + Self.who).code == 0)
                #expect(directory.membership()["AWS_Ops"]?.count == 53)
            }
        }
    }
}
