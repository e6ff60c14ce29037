import Foundation
import Ledger
import Logging
import Okta
import Projector
import SCIM
import Sandbox
import Testing

@testable import Dispatcher

/// A ledger full of changes, the sandbox's directory, and processes with the real dispatcher and the real client between
/// them, on virtual time. Used on one thread only, hence unchecked.
final class Storm: @unchecked Sendable {
    let time = VirtualTime(start: 1_790_000_000_000_000)
    let ledger: MemoryLedger
    let network: StormNetwork
    let backlog: StormBacklog
    let begin: Int64
    private let figures: RateBudget.Figures
    private var random: Sandbox.SeededRandom
    private var count = 0
    private(set) var process: Process?

    /// - Parameters:
    ///   - backlog: what waits.
    ///   - throttles: what the directory bears.
    ///   - figures: what the service is told of that.
    ///   - seed: of all chances.
    /// - Throws: what is wrong with the backlog.
    init(
        _ backlog: StormBacklog,
        throttles: Throttles = .aws,
        figures: RateBudget.Figures = .aws,
        seed: UInt64 = 1
    ) throws {
        self.backlog = backlog
        self.figures = figures
        random = Sandbox.SeededRandom(seed: seed)
        ledger = MemoryLedger(time)
        begin = time.now
        var core = DirectoryCore(settings: .init(throttles: throttles, seed: seed))
        try backlog.seed(&core, now: time.now * 1_000)
        network = StormNetwork(time, core)
        ledger.load(try backlog.entries(now: time.now))
        _ = ledger.takeTouched()
    }

    private func uuid() -> String {
        count += 1
        return "id-\(count)"
    }

    /// A new process takes over.
    func start() throws -> Dispatcher {
        let process = Process(ledger)
        let time = time
        try ledger.put(.ledgerStarted, StartedBody(version: "test", schema: 1, listening: true), key: uuid())
        network.forgetRetryAfter()
        let now: @Sendable () -> Int64 = { time.now }
        let sleep: @Sendable (Int64) async throws -> Void = { try await time.sleep($0) }
        let client = SCIMClient(
            target: try SCIMTarget(url: StormNetwork.url, token: try BearerToken("sandbox-token"), dialect: .aws),
            sender: StormConnection(network: network) { !process.isDead },
            pacer: Pacer(figures, now: now, sleep: sleep),
            now: now
        )
        self.process = process
        return Dispatcher(
            log: process,
            fold: process,
            directory: client,
            surroundings: Dispatcher.Surroundings(
                now: now,
                jitter: { Double(self.random.below(1_000_000)) / 1_000_000 },
                uuid: { self.uuid() },
                sleep: sleep
            ),
            logger: Logger(label: "storm") { _ in SwiftLogNoOpLogHandler() },
            brake: .off
        )
    }

    /// Longer than anything waits.
    static let forEver: Int64 = 100 * 86_400_000_000

    /// Runs one process until nothing is due for so many microseconds.
    func push(patience: Int64 = forEver) throws {
        let dispatcher = try start()
        try time.run { try await dispatcher.run(patience: patience) }
    }

    /// Runs one process, kills it when so many PATCHes have arrived, and runs another until nothing is left to do.
    func pushKilling(afterPatches count: Int) throws {
        let first = try start()
        let killed = process
        network.didReceivePatch = { if $0 == count { killed?.kill() } }
        #expect(throws: (any Error).self) { try time.run { try await first.run(patience: Self.forEver) } }
        try push()
    }

    /// Okta tells of one more change.
    func tell(_ user: Int, in group: Int, present: Bool) {
        let published = Instant(nanoseconds: time.now * 1_000).text
        ledger.put(StormBacklog.event(uuid(), published, user, group, present: present))
    }

    // MARK: What came of it

    /// Attempts and outcomes since the beginning.
    var attempts: [AttemptBody] {
        bodies(.scimAttempt, AttemptBody.self).filter { !$0.id.hasPrefix("before") }
    }
    var outcomes: [String: OutcomeBody] {
        Dictionary(uniqueKeysWithValues: bodies(.scimOutcome, OutcomeBody.self).map { ($0.attempt, $0) })
    }

    private func bodies<Body: Decodable>(_ kind: Kind, _ type: Body.Type) -> [Body] {
        ledger.log.filter { $0.kind == kind }.compactMap { try? JSONDecoder().decode(type, from: Data($0.body)) }
    }

    /// From the beginning to the arrival of the last change, in seconds.
    var seconds: Double { Double(network.lastArrival - begin) / 1e6 }
    var reads: Int { network.core.record.count("GET") }
    /// Reads that arrived and whose answers came to no living process.
    var readsLost: Int { reads - network.readsAnswered }
    var writes: Int { network.core.record.count("PATCH") }

    /// The time that reads and writes need at the least, in seconds.
    func bound(reads: Int, writes: Int) -> Double { max(Double(reads) / 40, Double(writes) / 25) }

    /// Membership is what the changes say, and nothing is left to do.
    func expectMembership() {
        let (found, wanted) = (network.core.membership(), backlog.oracle)
        let wrong = wanted.filter { found[$0.key] != $0.value }.map(\.key).sorted()
        #expect(wrong == [], "groups whose members are wrong")
        #expect(ledger.state.groupsThatDiffer() == [])
    }

    /// Every request that arrived has an attempt, every attempt that left has an outcome or is shown as unknown, and no
    /// pair was sent again but after an unknown outcome or a definite no.
    func expectNothingSentInVain() {
        struct Sent: Hashable {
            let group: String
            let member: String
        }
        let outcomes = outcomes
        var onTheWire: [Sent: Int] = [:]
        for patch in network.patches {
            for member in patch.members { onTheWire[Sent(group: patch.group, member: member), default: 0] += 1 }
        }
        var (mayBeAgain, left, withheld, unended) = ([Sent: Int](), 0, 0, 0)
        for attempt in attempts {
            let result = outcomes[attempt.id]?.result
            if result == .notSent { withheld += 1 } else { left += 1 }
            if result == nil {
                unended += 1
                #expect(ledger.state.attempt(attempt.id)?.endedAt != nil, "\(attempt.id) is not shown as unknown")
            }
            guard result != .applied, result != .notSent else { continue }
            for change in attempt.changes {
                mayBeAgain[Sent(group: attempt.directoryGroup, member: change.member), default: 0] += 1
            }
        }
        let inVain = onTheWire.filter { $0.value > 1 + mayBeAgain[$0.key, default: 0] }
        #expect(inVain.isEmpty, "\(inVain.count) pairs were sent again though they were applied")
        #expect(network.patches.count <= left)
        #expect(network.patches.count >= left - unended)
        print("storm: \(left) attempts left, \(withheld) were withheld, \(unended) have no outcome")
    }
}
