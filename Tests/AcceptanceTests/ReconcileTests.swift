import Foundation
import GRDB
import Sandbox
import Testing

/// What somebody else changes in the directory is found, and put right where that is asked for.
extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(3))) struct `Reconcile` {
        private static let who = ["--as", "ops@example.com", "--reason", "somebody used the console"]
        private static let truth: [String: Set<String>] = ["AWS_Ops": ["00u1", "00u2", "00u3"], "AWS_Dev": ["00u4"]]

        private static func directory() throws -> SandboxDirectory {
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try directory.seed(users: (1...8).map { "00u\($0)" }, groups: Array(truth.keys))
            return directory
        }

        /// Everybody is where Okta says, by way of the ledger; 00u5 was in AWS_Ops and has left.
        private static func fill(_ hook: HookConnection, _ ledger: TestLedger) throws {
            for (group, users) in truth {
                for user in users { try hook.deliver(HandMade.add(user, group, ago: 60).body) }
            }
            try hook.deliver(HandMade.add("00u5", "AWS_Ops", ago: 50).body)
            try hook.deliver(HandMade.remove("00u5", "AWS_Ops", ago: 40).body)
            try ledger.settled()
        }

        /// Somebody removes 00u1, puts 00u5 back, and adds 00u7, of whom no event tells.
        private static func meddle(_ directory: SandboxDirectory) throws {
            try directory.inspect { core throws(SeedError) in
                try core.setMembers(["00u2", "00u3", "00u5", "00u7"], ofGroup: "AWS_Ops")
            }
        }

        private static func observations(_ ledger: TestLedger) throws -> Int {
            try ledger.count(
                """
                SELECT count(*) FROM entry JOIN body USING (position)
                WHERE kind = 'scim.observation' AND bytes ->> '$.subject' = 'members'
                """
            )
        }

        private static func pairs(_ ran: TestLedger.Ran) throws -> Set<String> {
            let groups = try ran.json()["groups"] as? [[String: Any]] ?? []
            return Set(
                groups.flatMap { $0["pairs"] as? [[String: Any]] ?? [] }.map { pair in
                    ["user", "desired", "applied", "actual"].map { pair[$0] as? String ?? "-" }.joined(separator: " ")
                }
            )
        }

        private static func unknown(_ ran: TestLedger.Ran) throws -> Int {
            let groups = try ran.json()["groups"] as? [[String: Any]] ?? []
            return groups.reduce(0) { $0 + ($1["unknown"] as? [String] ?? []).count }
        }

        private static let drift: Set = ["00u1 present present absent", "00u5 absent absent present"]

        /// Looks, which changes nothing, and then has it fixed.
        private static func check(_ ledger: TestLedger, _ directory: SandboxDirectory) throws {
            let clean = try ledger.run("reconcile")
            #expect(clean.code == 0 && clean.output.contains("No drift."), "\(clean)")
            try meddle(directory)
            let sent = directory.count("PATCH")
            let seen = try ledger.run("reconcile", "--json")
            #expect(seen.code == 1, "\(seen)")
            #expect(try pairs(seen) == drift)
            #expect(try unknown(seen) == 1)
            let text = try ledger.run("reconcile", "--group", "AWS_Ops")
            #expect(text.code == 1 && text.output.contains("changed in the directory by somebody else"), "\(text)")
            #expect(text.output.contains("1 member(s) whom no event names"), "\(text)")
            #expect(text.output.contains("Next: ledger reconcile --fix"), "\(text)")
            let event = try ledger.rows("SELECT decided_by FROM membership WHERE user_id = '00u1'")[0][0] as String
            #expect(text.output.contains(event), "\(text)")
            let other = try ledger.run("reconcile", "--group", "AWS_Dev")
            #expect(other.code == 0 && other.output.contains("Read 1 group(s)"), "\(other)")
            #expect(directory.count("PATCH") == sent)
            #expect(try observations(ledger) == 0)
            #expect(try ledger.run("reconcile", "--fix").code == 2, "without a name and a reason")

            let fixed = try ledger.run(["reconcile", "--fix"] + who)
            #expect(fixed.code == 0 && fixed.output.contains("2 pair(s) drifted; none is left."), "\(fixed)")
            #expect(directory.membership()["AWS_Ops"] == truth["AWS_Ops"]?.union(["00u7"]))
            #expect(directory.membership()["AWS_Dev"] == truth["AWS_Dev"])
            #expect(try observations(ledger) == 1)
            let again = try ledger.run(["reconcile", "--fix"] + who)
            #expect(again.code == 0 && again.output.contains("No drift."), "\(again)")
            #expect(try observations(ledger) == 1)
            #expect(
                try ledger.count(
                    """
                    SELECT count(*) FROM entry JOIN body USING (position)
                    WHERE kind = 'operator.action' AND bytes ->> '$.action' = 'reconcile'
                        AND bytes ->> '$.as' = 'ops@example.com'
                    """
                ) == 2
            )
            #expect(try ledger.run("verify", "--projections").code == 0)
        }

        @Test func `while the service runs`() async throws {
            let directory = try Self.directory()
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url)
                let service = try ledger.serve()
                try Self.fill(service.hook(), ledger)
                try Self.check(ledger, directory)
                #expect(try service.stop() == 0)
            }
        }

        @Test func `while no service runs`() async throws {
            let directory = try Self.directory()
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url)
                let service = try ledger.serve()
                try Self.fill(service.hook(), ledger)
                #expect(try service.stop() == 0)
                try Self.check(ledger, directory)
            }
        }

        /// The directory has the right members already, and one that nobody knows.
        private static func filled() throws -> SandboxDirectory {
            let directory = try directory()
            for (group, users) in truth {
                try directory.inspect { core throws(SeedError) in
                    try core.setMembers(users.union(group == "AWS_Dev" ? ["00u8"] : []), ofGroup: group)
                }
            }
            return directory
        }

        private static func tell(_ hook: HookConnection) throws {
            for (group, users) in truth {
                for user in users { try hook.deliver(HandMade.add(user, group, ago: 60).body) }
            }
        }

        /// Nothing was sent, nothing is left to send, and the first leaver is removed by one request.
        private static func checkFirstLeaver(
            _ ledger: TestLedger,
            _ directory: SandboxDirectory,
            _ hook: HookConnection
        )
            throws
        {
            try ledger.settled()
            #expect(directory.count("PATCH") == 0)
            try hook.deliver(HandMade.remove("00u2", "AWS_Ops", ago: 5).body)
            try ledger.settled()
            #expect(directory.count("PATCH") == 1)
            #expect(directory.membership() == ["AWS_Ops": ["00u1", "00u3"], "AWS_Dev": ["00u4", "00u8"]])
            #expect(try ledger.run("verify", "--projections").code == 0)
        }

        @Test func `a first start on a directory that is right already sends nothing, while the service runs`()
            async throws
        {
            let directory = try Self.filled()
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url)
                let service = try ledger.serve()
                #expect(try ledger.run(["pause"] + Self.who).code == 0)
                try Self.tell(service.hook())
                try waitUntil("the events are folded") { try ledger.count("SELECT count(*) FROM membership") == 4 }
                let seen = try ledger.run("reconcile")
                #expect(seen.code == 1 && seen.output.contains("Not read: AWS_Ops: not looked up yet"), "\(seen)")
                let fixed = try ledger.run(["reconcile", "--fix"] + Self.who)
                #expect(fixed.code == 0 && fixed.output.contains("4 pair(s) drifted; none is left."), "\(fixed)")
                #expect(fixed.output.contains("right already, which the ledger did not know"), "\(fixed)")
                #expect(fixed.output.contains("AWS_Dev: 1 member(s) whom no event names"), "\(fixed)")
                #expect(try ledger.run(["resume"] + Self.who).code == 0)
                try Self.checkFirstLeaver(ledger, directory, service.hook())
                #expect(try service.stop() == 0)
            }
        }

        @Test func `a first start on a directory that is right already sends nothing, while no service runs`()
            async throws
        {
            let directory = try Self.filled()
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url)
                let watching = try ledger.serve(["LEDGER_PUSH_MODE": "off"])
                try Self.tell(watching.hook())
                let refused = try ledger.run("reconcile")
                #expect(refused.code == 1 && refused.errors.contains("push.mode is off"), "\(refused)")
                #expect(try watching.stop() == 0)
                let fixed = try ledger.run(["reconcile", "--fix"] + Self.who)
                #expect(fixed.code == 0 && fixed.output.contains("4 pair(s) drifted; none is left."), "\(fixed)")
                let service = try ledger.serve()
                try Self.checkFirstLeaver(ledger, directory, service.hook())
                #expect(try service.stop() == 0)
            }
        }

        @Test func `a paused ledger says so and sends nothing, and the brake holds what is too much`() async throws {
            let directory = try Self.directory()
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url, ["LEDGER_BRAKE_ADDITIONS": "1"])
                let service = try ledger.serve(["LEDGER_BRAKE_ADDITIONS": "0"])
                try Self.fill(service.hook(), ledger)
                #expect(try service.stop() == 0)
                try directory.inspect { core throws(SeedError) in try core.setMembers([], ofGroup: "AWS_Ops") }
                #expect(try ledger.run(["pause"] + Self.who).code == 0)
                let sent = directory.count("PATCH")
                let paused = try ledger.run(["reconcile", "--fix"] + Self.who)
                #expect(paused.code == 1 && paused.output.contains("Paused, so nothing is sent"), "\(paused)")
                #expect(try ledger.run(["resume"] + Self.who).code == 0)
                let held = try ledger.run(["reconcile", "--fix"] + Self.who)
                #expect(held.code == 1 && held.output.contains("3 of 3 pair(s) are left"), "\(held)")
                let told = try ledger.run("reconcile")
                #expect(told.output.contains("held by the brake: ledger approve hold-"), "\(told)")
                #expect(directory.count("PATCH") == sent)
            }
        }

        @Test
        func `a directory that asks for time is asked again, and long reading does not keep the service from ending`()
            async throws
        {
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            let groups = (0..<30).map { "AWS_\($0)" }
            try directory.seed(users: ["00u1"], groups: groups)
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url)
                let service = try ledger.serve()
                let hook = service.hook()
                for group in groups { try hook.deliver(HandMade.add("00u1", group, ago: 60).body) }
                try ledger.settled()
                directory.inspect { $0.settings.throttles.readsPerSecond = 10 }
                let all = try ledger.run("reconcile")
                #expect(all.code == 0 && all.output.contains("Read 30 group(s)"), "\(all)")
                #expect(directory.count("GET /Users 429") > 0)
                directory.inspect { $0.settings.throttles = .off }
                #expect(try service.stop() == 0)

                let slow = try ledger.serve(["LEDGER_SCIM_READS_PER_SECOND": "1"])
                let before = directory.count("GET")
                let asking = try ledger.start(["reconcile"])
                try waitUntil("some groups are read") { directory.count("GET") > before + 2 }
                let start = ContinuousClock.now
                #expect(try slow.stop() == 0)
                #expect(ContinuousClock.now - start < .seconds(10))
                #expect(try asking.wait(seconds: 20) == 1, "\(asking.errors)")
            }
        }

        @Test func `a group that is gone is told and stops no other, and nobody is taken to be out of it`() async throws
        {
            let directory = try Self.directory()
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url)
                let service = try ledger.serve()
                try Self.fill(service.hook(), ledger)
                try Self.meddle(directory)
                directory.inspect { $0.removeGroup(named: "AWS_Dev") }
                let fixed = try ledger.run(["reconcile", "--fix"] + Self.who)
                #expect(fixed.code == 1 && fixed.output.contains("Not read: AWS_Dev"), "\(fixed)")
                #expect(directory.membership()["AWS_Ops"] == ["00u1", "00u2", "00u3", "00u7"])
                #expect(try Self.observations(ledger) == 1)
                #expect(try service.stop() == 0)
            }
        }
    }
}
