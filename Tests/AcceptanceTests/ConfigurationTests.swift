import Foundation
import Sandbox
import Testing

extension Acceptance {
    /// Which process may say what counts, and what follows when that changes.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct `Settings in the log` {
        private static let who = ["--as", "ops@example.com", "--reason", "a look"]

        private static func configured(_ ledger: TestLedger) throws -> Int {
            try ledger.count("SELECT count(*) FROM entry WHERE kind = 'ledger.configured'")
        }

        @Test func `a command on a stopped ledger leaves them as the service wrote them`() async throws {
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try directory.seed(users: ["00u0"], groups: ["CORP_Ops"])
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url)
                let service = try ledger.serve(["LEDGER_GROUPS_PREFIX": "CORP_", "LEDGER_OKTA_ORG": "example.okta.com"])
                #expect(try service.stop() == 0)
                for command in ["pause", "resume"] { #expect(try ledger.run([command] + Self.who).code == 0) }
                #expect(try ledger.run(["replay"] + Self.who).code == 0)
                #expect(try Self.configured(ledger) == 1)

                let elsewhere = try ledger.run(
                    "replay",
                    "--as",
                    "ops",
                    "--reason",
                    "wrong shell",
                    settings: ["LEDGER_SCIM_URL": url + "other"]
                )
                #expect(
                    elsewhere.code == 2 && elsewhere.errors.contains("The log is about the directory"),
                    "\(elsewhere)"
                )
                let replays = "SELECT count(*) FROM audit_trail WHERE what = 'operator replay'"
                #expect(try ledger.count(replays) == 1)
            }
        }

        @Test func `what an event of another org gave is taken back once the own org is named`() async throws {
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try directory.seed(users: ["00u0"], groups: ["AWS_Ops"])
            try await directory.serving { url in
                let ledger = try TestLedger(directory: url)
                let first = try ledger.serve()
                #expect(try first.hook().post(HandMade.add("00u0", "AWS_Ops", ago: 100).body) == 200)
                try ledger.settled()
                #expect(directory.membership() == ["AWS_Ops": ["00u0"]])
                #expect(try first.stop() == 0)
                let second = try ledger.serve(["LEDGER_OKTA_ORG": "another.okta.com"])
                try waitUntil("taken back") { directory.membership() == ["AWS_Ops": []] }
                #expect(try second.stop() == 0)
                #expect(try ledger.run("verify", "--projections").code == 0)
            }
        }

        @Test func `after a clean stop the one file holds everything`() async throws {
            try await onThread {
                let ledger = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                let service = try ledger.serve()
                #expect(try service.hook().post(HandMade.add("00u0", "AWS_Ops", ago: 100).body) == 200)
                #expect(try service.stop() == 0)
                let size = try FileManager.default.attributesOfItem(atPath: ledger.database + "-wal")[.size] as? Int
                #expect(size ?? 0 == 0)
            }
        }

        @Test func `a port in use is told with its settings`() async throws {
            try await onThread {
                let first = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                let service = try first.serve()
                let second = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                let ran = try second.run("serve", settings: ["LEDGER_HOOK_PORT": String(service.hookPort)])
                #expect(ran.code == 2 && ran.errors.contains("LEDGER_HOOK_PORT"), "\(ran)")
                #expect(try service.stop() == 0)
            }
        }
    }
}
