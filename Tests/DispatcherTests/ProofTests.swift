import Ledger
import Projector
import SCIM
import Testing

@testable import Dispatcher

@Suite struct `The first removal` {
    /// Groups of five members each, of whom `u1` is to leave every one; nothing is proved.
    private func plant(groups: Int = 4, dialect: Dialect = .aws, members: Int = 5) throws -> Plant {
        let plant = Plant(dialect: dialect, isProved: false)
        plant.populate(users: 5, groups: groups)
        for group in 1...groups {
            plant.directory.members["G\(group)"] = Set((1...members).map { "U\($0)" })
            try plant.tell(1, in: group, present: false)
        }
        return plant
    }

    private func sentRemovals(_ plant: Plant) -> Int {
        plant.attempts.filter { $0.changes.contains { !$0.present } }.count
    }

    @Test(arguments: [Dialect.aws, .rfc])
    func `goes alone, and once it was exact all others go`(dialect: Dialect) throws {
        let plant = try plant(dialect: dialect)
        try plant.push()
        #expect(plant.proofs.map(\.verdict) == [.exact])
        #expect(plant.directory.lookups.filter { $0.hasPrefix("members") }.count == 2)
        #expect(plant.left.isEmpty)
        #expect(sentRemovals(plant) == 4)
    }

    @Test func `is proved once for all processes`() throws {
        let plant = try plant()
        try plant.push()
        try plant.tell(2, in: 1, present: false)
        try plant.push()
        #expect(plant.proofs.count == 1)
        #expect(plant.left.isEmpty)
    }

    @Test func `that takes others with it holds every push, and the others' groups stay whole`() throws {
        let plant = try plant()
        plant.directory.removal = .takesEverybody
        try plant.push()
        #expect(plant.proofs.map(\.verdict) == [.tookOthers])
        #expect(plant.proofs[0].members == ["U2", "U3", "U4", "U5"])
        #expect(sentRemovals(plant) == 1)
        #expect((1...4).filter { plant.directory.members["G\($0)"] == [] }.count == 1)
        #expect(plant.ledger.state.pauseReason()?.contains("took 4 other member(s)") == true)
        try plant.tell(5, in: 4)
        try plant.push()
        #expect(plant.attempts.count == 1)
    }

    @Test func `after resume whoever the ledger knew of a harmed group is added again`() throws {
        let plant = Plant(isProved: false)
        plant.populate(users: 5, groups: 1)
        for user in 1...5 { try plant.tell(user, in: 1) }
        try plant.push()
        plant.directory.removal = .takesEverybody
        try plant.tell(1, in: 1, present: false)
        try plant.push()
        plant.directory.removal = .exact
        try plant.act(.resume)
        try plant.push()
        #expect(plant.directory.members["G1"] == ["U2", "U3", "U4", "U5"])
        #expect(plant.left.isEmpty)
    }

    @Test func `that is answered with success and not done holds every push`() throws {
        let plant = try plant()
        plant.directory.removal = .ignored
        try plant.push(patience: 60_000_000)
        #expect(plant.proofs.map(\.verdict) == [.ignored])
        #expect(sentRemovals(plant) == 1)
    }

    @Test(
        arguments: [
            (400, "invalidValue", Dialect.aws), (400, "noTarget", .rfc), (400, "invalidPath", .rfc), (501, nil, .aws),
            (501, nil, .rfc),
        ] as [(Int, String?, Dialect)]
    )
    func `whose form is refused holds every push`(status: Int, scimType: String?, dialect: Dialect) throws {
        let plant = try plant(dialect: dialect)
        plant.directory.removal = .refused(status: status, scimType: scimType)
        try plant.push()
        #expect(plant.proofs.map(\.verdict) == [.refused])
        #expect(sentRemovals(plant) == 1)
    }

    @Test func `that is refused for its member's sake holds nothing else`() throws {
        let plant = try plant()
        plant.directory.refused = ["U1"]
        try plant.push(patience: 5_000_000)
        #expect(plant.proofs.isEmpty)
        #expect(sentRemovals(plant) == 4)
    }

