import Foundation
import GRDB
import Testing

extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(2))) struct `Exit codes and locks` {
        @Test func `a second service on the same file ends with 3 and says why`() async throws {
            try await onThread {
                let ledger = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                let service = try ledger.serve()
                let second = try ledger.run("serve")
                #expect(second.code == 3)
                #expect(second.errors.contains("ledger: ") && second.errors.contains(ledger.database), "\(second)")
                #expect(try service.hook().post(HandMade.add("00u1", "AWS_A", ago: 10).body) == 200)
                #expect(try service.stop() == 0)
            }
        }

        @Test func `who waits for the lock takes over after a SIGKILL`() async throws {
            try await onThread {
                let ledger = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                let first = try ledger.serve()
                let waiting = try ledger.start(["serve", "--wait-for-lock"])
                #expect(try first.hook().post(HandMade.add("00u1", "AWS_A", ago: 10).body) == 200)
                #expect(!waiting.hasEnded && !(waiting.output + waiting.errors).contains("listening"))
                try first.kill()
                let ports = try waiting.listening()
                let second = RunningService(process: waiting, hookPort: ports.hook, opsPort: ports.ops)
                #expect(try second.hook().post(HandMade.add("00u2", "AWS_A", ago: 10).body) == 200)
                #expect(try WireConnection(port: ports.ops).send("GET", "/readyz").status == 200)
                try waitUntil("folded") { try ledger.count("SELECT count(*) FROM membership") == 2 }
                #expect(try second.stop() == 0)
                // The one between the two, and the one that has begun now.
                let gaps = try ledger.rows("SELECT until_at, clean FROM listening WHERE state = 'gap' ORDER BY from_at")
                #expect(gaps.map { $0["clean"] as Bool } == [false, true])
                #expect(gaps.map { ($0["until_at"] as Int?) == nil } == [false, true])
            }
        }

        @Test func `SIGTERM ends the service, and who waits for its lock, even if a parent had blocked it`()
            async throws
        {
            try await onThread {
                let ledger = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                let process = try ledger.start(["serve"], blocked: [SIGTERM, SIGINT])
                _ = try process.listening()
                let waiting = try ledger.start(["serve", "--wait-for-lock"], blocked: [SIGTERM, SIGINT])
                // Long enough for it to have started: before, it would be too young to be deaf.
                usleep(500_000)
                waiting.send(SIGTERM)
                #expect(try waiting.wait(seconds: 20) == -SIGTERM)
                process.send(SIGTERM)
                #expect(try process.wait(seconds: 20) == 0)
            }
        }

        @Test func `every problem of a configuration is told at once, and no secret is`() async throws {
            try await onThread {
                let ledger = try TestLedger()
                let wrong = [
                    "LEDGER_OKTA_SECRET": "top-secret-\u{e9}", "LEDGER_SCIM_URL": "ftp://user:hidden-word@example.com",
                    "LEDGER_SCIM_TOKEN": "hidden token\n", "LEDGER_HOOK_PORT": "99999", "LEDGER_PUSH_MODE": "on",
                    "LEDGER_SCIM_DIALECT": "azure", "LEDGER_GROUP_PREFIX": "X",
                ]
                let ran = try ledger.run("serve", settings: wrong)
                #expect(ran.code == 2)
                let names = [
                    "LEDGER_OKTA_SECRET", "LEDGER_SCIM_URL", "LEDGER_SCIM_TOKEN", "LEDGER_HOOK_PORT",
                    "LEDGER_SCIM_DIALECT", "LEDGER_GROUP_PREFIX",
                ]
                for name in names { #expect(ran.errors.contains(name), "\(ran.errors)") }
                for hidden in ["top-secret", "hidden"] { #expect(!(ran.errors + ran.output).contains(hidden)) }
                #expect(!FileManager.default.fileExists(atPath: ledger.database))

                let bare = try ChildProcess([try TestLedger.program, "serve"], environment: [:], folder: ledger.folder)
                #expect(try bare.wait() == 2)
                for name in ["LEDGER_OKTA_SECRET", "LEDGER_SCIM_URL", "LEDGER_SCIM_TOKEN"] {
                    #expect(bare.errors.contains(name), "\(bare.errors)")
                }
            }
        }

        @Test func `exit codes tell bad usage from a ledger that cannot be opened`() async throws {
            try await onThread {
                let ledger = try TestLedger()
                #expect(try ledger.run("--help").code == 0)
                #expect(try ledger.run("serve", "--help").code == 0)
                #expect(try ledger.run("no-such-command").code == 2)
                #expect(try ledger.run("status", "--no-such-option").code == 2)
                #expect(try ledger.run("pause").code == 2)
                let missing = try ledger.run("status")
                #expect(missing.code == 3 && missing.errors.contains(ledger.database), "\(missing)")
                try Data("this is no database, but a text that somebody left here".utf8)
                    .write(to: URL(filePath: ledger.database))
                for command in ["serve", "status", "members", "history", "verify"] {
                    let ran = try ledger.run(command)
                    #expect(ran.code == 3 && ran.errors.contains("ledger: "), "\(command): \(ran)")
                }
            }
        }
    }
}
