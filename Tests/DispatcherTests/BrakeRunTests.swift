import Projector
import SCIM
import Testing

@testable import Dispatcher

/// The brake in a running service, on virtual time.
@Suite struct `A group of which too much changes` {
    private static let minute: Int64 = 60_000_000

    /// Everybody is in group 1 and in the directory's group of that name.
    private func plant(members: Int, isProved: Bool = true) throws -> Plant {
        let plant = Plant(isProved: isProved)
        plant.populate(users: members, groups: 2)
        for user in 1...members { try plant.tell(user, in: 1) }
        try plant.push()
        plant.brake = .standard
        try plant.wait(61 * Self.minute)
        return plant
    }

    private func members(_ plant: Plant, _ group: Int = 1) -> Int { plant.directory.members["G\(group)"]?.count ?? 0 }

    @Test func `is held whole, listed, and released by an approval`() throws {
        let plant = try plant(members: 60)
        let before = plant.directory.changes.count
        for user in 1...60 { try plant.tell(user, in: 1, present: false) }
        try plant.tell(1, in: 2)
        try plant.push()
        #expect(members(plant) == 60)
        #expect(members(plant, 2) == 1, "other groups go on")
        #expect(plant.holds.map(\.pairs.count) == [60])
        #expect(plant.holds.map(\.reason) == [.removals])
        try plant.push()
        #expect(plant.holds.count == 1, "one entry a hold")
        try plant.act(.approve, holds: plant.openHolds)
        try plant.push()
        #expect(members(plant) == 0)
        #expect(plant.left.isEmpty)
        #expect(plant.openHolds.isEmpty)
        #expect(plant.directory.changes.count == before + 2)
        #expect(plant.attempts.last?.changes.allSatisfy { $0.released == true } == true)
    }

    @Test func `counts what left before a restart`() throws {
        let plant = try plant(members: 120)
        for user in 1...40 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(members(plant) == 80)
        for user in 41...51 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(members(plant) == 80)
        #expect(plant.holds.map(\.counted) == [51])
        #expect(plant.holds.map(\.pairs.count) == [11])
        try plant.act(.approve, holds: plant.openHolds)
        try plant.push()
        // What an operator released counts in no window: 40 left without.
        for user in 52...61 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(members(plant) == 59)
        #expect(plant.holds.count == 1)
        try plant.tell(62, in: 1, present: false)
        try plant.push()
        #expect(plant.holds.map(\.counted) == [51, 51])
        #expect(members(plant) == 59)
    }

    @Test func `may go on once the window has passed`() throws {
        let plant = try plant(members: 200)
        for user in 1...50 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        try plant.wait(60 * Self.minute)
        for user in 51...100 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(members(plant) == 100)
        #expect(plant.holds.isEmpty)
    }

    @Test func `is measured by the directory's own members, not by those we know`() throws {
        let plant = try plant(members: 12)
        plant.directory.members["G1"]?.formUnion((1...8).map { "stranger-\($0)" })
        for user in 1...10 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(members(plant) == 10, "10 of 20 are half")
        try plant.tell(11, in: 1, present: false)
        try plant.push()
        #expect(members(plant) == 10)
        #expect(plant.holds.map(\.reason) == [.share])
        #expect(plant.holds.map(\.realSize) == [20], "those who left within the window count as members")
        #expect(plant.directory.lookups.filter { $0 == "members G1" }.count == 2, "one count a process")
    }

    @Test func `is measured by what we know where its members cannot be read`() throws {
        let plant = try plant(members: 12)
        plant.directory.fault = { $0 == "members G1" ? .failBefore : .none }
        for user in 1...7 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(members(plant) == 12)
        #expect(plant.holds.map(\.realSize) == [12])
    }

    @Test func `is measured by what we know where the directory tells no members`() throws {
        let plant = try plant(members: 40)
        plant.directory.members["G1"] = []
        for user in 1...40 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(plant.holds.map(\.reason) == [.share])
        #expect(plant.holds.map(\.realSize) == [40])
        #expect(plant.left.count == 40)
    }

    @Test func `is measured by those who may be members where everything is in doubt`() throws {
        let plant = try plant(members: 40)
        plant.directory.fault = { $0.hasPrefix("members") ? .failBefore : .none }
        try plant.act(.reassert)
        for user in 1...40 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(plant.holds.map(\.reason) == [.share])
        #expect(members(plant) == 40)
    }

