import Ledger
import SQLiteStore
import Testing

/// Random histories against the rule said in the plainest way: a list of what is stored.
struct CollisionModelTests {
    private struct Model {
        private(set) var stored: [(key: String, body: String)] = []

        mutating func append(_ key: String, _ body: String, _ policy: NewEntry.CollisionPolicy) -> Int {
            var number = 1
            while let position = stored.firstIndex(where: { $0.key == (number == 1 ? key : "\(key)#\(number)") }) {
                if policy == .duplicate || stored[position].body == body { return position }
                number += 1
            }
            stored.append((number == 1 ? key : "\(key)#\(number)", body))
            return stored.count - 1
        }
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64: small, and the same on every machine.
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test(arguments: 0..<8)
    func `any history of repeats and conflicts ends as the rule says, also across reopening`(index: Int) async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = Seeded(state: seed)
        let place = try Workplace()
        var store = try place.open()
        var model = Model()
        for step in 0..<150 {
            let key = ["a", "b", "a#2", "c"].randomElement(using: &random) ?? ""
            let body = ["1", "2", "3", "4"].randomElement(using: &random) ?? ""
            let policies: [NewEntry.CollisionPolicy] = [.duplicate, .duplicateIfSameBytesElseNumber]
            var entry = NewEntry.delivery(key, body)
            entry.onCollision = policies[random.next() % 4 == 0 ? 0 : 1]
            let position = try await store.append(entry).position
            let expected = model.append(key, body, entry.onCollision)
            #expect(position == Int64(expected), "seed \(seed) step \(step)")
            if random.next() % 40 == 0 {
                store.close()
                store = try place.open(.existing)
            }
        }
        let entries = try store.entries(from: 0, limit: 1_000)
        #expect(entries.map { $0.key?.text } == model.stored.map(\.key), "seed \(seed)")
        #expect(entries.map { String(decoding: $0.body, as: UTF8.self) } == model.stored.map(\.body), "seed \(seed)")
        try expectWholeLog(store, entries: Int64(model.stored.count))
        store.close()
    }
}
