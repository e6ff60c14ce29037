import Projector
import SCIM
import Testing

@testable import Dispatcher

/// A connection on which the list of a group's members takes long to come back: what it says may no longer be so.
private struct SlowReader: Directory {
    let connection: Connection
    let time: VirtualTime
    let delay: @Sendable () -> Int64

    var dialect: Dialect { connection.dialect }
    var changesInARequest: Int { connection.changesInARequest }

    func userByExternalID(_ externalID: String) async throws(SCIMError) -> Lookup<SCIMUser> {
        try await connection.userByExternalID(externalID)
    }

    func userByUserName(_ userName: String) async throws(SCIMError) -> Lookup<SCIMUser> {
        try await connection.userByUserName(userName)
    }

    func groupByDisplayName(_ displayName: String) async throws(SCIMError) -> Lookup<SCIMGroup> {
        try await connection.groupByDisplayName(displayName)
    }

    func hasUser(_ id: String) async throws(SCIMError) -> Bool { try await connection.hasUser(id) }
    func hasGroup(_ id: String) async throws(SCIMError) -> Bool { try await connection.hasGroup(id) }

    func members(of groupID: String) async throws(SCIMError) -> [String] {
        let members = try await connection.members(of: groupID)
        try? await time.sleep(delay())
        return members
    }

    func turn(changes: Int) async throws(CancellationError) { try await connection.turn(changes: changes) }

    func close(for wait: Duration) { connection.close(for: wait) }

    func send(_ request: SCIMRequest, changes: Int) async -> SCIMOutcome {
        await connection.send(request, changes: changes)
    }
}

@Suite(.ownThread) struct `Reconciling while the dispatcher pushes` {
    @Test(arguments: 1...40)
    func `all ends as Okta says, whatever others changed and however late a reading comes`(seed: UInt64) throws {
        let plant = Plant(seed: seed)
        plant.populate(users: 5, groups: 2)
        plant.directory.users.append(SCIMUser(id: "X", externalID: nil, userName: "x", active: true))
        plant.directory.latency = { plant.random.pick(1_000...400_000) }
        for group in 1...2 { for user in 1...5 { try plant.tell(user, in: group, present: plant.random.chance(0.6)) } }
        try plant.push()

        // Others change the directory, and add somebody whom no event names.
        for group in ["G1", "G2"] {
            plant.directory.members[group] = Set((1...5).map { "U\($0)" }.filter { _ in plant.random.chance(0.5) })
            plant.directory.members[group]?.insert("X")
        }
        let dispatcher = try plant.start()
        let process = try #require(plant.process)
        let connection = Connection(directory: plant.directory) { true }
        let time = plant.time
        let reader = SlowReader(connection: connection, time: time) { plant.random.pick(0...5_000_000) }
        let reconciler = Reconciler(log: process, fold: process, directory: reader, dispatcher: dispatcher)
        for _ in 0..<30 {
            let (user, group) = (Int(plant.random.pick(1...5)), Int(plant.random.pick(1...2)))
            let present = plant.random.chance(0.5)
            time.after(plant.random.pick(0...40_000_000)) { try? plant.tell(user, in: group, present: present) }
        }
        try time.run {
            async let pushing: Void = dispatcher.run()
            for _ in 0..<12 { _ = try await reconciler.run(group: nil, recording: true) }
            try await time.sleep(60_000_000)
            let last = try await reconciler.run(group: nil, recording: false)
            #expect(last.pairs.isEmpty && last.skipped.isEmpty, "seed \(seed): \(last)")
            #expect(last.groups.allSatisfy { $0.unknown == ["X"] }, "seed \(seed)")
            dispatcher.stop()
            try await pushing
        }
        for (id, pair) in plant.ledger.state.pairs {
            let isMember = plant.directory.isMember(id.user.uppercased(), of: id.group.uppercased())
            #expect(pair.desired == isMember, "seed \(seed): \(id)")
        }
        #expect(plant.directory.violations.isEmpty, "seed \(seed): \(plant.directory.violations)")
    }
}
