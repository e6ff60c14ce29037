import Foundation
import GRDB
import Sandbox
import Testing

/// Who is in the groups is read from Okta, and looked for in the directory before anything is sent.
extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(3))) struct `Baselines` {
        private static let who = ["--as", "ops@example.com", "--reason", "first start"]

        /// A ledger that reads the org, with the brake as it is set by default.
        private static func ledger(_ directory: String, _ okta: String) throws -> TestLedger {
            try TestLedger(
                directory: directory,
                [
                    "LEDGER_OKTA_API_URL": okta, "LEDGER_OKTA_API_TOKEN": OktaSettings().token,
                    "LEDGER_OKTA_API_EVERY": "24 h", "LEDGER_BRAKE_REMOVALS": "50", "LEDGER_BRAKE_SHARE": "0.5",
                    "LEDGER_BRAKE_ADDITIONS": "200",
                ]
            )
        }

        /// Runs a body with a ledger between an org and a directory.
        private static func between(
            _ okta: SandboxOkta,
            _ directory: SandboxDirectory,
            _ body: @escaping @Sendable (TestLedger) throws -> Void
        ) async throws {
            try await okta.whileServing { api in
                try await directory.serving { url in try body(try ledger(url, api)) }
            }
        }

        // MARK: A first start

        private static let groups = (1...40).map { "AWS_\($0 + 100)" }

        private static func users(of group: String) -> [String] { (1...75).map { "00u\(group.dropFirst(4))x\($0)" } }

        /// 3,000 members in 40 groups, in Okta and in the directory.
        private static func company() throws -> (SandboxOkta, SandboxDirectory) {
            var org = OrgCore()
            org.create(group: "00gEveryone", name: "Everyone", type: .builtIn)
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            for group in groups {
                org.create(group: "00g\(group)", name: group)
                for user in users(of: group) {
                    org.create(user: user, login: "\(user)@example.com")
                    org.set(user, in: "00g\(group)", true)
                }
                try directory.seed(
                    users: users(of: group),
                    groups: [group],
                    members: users(of: group).map { "\($0)@example.com" }
                )
            }
            var settings = OktaSettings()
            settings.pageLimit = 40
            return (SandboxOkta(org, settings: settings), directory)
        }

        private static func checkComplete(_ ledger: TestLedger, _ directory: SandboxDirectory) throws {
            let complete = """
                SELECT count(*) FROM membership WHERE in_scope AND desired = 'present' AND applied = 'present'
                    AND decided_type = 'okta.baseline' AND coverage GLOB 'complete since the baseline at 2*'
                """
            #expect(try ledger.count(complete) == 3_000)
            #expect(try ledger.count("SELECT count(*) FROM membership") == 3_000)
            let replay = try ledger.run(["replay"] + who)
            #expect(replay.code == 0, "\(replay)")
            let verified = try ledger.run("verify", "--projections")
            #expect(verified.code == 0, "\(verified)")
            let status = try ledger.run("status")
            #expect(status.output.contains("Membership of all 40 group(s) in scope is complete"), "\(status)")
            #expect(directory.count("PATCH") == 0 && directory.count("POST") == 0)
            #expect(try ledger.count("SELECT count(*) FROM attempt") == 0)
        }

        /// The first leaver goes by itself, and nobody else does.
        private static func checkLeaver(
            _ ledger: TestLedger,
            _ directory: SandboxDirectory,
            _ service: RunningService
        ) throws {
            let (group, user) = (groups[7], users(of: groups[7])[3])
            try service.hook().deliver(HandMade.remove(user, group, ago: 0).body)
            try waitUntil("the leaver is gone") { directory.membership()[group]?.contains(user) == false }
            try ledger.settled()
            #expect(directory.membership()[group]?.count == 74)
            #expect(directory.count("PATCH") == 1)
            #expect(try ledger.count("SELECT count(*) FROM hold") == 0)
        }

        @Test func `a first start while the service runs sends nothing, and the first leaver is removed`() async throws
        {
            let (okta, directory) = try Self.company()
            try await Self.between(okta, directory) { ledger in
                let service = try ledger.serve()
                let baseline = try ledger.run("baseline")
                #expect(baseline.code == 0, "\(baseline)")
                #expect(baseline.output.hasPrefix("Read 40 group(s) from Okta with 3000 member(s)."), "\(baseline)")
                #expect(baseline.output.hasSuffix("Next: ledger reconcile\n"), "\(baseline)")
                try ledger.settled()
                let reconciled = try ledger.run("reconcile")
                #expect(reconciled.code == 0, "\(reconciled)")
                #expect(reconciled.output.contains("Read 40 group(s) of the directory with 3000 member(s)."))
                try Self.checkComplete(ledger, directory)
                try Self.checkLeaver(ledger, directory, service)
                #expect(try service.stop() == 0)
            }
        }

        @Test func `a first start while no service runs sends nothing, and the first leaver is removed`() async throws {
            let (okta, directory) = try Self.company()
            try await Self.between(okta, directory) { ledger in
                #expect(try ledger.serve().stop() == 0)
                let baseline = try ledger.run("baseline")
                #expect(baseline.code == 0, "\(baseline)")
                #expect(baseline.output.contains("The ledger had not heard of 3000."), "\(baseline)")
                #expect(baseline.output.contains("Next: ledger reconcile --fix"), "\(baseline)")
                let plan = try ledger.run("reconcile")
                #expect(plan.code == 1 && directory.count("PATCH") == 0, "\(plan)")
                let reconciled = try ledger.run(["reconcile", "--fix"] + Self.who)
                #expect(reconciled.code == 0, "\(reconciled)")
                try Self.checkComplete(ledger, directory)
                let service = try ledger.serve()
                try Self.checkLeaver(ledger, directory, service)
                #expect(try service.stop() == 0)
            }
        }

        // MARK: Later

        /// Two groups; the events told that 00u1 and 00u2 are in AWS_Ops, and missed that 00u3 entered and 00u2 left.
        private static func doubt() throws -> (SandboxOkta, SandboxDirectory) {
            var org = OrgCore()
            org.create(group: "00gEveryone", name: "Everyone", type: .builtIn)
            for group in ["AWS_Ops", "AWS_Dev", "Staff"] { org.create(group: "00g\(group)", name: group) }
            for user in 1...5 { org.create(user: "00u\(user)", login: "00u\(user)@example.com") }
            for user in ["00u1", "00u3"] { org.set(user, in: "00gAWS_Ops", true) }
            for user in ["00u4", "00u5"] { org.set(user, in: "00gAWS_Dev", true) }
            org.set(.suspended, of: "00u4")
            org.set("00u1", in: "00gStaff", true)
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try directory.seed(users: (1...5).map { "00u\($0)" }, groups: ["AWS_Ops", "AWS_Dev", "AWS_Gone"])
            return (SandboxOkta(org), directory)
        }

        private static func tellEvents(_ ledger: TestLedger, _ service: RunningService) throws {
            let hook = service.hook()
            for user in ["00u1", "00u2"] { try hook.deliver(HandMade.add(user, "AWS_Ops", ago: 60).body) }
            try hook.deliver(HandMade.add("00u5", "AWS_Gone", ago: 60).body)
            try ledger.settled()
        }

        private static func names(_ json: [String: Any], _ key: String) -> Set<String> {
            let pairs = (json[key] as? [String: Any])?["first"] as? [[String: Any]] ?? []
            return Set(pairs.map { "\($0["user"] ?? "") \($0["groupName"] ?? "")" })
        }

        private static func check(_ ledger: TestLedger, _ okta: SandboxOkta) throws {
            // The list; then members and name of each group, in the order of the ids; AWS_Dev comes first.
            okta.change {
                $0.groups.faults = [
                    .body(Array(#"[{"id":"00gAWS_Dev","profile":{"name":"AWS_Dev"}}]"#.utf8)),
                    .status(403, code: "E0000006"),
                ]
            }
            let ran = try ledger.run("baseline", "--json", "--group", "AWS_Dev")
            #expect(ran.code == 1, "\(ran)")
            let failed = try ran.json()["failed"] as? [[String: Any]] ?? []
            #expect(failed.count == 1 && failed.first?["groupName"] as? String == "AWS_Dev", "\(ran)")
            #expect(try ledger.count("SELECT count(*) FROM baseline") == 0)
            #expect(try ledger.run("baseline", "--group", "nobody").code == 1)

            let all = try ledger.run("baseline", "--json")
            #expect(all.code == 0, "\(all)")
            let json = try all.json()
            #expect(json["groups"] as? Int == 3 && json["members"] as? Int == 4, "\(all)")
            #expect(json["gone"] as? [String] == ["AWS_Gone"], "\(all)")
            #expect(json["notActive"] as? [String: Int] == ["SUSPENDED": 1], "\(all)")
            #expect(json["told"] as? Int == 3, "\(all)")
            #expect(names(json, "removed") == ["00u2 AWS_Ops", "00u5 AWS_Gone"], "\(all)")
            let again = try ledger.run("baseline", "--group", "AWS_Ops")
            #expect(again.output.contains("Corrected: 0 added, 0 removed."), "\(again)")
        }

        private static func checkAfter(_ ledger: TestLedger, _ directory: SandboxDirectory) throws {
            #expect(directory.membership()["AWS_Ops"] == ["00u1", "00u3"])
            #expect(directory.membership()["AWS_Dev"] == ["00u4", "00u5"])
            #expect(directory.membership()["AWS_Gone"] == [])
            let history = try ledger.rows(
                "SELECT state, event_type FROM membership_history WHERE user_id = '00u2' ORDER BY number LIMIT 2"
            ).map { "\($0[0] as String) \($0[1] as String)" }
            #expect(history == ["present group.user_membership.add", "absent okta.baseline"])
            let trail = "SELECT count(*) FROM audit_trail WHERE user_id = '00u4' AND what = 'baseline present'"
            #expect(try ledger.count(trail) == 1)
            #expect(try ledger.run("verify", "--projections").code == 0)
        }

        @Test func `what events have missed is corrected while the service runs`() async throws {
            let (okta, directory) = try Self.doubt()
            try await Self.between(okta, directory) { ledger in
                let service = try ledger.serve()
                try Self.tellEvents(ledger, service)
                try Self.check(ledger, okta)
                try ledger.settled()
                try Self.checkAfter(ledger, directory)
                #expect(try service.stop() == 0)
            }
        }

        @Test func `what events have missed is corrected while no service runs`() async throws {
            let (okta, directory) = try Self.doubt()
            try await Self.between(okta, directory) { ledger in
                let service = try ledger.serve()
                try Self.tellEvents(ledger, service)
                #expect(try service.stop() == 0)
                try Self.check(ledger, okta)
                let reconciled = try ledger.run(["reconcile", "--fix"] + Self.who)
                #expect(reconciled.code == 0, "\(reconciled)")
                try Self.checkAfter(ledger, directory)
            }
        }

        @Test func `a ledger that only watches learns who is a member, and asks no directory`() async throws {
            let (okta, directory) = try Self.doubt()
            try await Self.between(okta, directory) { ledger in
                let service = try ledger.serve(["LEDGER_PUSH_MODE": "off"])
                let ran = try ledger.run("baseline")
                #expect(ran.code == 0, "\(ran)")
                #expect(try ledger.count("SELECT count(*) FROM membership WHERE desired = 'present'") == 4)
                #expect(directory.count("GET") == 0)
                #expect(try service.stop() == 0)
            }
        }
    }
}