    @Test func `is measured by who is to leave where nobody tells its members`() throws {
        let plant = Plant()
        plant.populate(users: 30, groups: 1)
        plant.directory.members["G1"] = Set((1...30).map { "U\($0)" })
        plant.directory.fault = { $0.hasPrefix("members") ? .failBefore : .none }
        plant.brake = .standard
        for user in 1...29 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(plant.holds.map(\.reason) == [.share])
        #expect(members(plant) == 30)
    }

    @Test func `is measured anew when the window has moved on`() throws {
        let plant = try plant(members: 20)
        let time = plant.time
        for user in 1...6 { try plant.tell(user, in: 1, present: false) }
        time.after(59 * Self.minute + 30_000_000) { try? plant.tell(7, in: 1, present: false) }
        time.after(60 * Self.minute + 30_000_000) {
            for user in 8...16 { try? plant.tell(user, in: 1, present: false) }
        }
        try plant.run(seconds: 4_000)
        #expect(members(plant) == 13)
        #expect(plant.holds.map(\.counted) == [10])
        #expect(plant.holds.map(\.realSize) == [14])
    }

    @Test func `is counted again when members came since`() throws {
        let plant = Plant()
        plant.populate(users: 40, groups: 1)
        for user in 1...7 { try plant.tell(user, in: 1) }
        try plant.push()
        plant.brake = .standard
        let time = plant.time
        try plant.wait(61 * Self.minute)
        for user in 1...6 { try plant.tell(user, in: 1, present: false) }
        time.after(30_000_000) { for user in 8...40 { try? plant.tell(user, in: 1) } }
        time.after(60_000_000) { for user in 8...40 { try? plant.tell(user, in: 1, present: false) } }
        try plant.run(seconds: 200)
        #expect(members(plant) == 34)
        #expect(plant.holds.map(\.reason) == [.share])
    }

    @Test func `keeps no leaver waiting where too many come`() throws {
        let plant = Plant()
        plant.populate(users: 300, groups: 1)
        for user in 1...60 { try plant.tell(user, in: 1) }
        try plant.push()
        plant.brake = .standard
        try plant.wait(61 * Self.minute)
        try plant.tell(1, in: 1, present: false)
        for user in 61...300 { try plant.tell(user, in: 1) }
        try plant.push()
        #expect(plant.holds.map(\.reason) == [.additions])
        #expect(plant.holds.map(\.pairs.count) == [240])
        #expect(!plant.directory.isMember("U1", of: "G1"), "told together")
        try plant.tell(2, in: 1, present: false)
        try plant.push()
        #expect(members(plant) == 58, "told later")
        for user in 3...60 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(members(plant) == 58, "too many of them wait too")
        for _ in 0..<2 {
            try plant.act(.approve, holds: plant.openHolds)
            try plant.push()
        }
        #expect(plant.left.isEmpty)
        #expect(members(plant) == 240)
    }

    @Test func `is not measured by what we know where the whole directory is in trouble`() throws {
        let plant = try plant(members: 24)
        plant.directory.members["G1"]?.formUnion((1...100).map { "stranger-\($0)" })
        var isFirst = true
        plant.directory.fault = { path in
            guard path == "members G1", isFirst else { return .none }
            isFirst = false
            return .throttle(seconds: 5)
        }
        for user in 1...20 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(members(plant) == 104)
        #expect(plant.holds.isEmpty)
        #expect(plant.directory.violations.isEmpty)
    }

    @Test func `does not keep others waiting for what the first removal is to show`() throws {
        let plant = try plant(members: 60, isProved: false)
        for user in 1...60 { try plant.tell(user, in: 2) }
        plant.brake = .off
        try plant.push()
        plant.brake = .standard
        for user in 1...5 { try plant.tell(user, in: 1, present: false) }
        for user in 1...5 { try plant.tell(user, in: 2, present: false) }
        // The other removals come while the members are being read.
        plant.directory.latency = { 1_000_000 }
        plant.time.after(1_000_000) { for user in 6...60 { try? plant.tell(user, in: 1, present: false) } }
        try plant.push()
        #expect(plant.directory.lookups.filter { $0 == "members G1" }.count == 1)
        #expect(plant.holds.map(\.group) == ["g1"])
        #expect(members(plant) == 60)
        #expect(members(plant, 2) == 55)
        #expect(plant.proofs.map(\.verdict) == [.exact])
        try plant.act(.approve, holds: plant.openHolds)
        try plant.push()
        #expect(plant.left.isEmpty)
        #expect(plant.directory.violations.isEmpty)
    }

