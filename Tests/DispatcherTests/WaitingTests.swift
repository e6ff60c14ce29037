import Ledger
import Projector
import SCIM
import Testing

@testable import Dispatcher

/// When the directory was asked what, in seconds since the recorder was made.
private final class Recorder: @unchecked Sendable {
    private let time: VirtualTime
    private let start: Int64
    private(set) var asked: [(what: String, at: Int64)] = []
    var fault: (String) -> Fault = { _ in .none }

    init(_ plant: Plant) {
        time = plant.time
        start = plant.time.now
        plant.directory.fault = { what in
            self.asked.append((what, self.seconds))
            return self.fault(what)
        }
    }

    var seconds: Int64 { (time.now - start) / 1_000_000 }

    func times(of what: String) -> [Int64] { asked.filter { $0.what == what }.map(\.at) }
}

@Suite struct `What waits` {
    private let lookups: [Int64] = [0, 30, 90, 210, 450, 930, 1_830, 2_730]
    private let connections: [Int64] = [0, 1, 3, 7, 15, 31, 63, 123, 183]

    /// One user in one group, of which the directory has none or only some.
    private func plant(users: Int = 1, groups: Int = 1, hasUser: Bool = true, hasGroup: Bool = true) throws -> Plant {
        let plant = Plant()
        plant.populate(users: users, groups: groups)
        if !hasUser { plant.directory.users = [] }
        if !hasGroup { plant.directory.groups = [] }
        for group in 1...groups { for user in 1...users { try plant.tell(user, in: group) } }
        return plant
    }

    @Test(arguments: [[3_000], [5, 40, 55, 400, 700, 1_800], Array(repeating: Int64(100), count: 30)])
    func `a user that is not found is looked for by its ladder, however often the process restarts`(
        lifetimes: [Int64]
    ) throws {
        let plant = try plant(hasUser: false)
        let recorder = Recorder(plant)
        for lifetime in lifetimes { try plant.run(seconds: lifetime) }
        #expect(recorder.times(of: "user u1") == lookups)
        #expect(plant.observations.map(\.finding).sorted { $0.rawValue < $1.rawValue } == [.bound, .notFound])
    }

    @Test(arguments: [Finding.notFound, .ambiguous, .taken, .failed])
    func `a group or user that cannot be used waits with its reason, written once`(finding: Finding) throws {
        let plant = try plant()
        let recorder = Recorder(plant)
        let directory = plant.directory
        switch finding {
        case .ambiguous: directory.groups.append(SCIMGroup(id: "G9", displayName: "AWS_1", externalID: nil))
        case .failed: recorder.fault = { $0 == "group AWS_1" ? .refuse : .none }
        case .taken:
            directory.groups.append(SCIMGroup(id: "G2", displayName: "AWS_2", externalID: nil))
            try plant.membership("u1", login: "u1@x", "g0", name: "AWS_1", present: true)
        default: directory.groups = []
        }
        try plant.run(seconds: 100, 1_900)
        let waits = plant.observations.filter { $0.subject == .group && $0.finding != .bound }
        #expect(waits.map(\.finding) == [finding])
        #expect(waits[0].detail?.isEmpty == false)
        if finding == .taken { return }
        #expect(recorder.times(of: "group AWS_1") == lookups.filter { $0 < 2_000 })
    }

    @Test func `a lookup without an answer waits by its own ladder, and does not hold up others`() throws {
        let plant = try plant(users: 2)
        let recorder = Recorder(plant)
        recorder.fault = { $0 == "user u1" ? .failBefore : .none }
        try plant.run(seconds: 20, 180)
        #expect(recorder.times(of: "user u1") == connections)
        #expect(plant.observations.filter { $0.id == "u1" }.map(\.finding) == [.unanswered])
        #expect(plant.directory.members == ["G1": ["U2"]])
        #expect(plant.directoryStates.isEmpty)
    }

    @Test func `a user that appears is pushed at the next step, also after a restart`() throws {
        let plant = try plant(hasUser: false)
        let recorder = Recorder(plant)
        plant.time.after(500_000_000) { plant.populate(users: 1, groups: 1) }
        plant.directory.groups = [SCIMGroup(id: "G1", displayName: "AWS_1", externalID: nil)]
        plant.time.after(499_000_000) { plant.directory.groups = [] }
        try plant.run(seconds: 600, 400)
        #expect(recorder.times(of: "G1") == [930])
        #expect(plant.left.isEmpty)
    }

