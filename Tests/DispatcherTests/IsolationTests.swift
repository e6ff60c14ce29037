import Projector
import Testing

@testable import Dispatcher

@Suite struct `One at fault` {
    /// Requests for one group of `count` users of whom one is at fault, until only that one is left.
    private func requests(_ count: Int, fault: Int, _ prepare: (Plant, String) -> Void) throws -> Int {
        let plant = Plant()
        plant.populate(users: count, groups: 1)
        prepare(plant, "U\(fault)")
        for user in 1...count { try plant.tell(user, in: 1) }
        try plant.push(patience: 1_000_000)
        #expect(plant.left.map(\.user) == ["u\(fault)"])
        return plant.directory.changes.count
    }

    @Test func `costs two requests more where the refusal names it: the others together, and itself alone`() throws {
        let sent = try requests(100, fault: 37) {
            $0.directory.refused = [$1]
            $0.directory.namesRefused = true
        }
        #expect(sent == 3)
    }

    @Test func `at which the directory itself fails again and again ends alone too, while others get through`() throws {
        let plant = Plant()
        plant.populate(users: 20, groups: 2)
        plant.directory.failing = ["U7"]
        for user in 1...20 { try plant.tell(user, in: 1) }
        for user in 1...20 {
            plant.time.after(Int64(user) * 2_000_000) { try? plant.tell(user, in: 2, present: true) }
        }
        let dispatcher = try plant.start()
        plant.time.after(600_000_000) { dispatcher.stop() }
        try plant.time.run { try await dispatcher.run() }
        #expect(Set(plant.left.map(\.user)) == ["u7"])
        #expect(plant.directory.changes.filter { $0.group == "G1" }.count < 40)
    }

    @Test func `that the directory fails at everything splits nothing`() throws {
        let plant = Plant()
        plant.populate(users: 20, groups: 3)
        plant.directory.fault = { $0.hasPrefix("G") ? .failBefore : .none }
        for group in 1...3 { for user in 1...20 { try plant.tell(user, in: group) } }
        plant.time.after(300_000_000) { plant.directory.fault = { _ in .none } }
        let dispatcher = try plant.start()
        plant.time.after(600_000_000) { dispatcher.stop() }
        try plant.time.run { try await dispatcher.run() }
        #expect(plant.left.isEmpty)
        #expect(plant.outcomes.allSatisfy { $0.split == nil })
        // Whole, or one change that probes and then the rest.
        #expect(Set(plant.attempts.map(\.changes.count)).isSubset(of: [1, 19, 20]))
    }
}