    @Test func `is free again when Okta takes everything back, and nothing was sent`() throws {
        let plant = try plant(members: 60)
        let before = plant.attempts.count
        for user in 1...60 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        for user in 1...60 { try plant.tell(user, in: 1) }
        try plant.push()
        #expect(plant.openHolds.isEmpty)
        #expect(plant.attempts.count == before)
        try plant.tell(1, in: 1, present: false)
        try plant.push()
        #expect(members(plant) == 59)
    }

    @Test func `keeps what came after the hold until it is released, and judges that anew`() throws {
        let plant = try plant(members: 200)
        for user in 1...60 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        for user in 61...111 { try plant.tell(user, in: 1, present: false) }
        try plant.tell(1, in: 1)
        try plant.push()
        #expect(plant.holds.count == 1)
        try plant.act(.approve, holds: plant.openHolds)
        try plant.push()
        #expect(members(plant) == 141, "2 to 60 left; 1 was taken back; 61 to 111 are held anew")
        #expect(plant.holds.map(\.pairs.count) == [60, 51])
        try plant.act(.approve, holds: plant.openHolds)
        try plant.push()
        #expect(members(plant) == 90)
        #expect(plant.left.isEmpty)
    }

    @Test(arguments: 0..<6)
    func `never loses more than the limit in any window without an approval`(chunk: Int) throws {
        for seed in (chunk * 10)..<(chunk * 10 + 10) {
            let problems = try BrakeSimulation(seed: UInt64(seed)).run()
            #expect(problems.isEmpty, "seed \(seed): \(problems.prefix(5).joined(separator: "; "))")
        }
    }
}

extension Plant {
    /// Lets time pass while nobody pushes.
    func wait(_ microseconds: Int64) throws {
        let time = time
        try time.run { try await time.sleep(microseconds) }
    }
}

/// Any arrival of changes over some hours, with faults, approvals, and processes that stop or are killed.
private final class BrakeSimulation: @unchecked Sendable {
    static let minute: Int64 = 60_000_000
    let plant: Plant
    let settings: Brake.Settings
    var problems: [String] = []

    init(seed: UInt64) {
        plant = Plant(seed: seed)
        let isShareOn = plant.random.chance(0.5)
        settings = Brake.Settings(
            removals: isShareOn && plant.random.chance(0.5) ? 0 : Int(plant.random.pick(2...8)),
            shareMillionths: isShareOn ? [100_000, 200_000, 300_000][Int(plant.random.pick(0...2))] : 0,
            additions: Int(plant.random.pick(2...12)),
            window: plant.random.pick(5...30) * Self.minute
        )
        plant.brake = settings
    }

    func run() throws -> [String] {
        let (users, groups): (Int64, Int64) = (40, 2)
        plant.populate(users: Int(users), groups: Int(groups))
        for group in 1...groups { plant.directory.members["G\(group)"] = Set((1...30).map { "U\($0)" }) }
        plant.directory.latency = { self.plant.random.pick(500...400_000) }
        plant.directory.fault = { path in
            // What the log knows is not what there is: who began as a member is known to nobody but the directory.
            guard self.plant.random.chance(0.2), !path.hasPrefix("members") else { return .none }
            return [.resetBefore, .resetAfter, .failAfter, .notSent, .throttle(seconds: 3)][
                Int(self.plant.random.pick(0...4))
            ]
        }
        let span = 4 * 60 * Self.minute
        for _ in 0..<plant.random.pick(20...300) {
            // In bursts: mistakes come at once.
            let start = plant.random.chance(0.5) ? plant.random.pick(0...span) : plant.random.pick(0...3) * span / 4
            let (user, group) = (Int(plant.random.pick(1...users)), Int(plant.random.pick(1...groups)))
            let present = plant.random.chance(0.4)
            plant.time.after(start) { try? self.plant.tell(user, in: group, present: present) }
        }
        for _ in 0..<plant.random.pick(0...4) {
            plant.time.after(plant.random.pick(0...span)) {
                try? self.plant.act(.approve, holds: self.plant.openHolds)
            }
        }
        try plant.time.run { try await self.drive(until: self.plant.time.now + span) }
        check()
        try approveEverything()
        return problems
    }

