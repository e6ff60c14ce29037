import Foundation
import GRDB
import Testing

extension Acceptance {
    /// One group of 1,000 members in a SCIM server that nobody here wrote.
    @Suite(.serialized, .timeLimit(.minutes(5))) struct `Large group` {
        private static let group = "AWS_Everybody"
        private static func user(_ number: Int) -> String { "00u\(number)" }

        @Test func `1,000 members are added, removed and exchanged, and one whom the directory lacks waits alone`()
            async throws
        {
            try await onThread {
                let folder = try TestLedger()
                let peer = try RealDirectory(folder: folder.folder)
                defer { try? peer.stop() }
                try peer.seed(
                    users: (0..<1_200).map { ("\(Self.user($0))@example.com", Self.user($0)) },
                    groups: [Self.group]
                )
                // No limits of our own, which would only be waited for, and no brake, which has its own tests.
                let ledger = try TestLedger(
                    directory: peer.baseURL,
                    dialect: "rfc",
                    token: RealDirectory.token,
                    [
                        "LEDGER_SCIM_READS_PER_SECOND": "0", "LEDGER_SCIM_WRITES_PER_SECOND": "0",
                        "LEDGER_BRAKE_REMOVALS": "0", "LEDGER_BRAKE_SHARE": "0", "LEDGER_BRAKE_ADDITIONS": "0",
                    ]
                )
                let service = try ledger.serve()
                var oracle: Set<Int> = []
                func tell(_ name: String, add: Range<Int>, remove: Range<Int>, ago seconds: Double) throws {
                    oracle.formUnion(add)
                    oracle.subtract(remove)
                    let changes =
                        add.map { HandMade.add(Self.user($0), Self.group, ago: seconds) }
                        + remove.map { HandMade.remove(Self.user($0), Self.group, ago: seconds) }
                    let start = ContinuousClock.now
                    for start in stride(from: 0, to: changes.count, by: 50) {
                        let some = changes[start..<min(start + 50, changes.count)]
                        try service.hook().deliver(HandMade.delivery(some.map(\.event)))
                    }
                    try ledger.settled(seconds: 120)
                    print("large group, \(name): \(changes.count) changes in \(ContinuousClock.now - start)")
                    #expect(try peer.membership() == [Self.group: Set(oracle.map(Self.user))], "\(name)")
                }
                try tell("adds", add: 0..<1_000, remove: 0..<0, ago: 400)
                try tell("removes", add: 0..<0, remove: 100..<400, ago: 300)
                try tell("mixed", add: 1_000..<1_200, remove: 500..<700, ago: 200)
                // With two others who are there, one who is not.
                oracle.formUnion([100, 101])
                for user in [100, 5_000, 101] {
                    try service.hook().deliver(HandMade.add(Self.user(user), Self.group, ago: 100).body)
                }
                try waitUntil("only the unknown user is left") {
                    usleep(50_000)
                    return try ledger.count("SELECT count(*) FROM delivery WHERE events IS NULL") == 0
                        && ledger.rows("SELECT user_id FROM pending").map { $0["user_id"] as String } == ["00u5000"]
                        && ledger.count("SELECT count(*) FROM attempt WHERE ended_at IS NULL") == 0
                }
                #expect(try peer.membership() == [Self.group: Set(oracle.map(Self.user))])
                let results = try ledger.rows("SELECT result, count(*) AS n FROM attempt GROUP BY result")
                print("large group: \(results.map { "\($0)" })")
                #expect(try ledger.run("verify", "--projections").code == 0)
                #expect(try service.stop() == 0)
            }
        }
    }
}
