import Foundation
import Sandbox
import Testing

extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(2))) struct Alarms {
        /// A directory whose port refuses connections until it is served.
        private static func directory() throws -> (SandboxDirectory, url: String) {
            let port = try freePort()
            let directory = SandboxDirectory(settings: .init(throttles: .off), port: port)
            try directory.seed(users: ["00u1"], groups: ["AWS_Ops"])
            return (directory, "http://127.0.0.1:\(port)/tenant/scim/v2/")
        }

        private static func kinds(_ ledger: TestLedger) throws -> [String] {
            let status = try ledger.run("status", "--json").json()
            return (status["alarms"] as? [[String: Any]] ?? []).compactMap { $0["kind"] as? String }
        }

        @Test func `a removal that cannot be applied rings, is named in status, and stops ringing when it is`()
            async throws
        {
            let (directory, url) = try Self.directory()
            let ledger = try TestLedger(directory: url, ["LEDGER_ALARM_REMOVAL_AGE": "2s"])
            let service = try await onThread {
                let service = try ledger.serve()
                let hook = service.hook()
                #expect(try hook.post(HandMade.remove("00u1", "AWS_Ops", ago: 100).body) == 200)
                try waitUntil("the alarm begins") { service.process.errors.contains("ALARM: user 00u1") }
                #expect(try Self.kinds(ledger) == ["removal"])
                let status = try ledger.run("status")
                #expect(status.code == 1)
                #expect(status.output.hasPrefix("ALARM      user 00u1 is to be out of group"), "\(status)")
                #expect(status.output.contains("directory  directory unreachable ("), "\(status)")
                #expect(status.output.contains(": directory unreachable; next try at 20"), "\(status)")
                #expect(status.output.contains("oldest     removal of "), "\(status)")
                let off = try ledger.run("status", "--json", settings: ["LEDGER_ALARM_REMOVAL_AGE": "0"]).json()
                #expect((off["alarms"] as? [Any])?.isEmpty == true)
                return service
            }
            try await directory.serving { _ in
                try ledger.settled()
                try waitUntil("the alarm ends") { service.process.errors.contains("alarm ends: user 00u1") }
                #expect(try Self.kinds(ledger).isEmpty)
                let status = try ledger.run("status")
                #expect(!status.output.contains("oldest "), "\(status)")
            }
            try await onThread { () throws in #expect(try service.stop() == 0) }
        }

        @Test func `a refused token and a pause ring`() async throws {
            let (directory, url) = try Self.directory()
            let ledger = try TestLedger(directory: url, token: "wrong")
            try await directory.serving { _ in
                let service = try ledger.serve()
                #expect(try service.hook().post(HandMade.add("00u1", "AWS_Ops", ago: 100).body) == 200)
                try waitUntil("the token is refused") { try Self.kinds(ledger) == ["token"] }
                let waiting = try ledger.run("status", "--json").json()["ledger"] as? [String: Any]
                let reasons = (waiting?["waiting"] as? [[String: Any]] ?? []).compactMap { $0["reason"] as? String }
                #expect(reasons == ["token refused"])
                #expect(try service.stop() == 0)
                #expect(try Self.kinds(ledger) == ["token"], "it is known while nobody runs")
                #expect(try ledger.run("pause", "--as", "olga", "--reason", "night").code == 0)
                #expect(try Self.kinds(ledger) == ["token", "paused"])
            }
        }
    }
}
