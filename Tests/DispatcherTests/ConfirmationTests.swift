import Ledger
import Okta
import Projector
import Testing

@testable import Dispatcher

/// What waits for Okta's own record is not sent, and nothing else waits for it.
@Suite(.ownThread) struct `Pushing where additions are to be confirmed` {
    private static func plant() throws -> Plant {
        let plant = Plant()
        plant.populate(users: 8, groups: 1)
        try plant.ledger.put(
            .ledgerConfigured,
            FoldSettings(prefix: "AWS_", organization: nil, directory: "https://d.example", confirm: .adds)
        )
        return plant
    }

    @Test func `an unconfirmed addition is neither sent nor looked up nor asked about again and again`() throws {
        let plant = try Self.plant()
        try plant.tell(1, in: 1)
        try plant.push()
        try plant.deliver("e2", 2, in: 1)
        try plant.deliver("e3", 1, in: 1, present: false)
        try plant.run(seconds: 3_600)
        #expect(plant.directory.members["G1"] == [], "the removal does not wait")
        #expect(!plant.directory.lookups.contains { $0.contains("u2") })
        #expect(plant.attempts.count == 2)
        #expect(plant.left == [PairID(group: "g1", user: "u2")])
        #expect(plant.sleeps < 5)
    }

    @Test(arguments: [true, false])
    func `it is sent as soon as it is confirmed or approved, without a restart`(byLog: Bool) throws {
        let plant = try Self.plant()
        try plant.deliver("e1", 1, in: 1)
        let dispatcher = try plant.start()
        let time = plant.time
        time.after(100_000_000) {
            if byLog { try? plant.confirm("e1", 1, in: 1) } else { try? plant.approve("e1") }
        }
        time.after(99_000_000) { #expect(plant.attempts.isEmpty) }
        time.after(110_000_000) {
            #expect(plant.directory.members["G1"] == ["U1"])
            dispatcher.stop()
        }
        try time.run { try await dispatcher.run() }
    }

    @Test func `the brake does not count what is not confirmed`() throws {
        let plant = try Self.plant()
        plant.brake = Brake.Settings(removals: 50, shareMillionths: 500_000, additions: 2, window: 3_600_000_000)
        for user in 1...4 { try plant.deliver("e\(user)", user, in: 1) }
        try plant.tell(5, in: 1)
        try plant.push()
        #expect(plant.holds.isEmpty)
        #expect(plant.directory.members["G1"] == ["U5"])
        for user in 1...4 { try plant.confirm("e\(user)", user, in: 1) }
        try plant.push()
        #expect(plant.openHolds.count == 1)
    }
}

extension Plant {
    /// An event that is published as many seconds after the beginning as its uuid says.
    private func event(_ uuid: String, _ user: Int, in group: Int, present: Bool) -> Event {
        let seconds = Int64(uuid.dropFirst()) ?? 0
        return Event(
            uuid: uuid,
            published: Instant(nanoseconds: (1_790_000_000 + seconds) * 1_000_000_000).text,
            eventType: present ? "group.user_membership.add" : "group.user_membership.remove",
            target: [
                .init(id: "u\(user)", type: "User", alternateId: "u\(user)@x", displayName: "u\(user)"),
                .init(id: "g\(group)", type: "UserGroup", alternateId: "unknown", displayName: "AWS_\(group)"),
            ]
        )
    }

    /// A delivery tells of `u<user>` in `g<group>`.
    fileprivate func deliver(_ uuid: String, _ user: Int, in group: Int, present: Bool = true) throws {
        struct Delivery: Encodable {
            struct Events: Encodable { let events: [Event] }
            let data: Events
        }
        let event = event(uuid, user, in: group, present: present)
        try ledger.put(.oktaDelivery, Delivery(data: .init(events: [event])), key: "d-\(uuid)")
    }

    /// The System Log tells the same.
    fileprivate func confirm(_ uuid: String, _ user: Int, in group: Int) throws {
        try ledger.put(.oktaLogEvent, event(uuid, user, in: group, present: true), key: uuid)
    }

    fileprivate func approve(_ uuid: String) throws {
        let body = OperatorBody(action: .approve, operatorName: "t", uid: 0, reason: "t", events: [uuid])
        try ledger.put(.operatorAction, body, key: "approve-\(uuid)")
    }
}