    @Test func `that did harm is held beside a pause: resuming from lunch lets nothing go`() throws {
        let plant = try plant()
        plant.directory.removal = .takesEverybody
        try plant.push()
        try plant.act(.pause)
        try plant.act(.resume)
        try plant.push()
        #expect(sentRemovals(plant) == 1)
        #expect(plant.ledger.state.control.harm != nil)
        plant.directory.removal = .exact
        try plant.act(.resume)
        try plant.push()
        #expect(plant.left.isEmpty)
    }

    @Test func `after a day is a test again`() throws {
        let plant = try plant()
        try plant.push()
        try plant.tell(2, in: 1, present: false)
        try plant.push()
        plant.directory.removal = .takesEverybody
        try plant.wait(Proof.isGoodFor)
        for group in 1...4 { try plant.tell(3, in: group, present: false) }
        try plant.push()
        #expect(plant.proofs.map(\.verdict) == [.exact, .tookOthers])
        #expect((1...4).filter { plant.directory.members["G\($0)"] == [] }.count == 1)
    }

    @Test func `of somebody who is no member proves nothing, so that one that is ignored later is noticed`() throws {
        let batch = try #require(Batch(of: Given.difference([Given.change("u", present: false)]), now: 0))
        #expect(Proof.compare(before: ["OTHER"], after: ["OTHER"], batch) == .nothing)
        let plant = Plant(isProved: false)
        plant.populate(users: 5, groups: 2)
        plant.directory.members = ["G1": ["U2", "U3"], "G2": ["U1", "U2", "U3"]]
        plant.directory.removal = .ignored
        try plant.tell(1, in: 1, present: false)
        try plant.push(patience: 60_000_000)
        try plant.tell(1, in: 2, present: false)
        try plant.push(patience: 60_000_000)
        #expect(plant.proofs.map(\.verdict) == [.ignored])
    }

    @Test func `that is shown late is not held against the directory by a stop`() throws {
        let plant = try plant(groups: 1)
        plant.directory.removal = .ignored
        try plant.run(seconds: 1)
        #expect(plant.proofs.isEmpty)
    }

    @Test func `is judged by five readings, not by one and four that failed`() throws {
        let plant = try plant(groups: 1)
        plant.directory.removal = .ignored
        var reads = 0
        plant.directory.fault = { path in
            guard path.hasPrefix("members") else { return .none }
            reads += 1
            return reads > 2 ? .failBefore : .none
        }
        try plant.run(seconds: 60)
        #expect(plant.proofs.isEmpty)
    }

    @Test func `of a group without others proves nothing`() throws {
        let plant = try plant(groups: 2, members: 1)
        try plant.push()
        #expect(plant.proofs.isEmpty)
        #expect(plant.left.isEmpty)
    }

    @Test func `is not sent while the members cannot be read, and additions of other groups are`() throws {
        let plant = try plant(groups: 1)
        plant.directory.fault = { $0.hasPrefix("members") ? .failBefore : .none }
        try plant.tell(2, in: 2)
        plant.directory.groups.append(SCIMGroup(id: "G2", displayName: "AWS_2", externalID: nil))
        plant.time.after(40_000_000) { plant.directory.fault = { _ in .none } }
        let dispatcher = try plant.start()
        plant.time.after(30_000_000) {
            #expect(sentRemovals(plant) == 0)
            #expect(plant.directory.isMember("U2", of: "G2"))
        }
        plant.time.after(100_000_000) { dispatcher.stop() }
        try plant.time.run { try await dispatcher.run() }
        #expect(plant.left.isEmpty)
        #expect(plant.proofs.map(\.verdict) == [.exact])
    }

    @Test func `of another directory or in another dialect is proved anew`() throws {
        let plant = Plant(dialect: .rfc)
        let other = ProofBody(
            verdict: .exact,
            dialect: "aws",
            group: "g0",
            directoryGroup: "G0",
            attempt: "a0",
            members: []
        )
        _ = try plant.ledger.put(.scimProof, other, key: nil)
        plant.populate(users: 2, groups: 1)
        plant.directory.members["G1"] = ["U1", "U2"]
        try plant.tell(1, in: 1, present: false)
        try plant.push()
        #expect(plant.proofs.last?.dialect == "rfc")
    }
}
