import Sandbox

/// Events that all ways of pushing are given: the same, in the same order.
struct Backlog {
    /// One event that changes a membership.
    struct Event {
        let delivery: GeneratedDelivery
        let user: OktaPerson
        let group: OktaGroup
        let present: Bool
    }

    let people: [OktaPerson]
    let groups: [OktaGroup]
    let events: [Event]
    /// Members in the end by the groups' names, as Okta's ids.
    let truth: [String: Set<String>]

    /// An organisation in which nobody is a member of anything, and then so many enter or leave groups.
    init(users: Int, groups count: Int, events total: Int, seed: UInt64) {
        var generator = OktaGenerator(
            seed: seed,
            organisation: OktaOrganisation(users: users, groups: count, prefixShare: 1, candidatesPerGroup: users)
        )
        people = generator.people
        groups = generator.groups
        let (people, groups) = (
            Dictionary(uniqueKeysWithValues: people.map { ($0.id, $0) }),
            Dictionary(uniqueKeysWithValues: groups.map { ($0.id, $0) })
        )
        events = (0..<total).compactMap { _ in
            let event = generator.change()
            guard case .member(let group, let person, let present) = event.effect,
                let user = people[person], let group = groups[group]
            else { return nil }
            return Event(delivery: generator.delivery(of: [event]), user: user, group: group, present: present)
        }
        truth = generator.truthByName
    }

    /// A directory that knows everybody and every group, without limits: requests are to be counted, not to be waited for.
    func directory() throws -> DirectoryCore {
        var core = DirectoryCore(settings: .init(throttles: .off))
        try core.seed(
            users: people.map { SeedUser(userName: $0.login, externalId: $0.id) },
            groups: groups.map { SeedGroup(displayName: $0.name) },
            now: 0
        )
        return core
    }
}
