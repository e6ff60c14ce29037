import Ledger
import Projector
import SCIM
import Testing

@testable import Dispatcher

@Suite struct `A push` {
    @Test func `a hundred changes of a group are one request, adds and removals together`() throws {
        let plant = Plant()
        plant.populate(users: 250, groups: 2)
        for user in 1...100 { try plant.tell(user, in: 1, present: user % 2 == 0) }
        for user in 1...250 { try plant.tell(user, in: 2) }
        try plant.push()
        #expect(plant.directory.changes.filter { $0.group == "G1" }.count == 1)
        #expect(plant.directory.changes.filter { $0.group == "G2" }.count == 3)
        #expect(plant.directory.lookups.count == 252)
        #expect(plant.left.isEmpty)
    }

    @Test func `a restart asks nothing again and sends nothing again`() throws {
        let plant = Plant()
        plant.populate(users: 5, groups: 1)
        for user in 1...5 { try plant.tell(user, in: 1) }
        try plant.push()
        let asked = plant.directory.lookups.count
        try plant.push()
        #expect(plant.directory.changes.count == 1)
        #expect(plant.directory.lookups.count == asked)
    }

    @Test func `nothing leaves on the word of a fold that lags behind the log`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 1)
        try plant.tell(1, in: 1)
        try plant.time.run { try await plant.ledger.wait(through: 0) }
        plant.ledger.foldDelay = { 5_000_000 }
        try plant.act(.pause)
        try plant.push()
        #expect(plant.attempts.isEmpty)
    }

    @Test func `what waited in line while a pause came does not leave, and does after resume`() throws {
        let plant = Plant()
        try plant.prepareRemovals(groups: 40)
        plant.directory.latency = { 1_000_000 }
        let dispatcher = try plant.start(parallel: 2)
        plant.time.after(9_500_000) { try? plant.act(.pause) }
        try plant.time.run { try await dispatcher.run(patience: 60_000_000) }
        let before = plant.attempts.count
        #expect((42...52).contains(before))
        #expect(plant.outcomes.count == before)
        try plant.act(.resume)
        try plant.push()
        #expect(plant.left.isEmpty)
    }

    @Test func `what changes back before its turn is never sent`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 20)
        for group in 1...20 { try plant.tell(1, in: group) }
        try plant.push()
        for group in 1...20 { try plant.tell(1, in: group, present: false) }
        plant.directory.latency = { 1_000_000 }
        let dispatcher = try plant.start(parallel: 1)
        plant.time.after(5_000_000) { for group in 1...20 { try? plant.tell(1, in: group) } }
        try plant.time.run { try await dispatcher.run(patience: 60_000_000) }
        #expect(plant.left.isEmpty)
        #expect(plant.directory.changes.count < 30)
        #expect(plant.directory.members.values.allSatisfy { $0 == ["U1"] })
    }

    @Test func `a stop leaves every request with its outcome, and begins no other`() throws {
        let plant = Plant()
        try plant.prepareRemovals(groups: 40)
        plant.directory.latency = { 1_000_000 }
        let dispatcher = try plant.start(parallel: 4)
        plant.time.after(5_500_000) { dispatcher.stop() }
        try plant.time.run { try await dispatcher.run() }
        #expect((44...60).contains(plant.attempts.count))
        #expect(plant.outcomes.count == plant.attempts.count)
    }

    @Test func `a cancelled run ends, and its requests have outcomes that claim nothing`() throws {
        let plant = Plant()
        try plant.prepareRemovals(groups: 4)
        let time = plant.time
        plant.directory.latency = { 3_000_000 }
        let dispatcher = try plant.start()
        try time.run {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await dispatcher.run() }
                try await time.sleep(4_000_000)
                tasks.cancelAll()
                await #expect(throws: CancellationError.self) { try await tasks.waitForAll() }
            }
        }
        #expect(plant.attempts.count == 8)
        #expect(plant.outcomes.suffix(4).map(\.result) == [.unknown, .unknown, .unknown, .unknown])
    }

    @Test(arguments: [Kind.scimAttempt, .scimObservation])
    func `a broken log ends the run with its error, whatever else is under way`(kind: Kind) throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 4)
        for group in 1...4 { try plant.tell(1, in: group) }
        let ledger = plant.ledger
        ledger.willAppend = { if $0.kind == kind { ledger.refusal = .broken } }
        #expect(throws: AppendError.broken) { try plant.push() }
    }

    @Test func `an outcome that the full disk refuses is written first, and nothing else begins before`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 40)
        for group in 1...40 { try plant.tell(1, in: group) }
        let (ledger, time) = (plant.ledger, plant.time)
        plant.directory.latency = { 500_000 }
        let dispatcher = try plant.start(parallel: 2)
        let directory = plant.directory
        time.after(8_000_000) { ledger.refusal = .full }
        // By then everything under way has come back.
        time.after(11_000_000) {
            let asked = directory.lookups.count
            time.after(80_000_000) { #expect(directory.lookups.count == asked) }
        }
        time.after(100_000_000) { ledger.refusal = nil }
        try time.run { try await dispatcher.run(patience: 60_000_000) }
        #expect(plant.left.isEmpty)
        #expect(plant.directory.changes.count == 40)
        let gap = zip(ledger.log, ledger.log.dropFirst()).first { $1.recordedAt - $0.recordedAt > 50_000_000 }
        #expect(gap?.1.kind == .scimOutcome || gap?.1.kind == .scimObservation)
    }

    @Test func `while an outcome cannot be written the directory is left alone`() throws {
        let plant = Plant()
        try plant.prepareRemovals(groups: 2)
        plant.directory.groups += (3...9).map { SCIMGroup(id: "G\($0)", displayName: "AWS_\($0)", externalID: nil) }
        let (ledger, time, directory) = (plant.ledger, plant.time, plant.directory)
        directory.latency = { 500_000 }
        let dispatcher = try plant.start()
        time.after(500_000) { ledger.refusal = .full }
        time.after(2_000_000) {
            let asked = directory.lookups.count
            for group in 3...9 { try? plant.tell(1, in: group) }
            time.after(50_000_000) { #expect(directory.lookups.count == asked) }
        }
        time.after(60_000_000) { ledger.refusal = nil }
        time.after(90_000_000) { dispatcher.stop() }
        try time.run { try await dispatcher.run() }
        #expect(plant.left.isEmpty)
    }

    @Test func `a stop during a full disk waits for the outcomes and for nothing else`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 4)
        for group in 1...4 { try plant.tell(1, in: group) }
        let (ledger, time) = (plant.ledger, plant.time)
        ledger.willAppend = { if $0.kind == .scimOutcome { ledger.refusal = .full } }
        let dispatcher = try plant.start(parallel: 2)
        time.after(10_000_000) { dispatcher.stop() }
        time.after(60_000_000) {
            ledger.willAppend = { _ in }
            ledger.refusal = nil
        }
        try time.run { try await dispatcher.run() }
        #expect(!plant.attempts.isEmpty)
        #expect(plant.outcomes.count == plant.attempts.count)
    }

    @Test func `only the chosen pairs are sent`() throws {
        let plant = Plant()
        plant.populate(users: 3, groups: 2)
        for user in 1...3 { for group in 1...2 { try plant.tell(user, in: group) } }
        try plant.push(only: [PairID(group: "g1", user: "u2")])
        #expect(plant.directory.members == ["G1": ["U2"]])
        #expect(plant.directory.lookups.count == 2)
    }

    @Test func `patience ends a run whose work waits longer, and outlasts a shorter wait`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 1)
        plant.directory.refused = ["U1"]
        try plant.tell(1, in: 1)
        let start = plant.time.now
        try plant.push(patience: 5_000_000)
        #expect(plant.time.now - start < 5_000_000)
        plant.directory.refused = []
        try plant.push(patience: 60_000_000)
        #expect(plant.left.isEmpty)
    }

    @Test func `two users with one account are never both bound; the second waits`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 2)
        plant.directory.users = [SCIMUser(id: "X", externalID: nil, userName: "same@x", active: true)]
        for user in ["u1", "u2"] {
            for group in 1...2 {
                try plant.membership(user, login: "same@x", "g\(group)", name: "AWS_\(group)", present: true)
            }
        }
        try plant.push()
        #expect(Set(plant.observations.filter { $0.subject == .user }.map(\.finding)) == [.bound, .taken])
        #expect(Set(plant.left.map(\.user)).count == 1)
    }

    @Test func `a group and a user may have one id`() throws {
        let plant = Plant()
        plant.directory.users = [SCIMUser(id: "1", externalID: "u1", userName: "u1@x", active: true)]
        plant.directory.groups = [SCIMGroup(id: "1", displayName: "AWS_1", externalID: nil)]
        try plant.tell(1, in: 1)
        try plant.push(patience: 1_000)
        #expect(plant.directory.members == ["1": ["1"]])
    }

    @Test func `a group renamed while it is looked for is not bound under its old name`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 2)
        plant.directory.latency = { 1_000_000 }
        try plant.tell(1, in: 1)
        plant.time.after(1_500_000) { try? plant.rename("g1", to: "AWS_2") }
        try plant.push()
        #expect(plant.directory.members == ["G2": ["U1"]])
    }

    @Test func `a group renamed while bound keeps its directory group`() throws {
        let plant = Plant()
        plant.populate(users: 2, groups: 2)
        try plant.tell(1, in: 1)
        try plant.push()
        try plant.rename("g1", to: "OTHER")
        try plant.membership("u1", login: "u1@x", "g1", name: "OTHER", present: false)
        try plant.push()
        #expect(plant.directory.members == ["G1": []])
    }

    @Test func `a removal whose account is gone is settled; one whose group was only renamed is not`() throws {
        let plant = Plant()
        plant.populate(users: 2, groups: 1)
        for user in 1...2 { try plant.tell(user, in: 1) }
        try plant.push()
        try plant.rename("g1", to: "AWS_renamed")
        plant.directory.users.removeAll { $0.id == "U1" }
        for user in 1...2 {
            try plant.membership("u\(user)", login: "u\(user)@x", "g1", name: "AWS_renamed", present: false)
        }
        try plant.push()
        #expect(plant.left.isEmpty)
        #expect(plant.directory.members["G1"]?.contains("U2") == false)
        #expect(plant.ledger.state.user("u1").binding?.finding == .gone)
        #expect(plant.ledger.state.group("g1").binding?.finding == .bound)
    }

    @Test func `one group's trouble does not delay another's`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 20)
        for group in 1...20 { try plant.tell(1, in: group) }
        plant.directory.fault = { ["G7", "group AWS_8"].contains($0) ? .failBefore : .none }
        let start = plant.time.now
        let dispatcher = try plant.start()
        plant.time.after(900_000) { dispatcher.stop() }
        try plant.time.run { try await dispatcher.run() }
        #expect(plant.time.now - start < 1_000_000)
        #expect(Set(plant.left.map(\.group)) == ["g7", "g8"])
    }

    @Test func `a refused token is probed slowly, and everything resumes at once when it works`() throws {
        let plant = Plant()
        plant.populate(users: 1, groups: 50)
        for group in 1...50 { try plant.tell(1, in: group) }
        try plant.push()
        for group in 1...50 { try plant.tell(1, in: group, present: false) }
        plant.directory.fault = { _ in .unauthorized }
        let (time, directory) = (plant.time, plant.directory)
        let hour: Int64 = 3_600_000_000
        time.after(hour) { directory.fault = { _ in .none } }
        let before = plant.attempts.count
        let dispatcher = try plant.start()
        time.after(hour - 1) { #expect(plant.attempts.count - before < 16 + 40) }
        time.after(hour + 301_000_000) { dispatcher.stop() }
        try time.run { try await dispatcher.run() }
        #expect(plant.left.isEmpty)
    }
}
