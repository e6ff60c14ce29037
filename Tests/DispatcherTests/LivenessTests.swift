import Projector
import Testing

@testable import Dispatcher
@testable import SCIM

/// What a directory does that might keep a removal from ever being sent, or from being known.
@Suite struct `A removal goes` {
    /// The second at which something became true, looked at in each of `seconds`.
    private func when(_ seconds: Range<Int>, _ plant: Plant, _ isTrue: @escaping @Sendable () -> Bool) -> First {
        let first = First()
        for second in seconds {
            plant.time.after(Int64(second) * 1_000_000) { if isTrue() { first.take(second) } }
        }
        return first
    }

    @Test(arguments: [0, 1, 2, 3, 5, 9])
    func `though lookups of others in its group hang again and again`(count: Int) throws {
        let plant = Plant()
        plant.populate(users: 20, groups: 1)
        try plant.tell(1, in: 1)
        try plant.push()
        plant.directory.fault = { $0.hasPrefix("user u") ? .resetBefore : .none }
        plant.directory.slow = { $0.hasPrefix("user u") ? 12_500_000 : 0 }
        for user in 0..<count {
            plant.time.after(Int64(user) * 7_300_000) { try? plant.tell(user + 2, in: 1) }
        }
        plant.time.after(100_000_000) { try? plant.tell(1, in: 1, present: false) }
        let left = when(101..<1_000, plant) { !plant.directory.isMember("U1", of: "G1") }
        try plant.run(seconds: 1_000)
        #expect((left.value ?? .max) < 200)
    }

    @Test func `though the members can never be read, after ten minutes`() throws {
        let plant = Plant(isProved: false)
        plant.populate(users: 5, groups: 1)
        plant.directory.members["G1"] = ["U1", "U2", "U3"]
        plant.directory.fault = { $0.hasPrefix("members") ? .failBefore : .none }
        try plant.tell(1, in: 1, present: false)
        try plant.run(seconds: 900)
        #expect(plant.left.isEmpty)
        #expect(plant.directory.lookups.filter { $0.hasPrefix("members") }.count < 40)
    }

    @Test func `though that of another group is slow and nothing can be proved`() throws {
        let plant = Plant(isProved: false)
        plant.populate(users: 5, groups: 5)
        for group in 1...5 { plant.directory.members["G\(group)"] = ["U1"] }
        plant.directory.slow = { $0 == "G1" ? 30_000_000 : 0 }
        plant.directory.fault = { $0.hasPrefix("members") ? .refuse : .none }
        for group in 1...5 { try plant.tell(1, in: group, present: false) }
        let done = when(0..<600, plant) { (2...5).allSatisfy { !plant.directory.isMember("U1", of: "G\($0)") } }
        try plant.run(seconds: 600)
        #expect((done.value ?? .max) < 10)
    }

    @Test func `and is settled where its account is gone and the directory says so with a 400`() throws {
        let plant = Plant()
        plant.populate(users: 2, groups: 1)
        for user in 1...2 { try plant.tell(user, in: 1) }
        try plant.push()
        plant.directory.users.removeAll { $0.id == "U1" }
        plant.directory.fault = { $0 == "G1" ? .refuse : .none }
        try plant.tell(1, in: 1, present: false)
        try plant.run(seconds: 2_000)
        #expect(plant.left.isEmpty)
    }
}

@Suite struct `After failures` {
    @Test func `of which there were five, a group goes in full requests again`() throws {
        let plant = Plant()
        plant.populate(users: 100, groups: 1)
        for user in 1...100 { try plant.tell(user, in: 1) }
        var failures = 0
        plant.directory.fault = { path in
            guard path == "G1", failures < 5 else { return .none }
            failures += 1
            return .failBefore
        }
        try plant.push(patience: 120_000_000)
        #expect(plant.left.isEmpty)
        #expect(plant.attempts.map(\.changes.count) == [100, 100, 100, 100, 100, 1, 99])
    }

    @Test func `of twenty seconds, twenty groups cost few more requests than one each`() throws {
        let plant = Plant()
        plant.populate(users: 30, groups: 20)
        for group in 1...20 { for user in 1...30 { try plant.tell(user, in: group) } }
        let start = plant.time.now
        plant.directory.fault = { $0.hasPrefix("G") && plant.time.now - start < 20_000_000 ? .failBefore : .none }
        try plant.push(patience: 120_000_000)
        #expect(plant.left.isEmpty)
        #expect(plant.directory.changes.count <= 40)
    }

    @Test func `that name no time, holds grow, whichever group probes`() throws {
        let core = Desk()
        var now: Int64 = 0
        var holds: [Int64] = []
        for index in 0..<10 {
            let batch = try #require(core.begin(Given.difference(of: "g\(index)", [Given.change("u")]), now: now))
            core.end(batch, Given.answer(429), now: now)
            holds.append(core.target.holdUntil - now)
            now = core.target.holdUntil
        }
        #expect(holds[9] >= 30_000_000)
    }

    @Test func `of everything by a gateway that redirects, requests are as large as before`() throws {
        let plant = Plant()
        plant.populate(users: 100, groups: 3)
        for group in 1...3 { for user in 1...100 { try plant.tell(user, in: group) } }
        plant.directory.fault = { $0.hasPrefix("G") ? .redirect : .none }
        try plant.run(seconds: 3_600)
        plant.directory.fault = { _ in .none }
        try plant.run(seconds: 400)
        #expect(plant.left.isEmpty)
        #expect(plant.attempts.count < 40)
        #expect(plant.attempts.allSatisfy { $0.changes.count == 100 })
    }
}

/// On one thread only, hence unchecked.
private final class First: @unchecked Sendable {
    private(set) var value: Int?
    func take(_ second: Int) { value = value ?? second }
}
