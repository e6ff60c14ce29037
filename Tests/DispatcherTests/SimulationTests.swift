import Ledger
import Projector
import SCIM
import Testing

@testable import Dispatcher

@Suite struct `Whatever the directory does` {
    @Test(arguments: 0..<8)
    func `membership ends as desired, and nothing is asked that must not be`(chunk: Int) throws {
        for seed in (chunk * 40)..<(chunk * 40 + 40) {
            let problems = try Simulation(seed: UInt64(seed)).run()
            #expect(problems.isEmpty, "seed \(seed): \(problems.prefix(10).joined(separator: "; "))")
        }
    }
}

/// One history: events, faults, pauses, a full disk and restarts for twenty minutes, then quiet.
private final class Simulation: @unchecked Sendable {
    static let trouble: Int64 = 20 * 60_000_000
    static let quiet: Int64 = 4 * 3_600_000_000

    let plant: Plant
    let seed: UInt64
    let userCount: Int
    let groupCount: Int
    let faultShare: Double
    /// The Okta user whose account is another's.
    let double: String?
    var isUnauthorized = false
    var names: [Int: String] = [:]
    var problems: [String] = []
    var killed: Set<String> = []
    var attemptsOfProcess: [String] = []
    var strangers: Set<[String]> = []
    let end: Int64

    init(seed: UInt64) {
        self.seed = seed
        plant = Plant(seed: seed, dialect: seed % 2 == 0 ? .aws : .rfc, isProved: seed % 3 == 0)
        userCount = Int(plant.random.pick(3...(seed % 40 == 0 ? 220 : 20)))
        groupCount = Int(plant.random.pick(1...6))
        faultShare = [0, 0.1, 0.3, 0.6][Int(plant.random.pick(0...3))]
        double = plant.random.chance(0.3) ? "u0" : nil
        end = plant.time.now + Self.trouble
    }

    func run() throws -> [String] {
        populate()
        try schedule()
        do {
            try plant.time.run { try await self.drive() }
        } catch {
            problems.append("ended with \(error)")
        }
        check()
        return problems
    }

    // MARK: The world

    private func populate() {
        let directory = plant.directory
        for number in 1...groupCount {
            names[number] = "AWS_\(number)"
            directory.groups.append(SCIMGroup(id: "G\(number)", displayName: "AWS_\(number)", externalID: nil))
        }
        for number in 1...userCount {
            let externalID = plant.random.chance(0.7) ? "u\(number)" : nil
            let user = SCIMUser(id: "U\(number)", externalID: externalID, userName: "u\(number)@x", active: true)
            if number > 1, plant.random.chance(0.15) {
                plant.time.after(plant.random.pick(0...Self.trouble)) { directory.users.append(user) }
            } else {
                directory.users.append(user)
            }
            // The directory is not empty when we come: some are members, rightly or not.
            for group in 1...groupCount where plant.random.chance(0.2) {
                directory.members["G\(group)", default: []].insert("U\(number)")
            }
            if plant.random.chance(0.05) { directory.refused.insert("U\(number)") }
        }
        if double != nil {
            let login = SCIMUser(id: "U1", externalID: nil, userName: "u1@x", active: true)
            directory.users.removeAll { $0.id == "U1" }
            directory.users.append(login)
        }
        directory.latency = { self.plant.random.chance(0.02) ? 5_000_000 : self.plant.random.pick(500...80_000) }
        directory.fault = { _ in self.fault() }
        plant.ledger.appendDelay = { self.plant.random.pick(50...20_000) }
        plant.ledger.foldDelay = { self.plant.random.pick(50...50_000) }
        plant.ledger.willAppend = { self.inspect($0) }
        plant.time.after(Self.trouble) {
            directory.refused = []
            self.plant.ledger.refusal = nil
        }
        for group in 1...groupCount {
            for member in directory.members["G\(group)"] ?? [] { strangers.insert(["G\(group)", member]) }
        }
    }

    private func fault() -> Fault {
        guard plant.time.now < end else { return .none }
        if isUnauthorized { return .unauthorized }
        guard plant.random.chance(faultShare) else { return .none }
        return switch plant.random.pick(0...6) {
        case 0: .notSent
        case 1: .resetBefore
        case 2: .resetAfter
        case 3: .failBefore
        case 4: .failAfter
        case 5: .throttle(seconds: Int(plant.random.pick(0...20)))
        default: .throttle(seconds: nil)
        }
    }

    // MARK: What happens

    private func schedule() throws {
        for _ in 0..<plant.random.pick(10...Int64(userCount * 4)) { at { try self.tellSomething() } }
        // Most of a group at once, so that requests are full.
        if plant.random.chance(0.5) {
            at { for user in 1...self.userCount { try self.tell(user, 1, present: true) } }
        }
        if plant.random.chance(0.5) {
            at { for user in 1...self.userCount { try self.tell(user, 1, present: self.plant.random.chance(0.3)) } }
        }
        window(0.3, 300) { self.isUnauthorized = $0 }
        window(0.4, 200) { try self.plant.act($0 ? .pause : .resume) }
        window(0.3, 60) { self.plant.ledger.refusal = $0 ? .full : nil }
        if plant.random.chance(0.2) { at { try self.plant.act(.reassert) } }
        if plant.random.chance(0.3) {
            let group = Int(plant.random.pick(1...Int64(groupCount)))
            at {
                self.names[group] = "OTHER_\(group)"
                try self.plant.rename("g\(group)", to: "OTHER_\(group)")
            }
        }
    }