    /// Whatever happened, who approves hold after hold gets everything done.
    private func approveEverything() throws {
        plant.directory.fault = { _ in .none }
        for _ in 0..<20 where !plant.left.isEmpty || !plant.openHolds.isEmpty {
            try plant.act(.approve, holds: plant.openHolds)
            try plant.push(patience: 10 * Self.minute)
        }
        if !plant.left.isEmpty { problems.append("\(plant.left.count) are left: \(plant.openHolds)") }
        if !plant.openHolds.isEmpty { problems.append("\(plant.openHolds) stay") }
        for (id, pair) in plant.ledger.state.pairs {
            let isMember = plant.directory.isMember("U" + id.user.dropFirst(), of: "G" + id.group.dropFirst())
            if isMember != pair.desired { problems.append("\(id) is wrong") }
        }
    }

    private func drive(until end: Int64) async throws {
        while plant.time.now < end {
            let dispatcher = try plant.start()
            let process = plant.process
            let isKill = plant.random.chance(0.5)
            let lifetime = plant.random.pick(1...90) * Self.minute
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await dispatcher.run() }
                try await plant.time.sleep(lifetime)
                if isKill {
                    process?.kill()
                    tasks.cancelAll()
                    while let result = await tasks.nextResult() { _ = result }
                } else {
                    dispatcher.stop()
                    try await tasks.waitForAll()
                }
            }
        }
    }

    private func check() {
        problems += plant.directory.violations
        let attempts = plant.ledger.state.attempts.values.sorted { $0.at < $1.at }
        for group in Set(attempts.map(\.body.group)) {
            let own = attempts.filter { $0.body.group == group }
            for last in own {
                let window = own.filter { $0.at <= last.at && $0.at > last.at - settings.window }
                    .flatMap(\.body.changes).filter { $0.released != true }
                let removals = Set(window.filter { !$0.present }.map(\.user)).count
                let additions = Set(window.filter(\.present).map(\.user)).count
                if settings.removals > 0, removals > settings.removals {
                    problems.append("\(removals) removals left \(group)")
                }
                if additions > settings.additions { problems.append("\(additions) additions to \(group)") }
            }
        }
        if settings.shareMillionths > 0 { for group in ["g1", "g2"] { checkShare(of: group, attempts) } }
        for attempt in attempts {
            for change in attempt.body.changes where change.released == true {
                let wasListed = plant.ledger.state.holds.values.contains { hold in
                    hold.approval.map { $0 < attempt.position } == true && hold.body.group == attempt.body.group
                        && hold.body.pairs.contains { $0.user == change.user && $0.present == change.present }
                }
                if !wasListed { problems.append("\(attempt.body.id) claims a release of \(change.user)") }
            }
        }
        if plant.holds.isEmpty, attempts.count > 200 { problems.append("nothing was ever held") }
    }

    /// Of those who were members, no more than the share left within any window without an approval. The size may have
    /// been counted some minutes before, and those whose membership is unknown count as members.
    private func checkShare(of group: String, _ attempts: [AttemptState]) {
        let own = attempts.filter { $0.body.group == group }
        var states = [(at: Int64(0), members: Set((1...30).map { "U\($0)" }))]
        states += plant.directory.history.filter { $0.group == group.uppercased() }.map { ($0.at, $0.members) }
        let left = zip(states, states.dropFirst()).flatMap { before, after in
            before.members.subtracting(after.members).filter { member in
                let sender = own.last { $0.at <= after.at && $0.body.changes.contains { $0.member == member } }
                return sender?.body.changes.first { $0.member == member }?.released != true
            }.map { (at: after.at, member: $0) }
        }
        for last in left {
            // The window is one of attempts, which were recorded up to a second before.
            let removed = Set(
                left.filter { $0.at <= last.at && $0.at > last.at - settings.window + 1_000_000 }.map(\.member)
            )
            let begin = last.at - settings.window - 5 * Self.minute - 1_000_000
            let first = states.lastIndex { $0.at <= begin } ?? 0
            let span = states[first...].filter { $0.at <= last.at }.map(\.members)
            let unsure = own.filter { $0.at <= last.at && $0.outcome?.result != .applied }.flatMap(\.body.changes).map(
                \.member
            )
            let most = max(1, span.reduce(Set(unsure)) { $0.union($1) }.count * settings.shareMillionths / 1_000_000)
            guard removed.count > most, span.allSatisfy({ $0.count >= Brake.smallestGroup }) else { continue }
            problems.append("\(removed.count) of \(group) left, \(most) may")
        }
    }
}
