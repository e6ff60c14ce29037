import Foundation
import GRDB
import Ledger
import SQLiteStore
import Sandbox
import Synchronization
import Testing

extension Acceptance {
    @Suite(.serialized, .timeLimit(.minutes(3))) struct `Crash` {
        /// Killed before the fold had caught up: what an earlier entry asked for, a later one has taken back.
        @Test func `nothing is sent before all that is in the log is folded`() async throws {
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try directory.seed(users: ["00uleaver", "00uother"], groups: ["AWS_Ops"])
            try await directory.whileServing { url in
                let ledger = try TestLedger(directory: url)
                // So that the settings are in the log, and both are bound: nothing has to be looked up any more.
                try await onThread {
                    let service = try ledger.serve()
                    try service.hook().deliver(HandMade.add("00uleaver", "AWS_Ops", ago: 5_000).body)
                    try ledger.settled()
                    try service.hook().deliver(HandMade.remove("00uleaver", "AWS_Ops", ago: 4_000).body)
                    try ledger.settled()
                    try service.stop()
                }
                let store = try Store.open(ledger.database, mode: .existing)
                let bodies =
                    [HandMade.add("00uleaver", "AWS_Ops", ago: 3_000).body]
                    + (0..<1_200).map { _ in HandMade.add("00uother", "Team", ago: 2_000).body }
                    + [HandMade.remove("00uleaver", "AWS_Ops", ago: 1_000).body]
                for (number, body) in bodies.enumerated() {
                    _ = try await store.append(NewEntry(kind: .oktaDelivery, key: EntryKey("d\(number)"), body: body))
                }
                store.close()
                try await onThread {
                    let service = try ledger.serve()
                    try ledger.settled(seconds: 30)
                    try service.kill()
                }
                #expect(directory.inspect { $0.record.journal.map(\.direction) } == [.added, .removed])
            }
        }

        @Test func `what was answered 2xx survives every SIGKILL, exactly once and byte for byte`() async throws {
            let directory = SandboxDirectory(settings: .init(throttles: .off))
            try await directory.serving { url in
                let seed = UInt64.random(in: 1...1_000_000)
                print("crash: seed \(seed)")
                let stream = CrashStream(seed: seed)
                try directory.seed(users: stream.users, groups: stream.groups)
                let ledger = try TestLedger(directory: url, ["LEDGER_HOOK_PORT": String(try freePort())])
                let (kills, sent) = try stream.run(against: ledger)

                let service = try ledger.serve()
                try ledger.settled()
                let stored = try ledger.deliveries()
                let copies = Dictionary(grouping: stored) { $0 }.mapValues(\.count)
                let lost = sent.acknowledged.filter { copies[$0] != 1 }
                #expect(lost.isEmpty, "\(lost.count) acknowledged deliveries are not in the log exactly once")
                #expect(copies.allSatisfy { $0.value == 1 })
                let entries = try ledger.rows("SELECT count(*), min(position), max(position) FROM entry")[0]
                #expect(entries[1] as Int == 0 && entries[2] as Int == entries[0] as Int - 1)
                #expect(try ledger.run("verify", "--projections").code == 0)
                // Over what is in the log: a delivery that was not answered may be there or not.
                let wanted = Oracle(stored).inScope()
                #expect(
                    directory.membership()
                        == wanted.merging(Dictionary(uniqueKeysWithValues: stream.groups.map { ($0, []) })) { old, _ in
                            old
                        }
                )
                let unknown = try ledger.count("SELECT count(*) FROM attempt WHERE result = 'unknown'")
                print(
                    """
                    crash: \(kills) kills, \(sent.posted) deliveries posted, \(sent.acknowledged.count) distinct answered 2xx, \
                    \(sent.unanswered) not answered twice, \(stored.count) in the log, \
                    \(try ledger.count("SELECT count(*) FROM attempt")) requests, \(unknown) of unknown outcome
                    """
                )
                #expect(kills >= 20)
                #expect(try service.stop() == 0)
            }
        }
    }
}

/// Okta's side: a stream of deliveries from several connections, while the service is killed again and again.
private struct CrashStream {
    struct Sent {
        var posted = 0
        var acknowledged: Set<[UInt8]> = []
        var unanswered = 0
    }

    let users: [String]
    let groups: [String]
    private let deliveries: [[UInt8]]
    private let waits: [UInt32]

    init(seed: UInt64) {
        let start = Int64(Date().timeIntervalSince1970 - 14_400) * 1_000_000_000
        var generator = OktaGenerator(
            seed: seed,
            organisation: OktaOrganisation(users: 30, groups: 6),
            startingAt: start
        )
        users = generator.people.map(\.id)
        groups = generator.groups.map(\.name).filter { $0.hasPrefix("AWS_") }
        var traffic = OktaTraffic.rough(deliveries: 4_000)
        traffic.renameShare = 0
        traffic.deleteShare = 0
        deliveries = generator.deliveries(traffic).map(\.body)
        // Moments that have nothing to do with what the service does.
        var generatorOfWaits = SystemRandomNumberGenerator()
        waits = (0..<26).map { _ in UInt32.random(in: 0..<350_000, using: &generatorOfWaits) }
    }

    func run(against ledger: TestLedger) throws -> (kills: Int, Sent) {
        let sent = Mutex(Sent())
        let isOver = Mutex(false)
        let port = Int(ledger.environment["LEDGER_HOOK_PORT"] ?? "") ?? 0
        let (deliveries, waits) = (deliveries, waits)
        let kills = Mutex(0)
        try onThreads(5) { number in
            guard number < 4 else {
                defer { isOver.withLock { $0 = true } }
                for (index, wait) in waits.enumerated() {
                    let process = try ledger.start(["serve"])
                    // Some die while they start.
                    if index % 4 != 3 { _ = try process.listening() }
                    usleep(wait)
                    process.send(SIGKILL)
                    try process.wait()
                    kills.withLock { $0 += 1 }
                }
                return
            }
            let hook = HookConnection(port: port)
            for index in stride(from: number, to: deliveries.count, by: 4) where !isOver.withLock({ $0 }) {
                Self.deliver(deliveries[index], hook, sent) { isOver.withLock { $0 } }
                usleep(6_000)
            }
        }
        return (kills.withLock { $0 }, sent.withLock { $0 })
    }

    /// Posts as Okta does: what is not answered 2xx comes once more.
    private static func deliver(
        _ body: [UInt8],
        _ hook: HookConnection,
        _ sent: borrowing Mutex<Sent>,
        isOver: () -> Bool
    ) {
        sent.withLock { $0.posted += 1 }
        for attempt in 0..<2 where !isOver() {
            if attempt == 1 { usleep(150_000) }
            if let status = try? hook.post(body), (200..<300).contains(status) {
                sent.withLock { _ = $0.acknowledged.insert(body) }
                return
            }
        }
        sent.withLock { $0.unanswered += 1 }
    }
}