    @Test(arguments: [false, true])
    func `a refused token is probed by its ladder, a restart may try once, and then all goes at once`(
        restarts: Bool
    ) throws {
        let plant = try plant(groups: 30)
        try plant.push()
        for group in 1...30 { try plant.tell(1, in: group, present: false) }
        let recorder = Recorder(plant)
        recorder.fault = { _ in recorder.seconds < 3_600 ? .unauthorized : .none }
        if restarts {
            try plant.run(seconds: 1_000, 2_766, parallel: 1)
        } else {
            try plant.run(seconds: 3_766, parallel: 1)
        }
        let steps: [Int64] = [0, 15, 45, 105, 225, 465] + stride(from: 765, to: 3_600, by: 300)
        let probes = recorder.asked.map(\.at).filter { $0 < 3_600 }
        #expect(probes == (steps + (restarts ? [1_000] : [])).sorted())
        #expect(recorder.asked.map(\.at).filter { $0 >= 3_600 } == Array(repeating: 3_765, count: 30))
        #expect(plant.left.isEmpty)
        #expect(plant.directoryStates.isEmpty, "outcomes say it")
        #expect(plant.ledger.state.control.trouble == nil)
    }

    @Test func `where only lookups meet a refused token, two entries say when that began and when it ended`() throws {
        let plant = try plant(users: 3)
        let recorder = Recorder(plant)
        recorder.fault = { _ in recorder.seconds < 100 ? .unauthorized : .none }
        try plant.run(seconds: 90)
        #expect(plant.directoryStates.map(\.finding) == [.unauthorized])
        #expect(plant.ledger.state.control.trouble?.kind == .unauthorized)
        try plant.run(seconds: 90)
        #expect(plant.directoryStates.map(\.finding) == [.unauthorized, .answers])
        #expect(plant.left.isEmpty)
    }

    @Test func `a token that was mended while the service was down is used for everything at once`() throws {
        let plant = try plant(groups: 20)
        try plant.push()
        for group in 1...20 { try plant.tell(1, in: group, present: false) }
        plant.directory.fault = { _ in .unauthorized }
        try plant.run(seconds: 600)
        let recorder = Recorder(plant)
        try plant.run(seconds: 2)
        #expect(plant.left.isEmpty)
        #expect(recorder.asked.count == 20)
    }

    @Test func `an unreachable directory is probed by its ladder`() throws {
        let plant = try plant(groups: 5)
        let recorder = Recorder(plant)
        recorder.fault = { _ in recorder.seconds < 200 ? .notSent : .none }
        try plant.run(seconds: 250, parallel: 1)
        #expect(recorder.asked.map(\.at).filter { $0 < 200 } == connections)
        #expect(plant.directoryStates.map(\.finding) == [.unreachable, .answers])
        #expect(plant.left.isEmpty)
    }

    @Test(arguments: ["user u1", "G1"])
    func `a Retry-After is obeyed to the letter, also after a restart`(what: String) throws {
        let plant = try plant()
        let recorder = Recorder(plant)
        recorder.fault = { $0 == what && recorder.seconds < 100 ? .throttle(seconds: 150) : .none }
        try plant.run(seconds: 10, 20, 100, 19)
        let before = recorder.asked.count
        try plant.run(seconds: 3)
        #expect(recorder.asked.dropFirst(before).map(\.at).first == 150)
        #expect(plant.directory.violations.isEmpty, "\(plant.directory.violations)")
        #expect(plant.left.isEmpty)
    }

    @Test func `a login that changes while its lookup waits does not bind the account of the old one`() throws {
        let plant = Plant()
        plant.directory.groups = [SCIMGroup(id: "G1", displayName: "AWS_1", externalID: nil)]
        plant.directory.users = ["old", "new"].map {
            SCIMUser(id: $0, externalID: nil, userName: "\($0)@x", active: true)
        }
        plant.directory.latency = { 1_000_000 }
        try plant.membership("u1", login: "old@x", "g1", name: "AWS_1", present: true)
        plant.time.after(2_500_000) {
            try? plant.membership("u1", login: "new@x", "g1", name: "AWS_1", present: true)
        }
        try plant.push()
        #expect(plant.directory.members == ["G1": ["new"]])
        #expect(plant.observations.filter { $0.subject == .user }.map(\.directoryID) == ["new"])
    }

    @Test func `a removal that is settled because the account is gone stays so while lookups fail`() throws {
        let plant = try plant(users: 2)
        try plant.push()
        plant.directory.users.removeAll { $0.id == "U1" }
        for user in 1...2 { try plant.tell(user, in: 1, present: false) }
        try plant.push()
        #expect(plant.left.isEmpty)
        try plant.tell(1, in: 1)
        let recorder = Recorder(plant)
        recorder.fault = { _ in .refuse }
        try plant.run(seconds: 1_000)
        #expect(recorder.times(of: "user u1").count > 1)
        try plant.tell(1, in: 1, present: false)
        try plant.push()
        #expect(plant.left.isEmpty)
        #expect(plant.ledger.state.user("u1").binding?.finding == .gone)
    }
}
