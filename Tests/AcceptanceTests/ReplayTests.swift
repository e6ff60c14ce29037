import Foundation
import GRDB
import Sandbox
import Testing

extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(3))) struct `Replay after an outage` {
        /// A directory whose port refuses connections until it is served.
        private static func directory() throws -> (SandboxDirectory, url: String) {
            let port = try freePort()
            let directory = SandboxDirectory(settings: .init(throttles: .off), port: port)
            try directory.seed(users: (0..<9).map { "00u\($0)" }, groups: ["AWS_Ops", "AWS_Dev"])
            return (directory, "http://127.0.0.1:\(port)/tenant/scim/v2/")
        }

        private static let who = ["--as", "ops@example.com", "--reason", "the directory was down"]

        private static func actions(_ ledger: TestLedger) throws -> Int {
            try ledger.count("SELECT count(*) FROM entry WHERE kind = 'operator.action'")
        }

        private static func plan(_ ledger: TestLedger, _ options: String...) throws -> (id: String, changes: Int) {
            let ran = try ledger.run(["replay", "--dry-run", "--json"] + options)
            #expect(ran.code == 0, "\(ran.errors)")
            let plan = try ran.json()
            return (plan["id"] as? String ?? "", (plan["changes"] as? [Any])?.count ?? -1)
        }

        @Test func `while the service runs`() async throws {
            let (directory, url) = try Self.directory()
            let ledger = try TestLedger(directory: url)
            let service = try await onThread { try Self.outage(ledger) }
            try await directory.serving { _ in
                let plan = try Self.plan(ledger)
                #expect(plan.changes == 4)
                let paused = try ledger.run(["replay", "--plan", plan.id] + Self.who)
                #expect(paused.code == 1 && paused.output.contains("Paused"), "\(paused)")
                #expect(directory.count("PATCH") == 0)
                #expect(try ledger.run(["resume"] + Self.who).code == 0)
                try ledger.settled()
                #expect(directory.membership() == ["AWS_Ops": ["00u0", "00u1", "00u2", "00u3"], "AWS_Dev": []])
                #expect(try Self.plan(ledger).changes == 0)

                // Everything again, though nothing is pending.
                let sent = directory.inspect { $0.record.journal.count }
                let reasserted = try ledger.run(["replay", "--reassert"] + Self.who)
                #expect(reasserted.code == 0 && reasserted.output.contains("Nothing is left to push."), "\(reasserted)")
                try ledger.settled()
                #expect(directory.inspect { $0.record.journal.count } == sent + 4)
                #expect(directory.inspect { $0.record.journal.suffix(4).allSatisfy { !$0.effective } })

                // Only what was decided from a position on.
                let from = try ledger.count("SELECT max(position) FROM entry WHERE kind = 'okta.delivery'")
                let chosen = try Self.plan(ledger, "--reassert", "--from", String(from))
                #expect(chosen.changes == 1)
                let last = try ledger.run(
                    ["replay", "--reassert", "--from", String(from), "--plan", chosen.id] + Self.who
                )
                #expect(last.code == 0, "\(last)")
                try ledger.settled()
                #expect(directory.inspect { $0.record.journal.count } == sent + 5)
                #expect(directory.inspect { $0.record.violations } == [])
            }
            try await onThread { () throws in
                #expect(try ledger.run("verify", "--projections").code == 0)
                #expect(try service.stop() == 0)
            }
        }

        /// Deliveries arrive while connections to the directory are refused.
        private static func outage(_ ledger: TestLedger) throws -> RunningService {
            let service = try ledger.serve()
            let hook = service.hook()
            for user in 0..<3 { #expect(try hook.post(HandMade.add("00u\(user)", "AWS_Ops", ago: 100).body) == 200) }
            #expect(try hook.post(HandMade.add("00u8", "Team", ago: 100).body) == 200)
            try waitUntil("three pairs pending") { try ledger.count("SELECT count(*) FROM pending") == 3 }

            let status = try ledger.run("status")
            #expect(status.code == 1 && status.output.contains("pending    3 pairs"), "\(status)")
            try waitUntil("the reason is shown") { try ledger.run("status").output.contains("directory unreachable") }
            let shown = try ledger.run("replay", "--dry-run")
            let plan = try plan(ledger)
            #expect(shown.code == 0 && plan.changes == 3)
            #expect(shown.output.contains("ledger replay --plan \(plan.id) --as NAME --reason WHY"), "\(shown.output)")
            #expect(shown.output.contains("Known from events only, since"))

            #expect(try ledger.run("replay", "--plan", plan.id).code == 2)
            let other = try ledger.run(["replay", "--plan", "0123456789abcdef"] + who)
            #expect(other.code == 1 && other.errors.contains("The plan has changed"), "\(other)")
            #expect(try actions(ledger) == 0)

            let down = try ledger.run(["replay"] + who)
            #expect(down.code == 1 && down.output.contains("3 change(s) are left."), "\(down)")
            #expect(try actions(ledger) == 1)

            #expect(try hook.post(HandMade.add("00u3", "AWS_Ops", ago: 90).body) == 200)
            try waitUntil("four pairs pending") { try ledger.count("SELECT count(*) FROM pending") == 4 }
            #expect(try ledger.run(["replay", "--plan", plan.id] + who).code == 1)
            #expect(try actions(ledger) == 1)
            let pause = try ledger.run(["pause"] + who)
            #expect(pause.code == 0, "\(pause)")
            #expect(try ledger.run("status").output.contains("paused     the directory was down"))
            return service
        }

        @Test func `without the service`() async throws {
            let (directory, url) = try Self.directory()
            let ledger = try TestLedger(directory: url)
            let positions = try await onThread {
                let service = try ledger.serve(["LEDGER_PUSH_MODE": "off"])
                let hook = service.hook()
                var positions: [Int] = []
                for user in 0..<4 {
                    positions.append(try ledger.count("SELECT count(*) FROM entry"))
                    #expect(try hook.post(HandMade.add("00u\(user)", "AWS_Dev", ago: 100).body) == 200)
                }
                #expect(try service.stop() == 0)
                let status = try ledger.run("status")
                #expect(status.code == 1 && status.output.contains("service    not running"), "\(status)")
                #expect(status.output.contains("Not listening since"))
                let plan = try Self.plan(ledger)
                #expect(plan.changes == 4)
                let down = try ledger.run(["replay", "--plan", plan.id] + Self.who)
                #expect(down.code == 1 && down.output.contains("4 change(s) are left."), "\(down)")
                return positions
            }
            try await directory.serving { _ in
                let second = String(positions[2])
                let part = try Self.plan(ledger, "--from", second)
                #expect(part.changes == 2)
                let some = try ledger.run(["replay", "--from", second, "--plan", part.id] + Self.who)
                #expect(some.code == 0, "\(some)")
                #expect(directory.membership()["AWS_Dev"] == ["00u2", "00u3"])

                #expect(try ledger.run(["pause"] + Self.who).code == 0)
                let paused = try ledger.run(["replay"] + Self.who)
                #expect(paused.code == 1 && paused.output.contains("Paused"), "\(paused)")
                #expect(directory.membership()["AWS_Dev"] == ["00u2", "00u3"])
                #expect(try ledger.run(["resume"] + Self.who).code == 0)

                let rest = try ledger.run(["replay"] + Self.who)
                #expect(rest.code == 0 && rest.output.contains("Nothing is left to push."), "\(rest)")
                #expect(directory.membership()["AWS_Dev"] == ["00u0", "00u1", "00u2", "00u3"])
                let sent = directory.inspect { $0.record.journal.count }
                let again = try Self.plan(ledger, "--reassert")
                #expect(try ledger.run(["replay", "--reassert", "--plan", again.id] + Self.who).code == 0)
                #expect(directory.inspect { $0.record.journal.count } == sent + 4)
                #expect(try ledger.run("status").code == 0)
                #expect(try ledger.run("verify", "--projections").code == 0)
            }
        }

        @Test func `what is held counts once approved, and a released group is left alone`() async throws {
            let (directory, url) = try Self.directory()
            try await directory.serving { _ in
                let ledger = try TestLedger(directory: url)
                let service = try ledger.serve()
                let hook = service.hook()
                let old = HandMade.add("00u5", "AWS_Dev", ago: 3 * 86_400)
                #expect(try hook.post(old.body) == 200)
                #expect(try hook.post(HandMade.add("00u1", "AWS_Dev", ago: 100).body) == 200)
                try ledger.settled()
                #expect(directory.membership()["AWS_Dev"] == ["00u1"])
                let held = try ledger.run("history", "--held")
                #expect(held.code == 0 && held.output.contains(old.uuid) && held.output.contains("old"), "\(held)")
                #expect(try ledger.run(["approve", UUID().uuidString.lowercased()] + Self.who).code == 2)
                #expect(try Self.actions(ledger) == 0)
                #expect(try ledger.run(["approve", old.uuid] + Self.who).code == 0)
                try ledger.settled()
                #expect(directory.membership()["AWS_Dev"] == ["00u1", "00u5"])

                let members = try ledger.run("members", "AWS_Dev", "--json")
                let rows = try JSONSerialization.jsonObject(with: Data(members.output.utf8)) as? [[String: Any]] ?? []
                #expect(Set(rows.compactMap { $0["user_id"] as? String }) == ["00u1", "00u5"])
                #expect(rows.allSatisfy { $0["applied"] as? String == "present" })
                #expect(try ledger.run("members").output.contains("AWS_Dev"))
                let history = try ledger.run("history", "--user", "00u5")
                #expect(history.output.contains(old.uuid) && history.output.contains("decides"), "\(history.output)")
                #expect(try ledger.run("history").output.contains("ops@example.com"))

                try Self.release(ledger, hook, directory)
                #expect(try ledger.run("verify", "--projections").code == 0)
                #expect(try service.stop() == 0)
            }
        }

        /// Renamed away from the prefix, a bound group is still followed; released, it is not.
        private static func release(_ ledger: TestLedger, _ hook: HookConnection, _ directory: SandboxDirectory) throws
        {
            var rename = HandMade.add("", "AWS_Dev", ago: 80).event
            rename["eventType"] = "group.profile.update"
            rename["target"] = [
                ["id": "00gAWS_Dev", "type": "UserGroup", "alternateId": "unknown", "displayName": "Dev"]
            ]
            #expect(try hook.post(HandMade.delivery([rename])) == 200)
            var leaves = HandMade.remove("00u1", "AWS_Dev", ago: 70)
            #expect(try hook.post(renamed(leaves.event)) == 200)
            try ledger.settled()
            #expect(directory.membership()["AWS_Dev"] == ["00u5"])
            #expect(try ledger.run(["release", "No such group"] + who).code == 1)
            #expect(try ledger.run(["release", "Dev"] + who).code == 0)
            leaves = HandMade.remove("00u5", "AWS_Dev", ago: 60)
            #expect(try hook.post(renamed(leaves.event)) == 200)
            try ledger.settled()
            #expect(directory.membership()["AWS_Dev"] == ["00u5"])
        }

        private static func renamed(_ event: [String: Any]) -> [UInt8] {
            let body = String(decoding: HandMade.delivery([event]), as: UTF8.self)
            return Array(body.replacing(#""displayName":"AWS_Dev""#, with: #""displayName":"Dev""#).utf8)
        }
    }
}
