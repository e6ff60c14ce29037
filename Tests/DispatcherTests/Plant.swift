import Foundation
import Ledger
import Logging
import Okta
import Projector
import SCIM

@testable import Dispatcher

/// A ledger, a directory, and processes that push from the one to the other, on virtual time.
final class Plant: @unchecked Sendable {
    let time = VirtualTime(start: 1_790_000_000_000_000)
    let ledger: MemoryLedger
    let directory: FakeDirectory
    var random: SeededRandom
    private var count = 0
    /// How often a dispatcher went to sleep.
    private(set) var sleeps = 0
    private(set) var process: Process?
    private(set) var dispatcher: Dispatcher?
    /// Off unless a test is about it.
    var brake = Brake.Settings.off

    /// `isProved`: the log says already that the directory removes whom it is asked to, and nobody else.
    init(seed: UInt64 = 1, dialect: Dialect = .aws, isProved: Bool = true) {
        random = SeededRandom(seed: seed)
        ledger = MemoryLedger(time)
        directory = FakeDirectory(time, dialect: dialect)
        guard isProved else { return }
        let proof = ProofBody(
            verdict: .exact,
            dialect: dialect.rawValue,
            group: "g0",
            directoryGroup: "G0",
            attempt: "a0",
            members: []
        )
        _ = try? ledger.put(.scimProof, proof, key: nil)
    }

    func uuid() -> String {
        count += 1
        return "id-\(count)"
    }

    // MARK: Okta

    struct Event: Encodable {
        struct Outcome: Encodable { let result = "SUCCESS" }
        struct Target: Encodable {
            let id: String
            let type: String
            let alternateId: String
            let displayName: String
        }

        let uuid: String
        let published: String
        let eventType: String
        let outcome = Outcome()
        let target: [Target]
    }

    /// Okta tells that a user entered or left a group.
    func membership(_ user: String, login: String, _ group: String, name: String, present: Bool) throws {
        try tell(
            present ? "group.user_membership.add" : "group.user_membership.remove",
            [
                .init(id: user, type: "User", alternateId: login, displayName: user),
                .init(id: group, type: "UserGroup", alternateId: "unknown", displayName: name),
            ]
        )
    }

    /// Okta tells that a group has another name.
    func rename(_ group: String, to name: String) throws {
        try tell(
            "group.profile.update",
            [.init(id: group, type: "UserGroup", alternateId: "unknown", displayName: name)]
        )
    }

    private func tell(_ type: String, _ targets: [Event.Target]) throws {
        let uuid = uuid()
        let published = Instant(nanoseconds: time.now * 1_000).text
        let event = Event(uuid: uuid, published: published, eventType: type, target: targets)
        try ledger.put(.oktaLogEvent, event, key: uuid)
    }

    func act(_ action: OperatorBody.Action, holds: [String]? = nil) throws {
        let body = OperatorBody(action: action, operatorName: "test", uid: 0, reason: "test", holds: holds)
        try ledger.put(.operatorAction, body, key: uuid())
    }

    // MARK: Processes

    /// A new process takes over.
    func start(parallel: Int = 16, only: Set<PairID>? = nil) throws -> Dispatcher {
        let process = Process(ledger)
        let time = time
        try ledger.put(.ledgerStarted, StartedBody(version: "test", schema: 1, listening: true), key: uuid())
        let dispatcher = Dispatcher(
            log: process,
            fold: process,
            directory: Connection(directory: directory) { !process.isDead },
            surroundings: Dispatcher.Surroundings(
                now: { time.now },
                jitter: { Double.random(in: 0..<1, using: &self.random) },
                uuid: { self.uuid() },
                sleep: {
                    // While the disk is full, each entry that waits tries once a second.
                    if self.ledger.refusal == nil { self.sleeps += 1 }
                    try await time.sleep($0)
                }
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            parallel: parallel,
            only: only,
            brake: brake
        )
        // A killed process may have died with what the directory told it; one that stops while the disk is full as well.
        if self.process?.isDead == true || ledger.refusal != nil { directory.forgetRetryAfter() }
        self.process = process
        self.dispatcher = dispatcher
        return dispatcher
    }

    /// Runs a dispatcher until nothing is due soon.
    func push(parallel: Int = 16, only: Set<PairID>? = nil, patience: Int64 = 20_000_000) throws {
        let dispatcher = try start(parallel: parallel, only: only)
        try time.run { try await dispatcher.run(patience: patience) }
    }

    /// Runs processes one after another, each for so many seconds.
    func run(seconds lifetimes: Int64..., parallel: Int = 16) throws {
        for lifetime in lifetimes {
            let dispatcher = try start(parallel: parallel)
            time.after(lifetime * 1_000_000) { dispatcher.stop() }
            try time.run { try await dispatcher.run() }
        }
    }

    // MARK: What there is

    func entries<Body: Decodable>(_ kind: Kind, _ type: Body.Type) -> [Body] {
        ledger.log.filter { $0.kind == kind }.compactMap { entry in
            try? JSONDecoder().decode(type, from: Data(entry.body))
        }
    }

    var attempts: [AttemptBody] { entries(.scimAttempt, AttemptBody.self) }
    var outcomes: [OutcomeBody] { entries(.scimOutcome, OutcomeBody.self) }
    var holds: [HoldBody] { entries(.pushHeld, HoldBody.self) }
    /// Names of the holds that last.
    var openHolds: [String] {
        ledger.state.holds.values.filter { $0.endedAt == nil }.map { HoldBody.name(at: $0.position) }
    }
    var proofs: [ProofBody] { entries(.scimProof, ProofBody.self) }
    var observations: [ObservationBody] { entries(.scimObservation, ObservationBody.self) }

    var directoryStates: [DirectoryBody] { entries(.scimObservation, DirectoryBody.self) }

    /// Pairs in scope that differ.
    var left: [PairID] {
        ledger.state.groupsThatDiffer().flatMap { group in
            (ledger.state.difference(ofGroup: group)?.changes ?? []).map { PairID(group: group, user: $0.user) }
        }
    }

    /// Users `u1…` and groups `g1…` that the directory knows as `U1…` and `G1…`.
    func populate(users: Int, groups: Int) {
        directory.users += (1...users).map {
            SCIMUser(id: "U\($0)", externalID: "u\($0)", userName: "u\($0)@x", active: true)
        }
        directory.groups += (1...groups).map { SCIMGroup(id: "G\($0)", displayName: "AWS_\($0)", externalID: nil) }
    }

    /// One user is in each group, in Okta and in the directory, and is to leave them all.
    func prepareRemovals(groups: Int) throws {
        populate(users: 1, groups: groups)
        for group in 1...groups { try tell(1, in: group) }
        try push()
        for group in 1...groups { try tell(1, in: group, present: false) }
    }

    /// Okta tells of `u<user>` in `g<group>`.
    func tell(_ user: Int, in group: Int, present: Bool = true) throws {
        try membership("u\(user)", login: "u\(user)@x", "g\(group)", name: "AWS_\(group)", present: present)
    }
}