    private func at(_ action: @escaping @Sendable () throws -> Void) {
        let late = plant.random.chance(0.5) ? Self.trouble : Self.trouble / 20
        plant.time.after(plant.random.pick(0...late)) {
            do { try action() } catch { self.problems.append("\(error)") }
        }
    }

    private func window(_ share: Double, _ seconds: Int64, _ set: @escaping @Sendable (Bool) throws -> Void) {
        guard plant.random.chance(share) else { return }
        let length = plant.random.pick(1...seconds) * 1_000_000
        at {
            try set(true)
            self.plant.time.after(length) { try? set(false) }
        }
    }

    private func tellSomething() throws {
        let group = Int(plant.random.pick(1...Int64(groupCount)))
        let user = Int(plant.random.pick((double == nil ? 1 : 0)...Int64(userCount)))
        try tell(user, group, present: plant.random.chance(0.6))
    }

    private func tell(_ user: Int, _ group: Int, present: Bool) throws {
        try plant.membership(
            "u\(user)",
            login: user == 0 ? "u1@x" : "u\(user)@x",
            "g\(group)",
            name: names[group] ?? "",
            present: present
        )
    }

    // MARK: Processes

    private func drive() async throws {
        for _ in 0..<plant.random.pick(0...4) {
            let dispatcher = try plant.start()
            let process = plant.process
            attemptsOfProcess = []
            let isKill = plant.random.chance(0.6)
            let lifetime = plant.random.pick(1...(Self.trouble / 4))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await dispatcher.run() }
                try await plant.time.sleep(lifetime)
                if isKill {
                    process?.kill()
                    killed.formUnion(attemptsOfProcess)
                    tasks.cancelAll()
                    while let result = await tasks.nextResult() { _ = result }
                } else {
                    dispatcher.stop()
                    try await tasks.waitForAll()
                    expectNothingOpen("a graceful stop")
                }
            }
        }
        let dispatcher = try plant.start(parallel: Int(plant.random.pick(1...16)))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await dispatcher.run() }
            try await plant.time.sleep(max(0, end - plant.time.now) + Self.quiet)
            dispatcher.stop()
            try await tasks.waitForAll()
        }
        expectNothingOpen("the end")
    }

    // MARK: What must hold

    /// An attempt about to be written: the fold is as it was when the difference was read.
    private func inspect(_ entry: NewEntry) {
        guard entry.kind == .scimAttempt else { return }
        let stored = Entry(position: 0, kind: entry.kind, recordedAt: 0, key: entry.key, body: entry.body)
        guard case .attempt(let attempt) = ReadEntry(stored).content else { return problems.append("odd attempt") }
        attemptsOfProcess.append(attempt.id)
        let state = plant.ledger.state
        if state.pauseReason() != nil { problems.append("\(attempt.id) is sent during a pause") }
        if let open = state.group(attempt.group).openAttempt { problems.append("\(attempt.id) while \(open) is open") }
        if attempt.changes.count > 100 { problems.append("\(attempt.id) has \(attempt.changes.count) changes") }
        for change in attempt.changes {
            let pair = state.pair(PairID(group: attempt.group, user: change.user))
            if !pair.differs { problems.append("\(attempt.id) sends \(change.user), which is as desired") }
            if pair.desired != change.present { problems.append("\(attempt.id) sends an old state of \(change.user)") }
        }
    }

    private func expectNothingOpen(_ moment: String) {
        let ended = Set(plant.outcomes.map(\.attempt)).union(killed)
        for attempt in plant.attempts where !ended.contains(attempt.id) {
            problems.append("\(attempt.id) has no outcome after \(moment)")
        }
    }

    private func check() {
        let (state, directory) = (plant.ledger.state, plant.directory)
        problems += directory.violations
        let events = plant.ledger.log.count + directory.lookups.count
        if plant.sleeps > 2 * events + 100 { problems.append("\(plant.sleeps) sleeps for \(events) events") }
        var named: Set<[String]> = []
        for (id, pair) in state.pairs {
            let (user, group) = (state.user(id.user), state.group(id.group))
            let member = id.user == "u0" ? "U1" : "U" + id.user.dropFirst()
            named.insert(["G" + id.group.dropFirst(), member])
            guard group.inScope else { continue }
            if double != nil, user.binding?.finding == .taken, ["u0", "u1"].contains(id.user) { continue }
            guard let directoryGroup = group.binding?.directoryID, let account = user.binding?.directoryID else {
                problems.append("\(id) is not bound: \(String(describing: user.binding))")
                continue
            }
            if pair.differs { problems.append("\(id) is left: \(pair)") }
            if directory.isMember(account, of: directoryGroup) != pair.desired { problems.append("\(id) is wrong") }
        }
        for touched in directory.pairsTouched.subtracting(named) { problems.append("\(touched) was never named") }
        for stranger in strangers where !named.contains(stranger) && !directory.isMember(stranger[1], of: stranger[0]) {
            problems.append("\(stranger) was removed")
        }
        let bound = state.userStates.values.compactMap(\.binding?.directoryID)
        if Set(bound).count != bound.count { problems.append("two users are bound to one account") }
    }
}
