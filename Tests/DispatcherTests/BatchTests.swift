import Foundation
import Projector
import Testing

@testable import Dispatcher

@Suite struct `What goes into one request` {
    @Test func `removals go before additions, at most a hundred`() throws {
        let changes = (0..<150).map { Given.change("u\($0)", present: $0 % 2 == 0) }
        let batch = try #require(Batch(of: Given.difference(changes), now: 0))
        #expect(batch.changes.count == 100)
        #expect(batch.changes.prefix(75).allSatisfy { !$0.present })
        #expect(batch.changes.suffix(25).allSatisfy { $0.present })
    }

    @Test func `two users with one account never stand in one request`() throws {
        let changes = [Given.change("a", member: "X"), Given.change("b", present: false, member: "X")]
        let batch = try #require(Batch(of: Given.difference(changes), now: 0))
        #expect(batch.changes.map(\.user) == ["b"])
    }

    @Test func `what waits, is not bound or is in doubt stays out`() throws {
        let changes = [
            Given.change("waits", retryAt: 10), Given.change("unbound", bound: false), Given.change("doubted"),
            Given.change("due", retryAt: 5),
        ]
        let batch = try #require(Batch(of: Given.difference(changes), now: 5, isUsable: { $0 != "doubted" }))
        #expect(batch.changes.map(\.user) == ["due"])
        #expect(Batch(of: Given.difference([changes[0], changes[1]]), now: 5) == nil)
        #expect(Batch(of: Given.difference(bound: false, changes), now: 5) == nil)
    }

    @Test func `pairs that no request was refused for go first and together`() throws {
        let changes = [Given.change("a", limit: 2), Given.change("b"), Given.change("c", limit: 8), Given.change("d")]
        let batch = try #require(Batch(of: Given.difference(changes), now: 0))
        #expect(batch.changes.map(\.user) == ["b", "d"])
    }

    @Test(arguments: 2...100)
    func `one pair at fault among n costs at most 2 log2 n + 1 requests more`(count: Int) throws {
        let most = 2 * log2(Double(count)) + 1
        for fault in Set([1, 2, count / 2, count - 1, count]) where fault > 0 {
            let plant = Plant()
            plant.populate(users: count, groups: 1)
            plant.directory.refused = ["U\(fault)"]
            for user in 1...count { try plant.tell(user, in: 1) }
            try plant.push(patience: 5_000_000)
            let extra = plant.directory.changes.count - 1
            #expect(Double(extra) <= most, "\(extra) for \(fault) in \(count)")
            #expect(plant.directory.members["G1"]?.count == count - 1)
            #expect(plant.left == [PairID(group: "g1", user: "u\(fault)")])
        }
    }
}
