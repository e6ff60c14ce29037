import Ledger
import Projector
import SCIM
import Testing

@testable import Dispatcher

/// What a baseline asks for may be in the directory already: it is looked for there before anything is sent.
@Suite(.ownThread) struct `Looking before pushing` {
    @Test func `what the directory holds already is not sent`() throws {
        let plant = Plant()
        plant.populate(users: 50, groups: 2)
        plant.directory.members = ["G1": Set((1...50).map { "U\($0)" }), "G2": ["U1"]]
        try plant.baseline(1...50, in: 1)
        try plant.baseline(1...1, in: 2)
        try plant.push()
        #expect(plant.directory.changes.isEmpty && plant.attempts.isEmpty)
        #expect(plant.left.isEmpty)
        #expect(plant.looks.map(\.pairs.count).sorted() == [1, 50])
        try plant.push()
        #expect(plant.looks.count == 2, "looked once")
    }

    @Test func `what lacks there is sent, and who is there though Okta has dropped them is removed`() throws {
        let plant = Plant()
        plant.populate(users: 5, groups: 1)
        plant.directory.members = ["G1": ["U1", "U2", "U5"]]
        try plant.tell(5, in: 1)
        try plant.baseline(1...4, in: 1, secondsFromNow: 1)
        try plant.push()
        #expect(plant.directory.members["G1"] == ["U1", "U2", "U3", "U4"])
        #expect(plant.attempts.flatMap { $0.changes.map(\.user) }.sorted() == ["u3", "u4", "u5"])
    }

    @Test func `only what really lacks counts for the brake`() throws {
        for lacking in [3, 4] {
            let plant = Plant()
            plant.brake = Brake.Settings(removals: 0, shareMillionths: 0, additions: 3, window: 3_600_000_000)
            plant.populate(users: 40, groups: 1)
            plant.directory.members = ["G1": Set((1...(40 - lacking)).map { "U\($0)" })]
            try plant.baseline(1...40, in: 1)
            try plant.push()
            #expect(plant.openHolds.count == (lacking > 3 ? 1 : 0))
            #expect(plant.directory.members["G1"]?.count == (lacking > 3 ? 36 : 40))
            #expect(plant.holds.allSatisfy { $0.pairs.count == lacking })
        }
    }

    @Test func `who has no account waits alone`() throws {
        let plant = Plant()
        plant.populate(users: 3, groups: 1)
        plant.directory.members = ["G1": ["U1", "U2"]]
        try plant.baseline(1...4, in: 1)
        try plant.push()
        #expect(plant.directory.members["G1"] == ["U1", "U2", "U3"])
        #expect(plant.left.map(\.user) == ["u4"])
        #expect(plant.looks.count == 1)
        plant.directory.users.append(SCIMUser(id: "U4", externalID: "u4", userName: "u4@x", active: true))
        try plant.push(patience: 1_000_000_000)
        #expect(plant.left.isEmpty && plant.directory.members["G1"]?.contains("U4") == true)
        #expect(plant.looks.count == 2, "the account may have been a member all along")
    }

    @Test func `a directory that does not tell its members is asked again and again, and nothing is sent meanwhile`()
        throws
    {
        let plant = Plant()
        plant.populate(users: 3, groups: 1)
        plant.directory.members = ["G1": ["U1", "U2", "U3"]]
        var failures = 0
        plant.directory.fault = { path in
            guard path == "members G1" || path == "G1", failures < 6 else { return .none }
            failures += 1
            return .failBefore
        }
        try plant.baseline(1...3, in: 1)
        try plant.push(patience: 300_000_000)
        #expect(failures == 6)
        #expect(plant.attempts.isEmpty && plant.left.isEmpty)
    }

    @Test func `an event since the baseline is sent without a look, and a leaver goes at once`() throws {
        let plant = Plant()
        plant.populate(users: 3, groups: 1)
        plant.directory.members = ["G1": ["U1", "U2"]]
        try plant.baseline(1...2, in: 1)
        try plant.push()
        try plant.tell(1, in: 1, present: false)
        try plant.tell(3, in: 1)
        try plant.push()
        #expect(plant.directory.members["G1"] == ["U2", "U3"])
        #expect(plant.looks.count == 1)
    }

    @Test(arguments: 1...30)
    func `whatever fails and however often it is started anew, no membership that is right is touched`(seed: UInt64)
        throws
    {
        let plant = Plant(seed: seed)
        plant.populate(users: 12, groups: 3)
        plant.directory.latency = { plant.random.pick(1_000...300_000) }
        var lacking: Set<[String]> = []
        for group in 1...3 {
            let members = (1...12).filter { _ in plant.random.chance(0.8) }
            plant.directory.members["G\(group)"] = Set(members.map { "U\($0)" })
            for user in 1...12 where !members.contains(user) { lacking.insert(["G\(group)", "U\(user)"]) }
            try plant.baseline(1...12, in: group)
        }
        plant.directory.fault = { _ in
            guard plant.random.chance(0.2) else { return .none }
            return [.notSent, .resetBefore, .failBefore, .throttle(seconds: 2)][Int(plant.random.pick(0...3))]
        }
        try plant.run(seconds: 2, 3, 5)
        plant.directory.fault = { _ in .none }
        try plant.push(patience: 1_000_000_000)
        #expect(plant.left.isEmpty, "seed \(seed)")
        #expect(plant.directory.pairsTouched == lacking, "seed \(seed)")
        #expect(plant.directory.violations.isEmpty, "seed \(seed)")
    }
}

extension Plant {
    /// What readings of members showed.
    fileprivate var looks: [MembersBody] { entries(.scimObservation, MembersBody.self) }

    /// Okta tells who is in a group now.
    fileprivate func baseline(_ users: ClosedRange<Int>, in group: Int, secondsFromNow: Int64 = 0) throws {
        let run = uuid()
        let body = BaselineBody(
            run: run,
            group: "g\(group)",
            name: "AWS_\(group)",
            exists: true,
            instant: time.now + secondsFromNow * 1_000_000,
            askedAt: time.now,
            members: users.map { .init(user: "u\($0)", login: "u\($0)@x", name: nil, status: "ACTIVE") }
        )
        try ledger.put(.oktaBaseline, body, key: "\(run):g\(group)")
    }
}
