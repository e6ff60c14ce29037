import Foundation
import GRDB
import Projector
import Sandbox
import Testing

/// What the hook missed comes back from the System Log.
extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(3))) struct `Backfill` {
        @Test func `what was dropped, edited or invented at the hook is named exactly, and membership is the truth`()
            async throws
        {
            let okta = SandboxOkta(settings: .pages(of: 40))
            try await okta.whileServing { url in
                try await onThread {
                    let ledger = try TestLedger(.backfill(from: url))
                    let history = RoughHistory(seed: 11, deliveries: 150)
                    okta.inspect { $0.keep(history.logged, late: 30_000_000_000, seed: 3) }
                    let service = try ledger.serve()
                    let hook = service.hook()
                    for delivery in history.posted { try hook.deliver(delivery.body) }

                    let first = try ledger.backfill(since: 7_200)
                    try history.check(first, ledger)
                    #expect(first.stored == history.logged.filter(\.isFollowed).count)
                    // Once more, and once more without the service: nothing is new, and all is as it was.
                    let events = "SELECT count(*) FROM entry WHERE kind = 'okta.logevent'"
                    let before = try ledger.count(events)
                    try history.check(ledger.backfill(since: 7_200), ledger)
                    #expect(try service.stop() == 0)
                    let third = try ledger.backfill(since: 7_200)
                    try history.check(third, ledger)
                    #expect(third.stored == 0)
                    #expect(try ledger.count(events) == before)
                    #expect(try ledger.run("verify", "--projections").code == 0)
                    let text = try ledger.run("backfill", "--since", HandMade.text(Date(timeIntervalSinceNow: -7_200)))
                    #expect(text.code == 0, "\(text)")
                    #expect(text.output.contains("did not arrive (\(history.dropped.count)):"), "\(text)")
                }
            }
        }

        @Test func `a service with a token closes the gap of an outage by itself, and status names it until then`()
            async throws
        {
            let okta = SandboxOkta(settings: .pages(of: 50))
            try await okta.whileServing { url in
                try await onThread {
                    let ledger = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                    #expect(try ledger.serve().stop() == 0)
                    var generator = OktaGenerator.now(seed: 5)
                    let missed = (0..<120).map { _ in generator.change() }
                    okta.inspect { $0.keep(missed, late: 300_000_000, seed: 4) }
                    try waitUntil("the events have happened") {
                        generator.now < Int64(Date().timeIntervalSince1970 * 1e9)
                    }
                    // Without a token the gap stays.
                    #expect(try ledger.serve().stop() == 0)
                    let gaps = "SELECT count(*) FROM gap WHERE until_at IS NOT NULL"
                    #expect(try ledger.count(gaps) == 1)
                    let status = try ledger.run("status")
                    #expect(status.output.contains("until `ledger backfill` has got them"), "\(status)")

                    let service = try ledger.serve(.backfill(from: url, overlap: "1 s"))
                    try waitUntil("the gap is closed", seconds: 30) { try ledger.count(gaps) == 0 }
                    #expect(try ledger.members() == generator.members)
                    let closed = try ledger.run("status")
                    #expect(!closed.output.contains("until `ledger backfill`"), "\(closed)")
                    #expect(closed.output.contains("\nbackfill "), "\(closed)")
                    #expect(try ledger.count("SELECT max(coverage_gaps) FROM membership") == 0)
                    #expect(try service.stop() == 0)
                }
            }
        }

        @Test func `killed in the middle and run again, it goes on where it stood and is complete`() async throws {
            var settings = OktaSettings.pages(of: 5)
            (settings.requestsPerWindow, settings.windowSeconds) = (20, 2)
            let okta = SandboxOkta(settings: settings)
            try await okta.whileServing { url in
                try await onThread {
                    let ledger = try TestLedger(.backfill(from: url))
                    // The service would ask for itself; here the command does.
                    okta.inspect { $0.faults = [.status(404, code: "E0000007")] }
                    let service = try ledger.serve()
                    try waitUntil("the service has asked") { okta.inspect { $0.faults.isEmpty } }
                    #expect(try service.stop() == 0)
                    var generator = OktaGenerator.ago(seconds: 3_600, seed: 6)
                    let events = (0..<400).map { _ in generator.change() }
                    okta.inspect { $0.keep(events, late: 20_000_000_000, seed: 5) }
                    let since = HandMade.text(Date(timeIntervalSinceNow: -7_200))
                    let process = try ledger.start(["backfill", "--since", since])
                    let kept = "SELECT count(*) FROM entry WHERE kind = 'okta.logevent'"
                    try waitUntil("some pages are kept: \(process.errors)") { try ledger.count(kept) >= 50 }
                    process.send(SIGKILL)
                    try process.wait()
                    #expect(try ledger.count(kept) < 400)
                    okta.inspect { $0.settings.requestsPerWindow = nil }
                    let rest = try ledger.backfill(since: nil)
                    #expect(try ledger.count(kept) == 400)
                    #expect(try ledger.members() == generator.members)
                    // It took up the link that was kept instead of asking from the beginning.
                    #expect(okta.inspect { $0.asked.count } == 1)
                    #expect(rest.stored < 400 && rest.logOnly.count == 400)
                }
            }
        }

        @Test func `runs that wait for Okta's rate limit do not keep the service from ending`() async throws {
            var settings = OktaSettings()
            settings.requestsPerWindow = 0
            let okta = SandboxOkta(settings: settings)
            try await okta.whileServing { url in
                try await onThread {
                    let ledger = try TestLedger(.backfill(from: url))
                    let service = try ledger.serve()
                    try waitUntil("Okta has refused") { okta.inspect { $0.throttled } > 0 }
                    let asking = try ledger.start(["backfill"])
                    // Only one run asks at a time, so nothing tells when the other has begun to wait.
                    usleep(500_000)
                    let start = ContinuousClock.now
                    #expect(try service.stop() == 0)
                    #expect(ContinuousClock.now - start < .seconds(10))
                    #expect(try asking.wait(seconds: 20) == 1, "\(asking.errors)")
                }
            }
        }

        @Test func `an Okta that refuses stops nothing, is told with what to do, and learns no secret of ours`()
            async throws
        {
            let okta = SandboxOkta()
            try await okta.whileServing { url in
                try await onThread {
                    let wrong = TestLedgerSettings.backfill(from: url).merging(
                        ["LEDGER_OKTA_API_TOKEN": "wrong-token-4711"]
                    ) { $1 }
                    let ledger = try TestLedger(wrong)
                    let service = try ledger.serve()
                    try waitUntil("the failure shows") { try ledger.run("status").output.contains("failing: ") }
                    try service.hook().deliver(HandMade.add("00u1", "AWS_A", ago: 10).body)
                    let running = try ledger.run("backfill")
                    #expect(running.code == 1 && running.errors.contains("okta.api.token"), "\(running)")
                    #expect(try WireConnection(port: service.opsPort).send("GET", "/readyz").status == 200)
                    #expect(try service.stop() == 0)
                    let stopped = try ledger.run("backfill")
                    #expect(stopped.code == 1 && stopped.errors.contains("okta.api.token"), "\(stopped)")
                    for text in [service.process.errors, running.errors, stopped.errors, stopped.output] {
                        #expect(!text.contains("4711"), "\(text)")
                    }
                    let bare = try TestLedger(["LEDGER_PUSH_MODE": "off"])
                    let silent = try bare.serve()
                    let asked = try bare.run("backfill")
                    #expect(asked.code == 1 && asked.errors.contains("okta.api.url"), "\(asked)")
                    #expect(try silent.stop() == 0)
                    let unset = try bare.run("backfill")
                    #expect(unset.code == 2 && unset.errors.contains("LEDGER_OKTA_API_URL"), "\(unset)")
                }
            }
        }
    }
}
