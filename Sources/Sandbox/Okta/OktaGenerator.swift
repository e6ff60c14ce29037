/// Invents the history of an Okta organisation: events and hook deliveries of real shape and size, and the membership
/// that is true after them. The same seed gives the same bytes. It shares no code with what reads them.
///
/// Invented, because no capture exists: `group.profile.update`, `group.lifecycle.delete`, several membership events in
/// one delivery, and names beyond ASCII.
public struct OktaGenerator: Sendable {
    /// How events follow each other in time.
    public struct Pace: Hashable, Sendable {
        /// The mean time between two events, in milliseconds, at least 1.
        public var meanGapMilliseconds: Int
        /// The share of events in the same millisecond as the one before, 0...1.
        public var tieShare: Double
        /// The share of events with a uuid of version 4, 0...1. They never share a millisecond.
        public var version4Share: Double

        /// A pace with these numbers.
        public init(meanGapMilliseconds: Int = 400, tieShare: Double = 0.02, version4Share: Double = 0) {
            self.meanGapMilliseconds = max(1, meanGapMilliseconds)
            self.tieShare = tieShare
            self.version4Share = version4Share
        }
    }

    /// How often things happened.
    public struct Tally: Hashable, Sendable {
        /// Memberships that began.
        public fileprivate(set) var added = 0
        /// Memberships that ended, without those of deleted groups.
        public fileprivate(set) var removed = 0
        /// Groups renamed.
        public fileprivate(set) var renamed = 0
        /// Groups renamed to or from the prefix.
        public fileprivate(set) var renamedAcrossPrefix = 0
        /// Groups deleted.
        public fileprivate(set) var deleted = 0
        /// Events of types that change no membership.
        public fileprivate(set) var noise = 0
        /// Membership events whose outcome is no success.
        public fileprivate(set) var failed = 0
        /// Membership events without actor and targets.
        public fileprivate(set) var nullTargets = 0

        /// Nothing yet.
        public init() {}
    }

    private struct Team {
        var group: OktaGroup
        var members: Set<Int> = []
        /// The first of the people who may enter; the others follow it.
        let firstCandidate: Int
    }

    /// What the organisation looks like.
    public let organisation: OktaOrganisation
    /// Everybody in it.
    public let people: [OktaPerson]
    /// How often things happened so far.
    public private(set) var tally = Tally()
    /// The hook's id, as in the `source` of a delivery.
    public let hookID: String
    private var teams: [Team] = []
    private var deletedGroups: [OktaGroup] = []
    private var names = 0
    private var clock: EventClock
    private let writer: EventWriter
    var random: SeededRandom

    /// An organisation in which nothing has happened yet: no group has a member.
    ///
    /// - Parameters:
    ///   - seed: Decides everything.
    ///   - organisation: Its size.
    ///   - start: Before the first event; nanoseconds since 1970 UTC.
    ///   - pace: How events follow each other in time.
    public init(
        seed: UInt64,
        organisation: OktaOrganisation = .init(),
        startingAt start: Int64 = 1_760_000_000_000_000_000,
        pace: Pace = .init()
    ) {
        var random = SeededRandom(seed: seed)
        self.organisation = organisation
        hookID = "who" + random.alphanumeric(17)
        writer = EventWriter(hookID: hookID)
        people = (0..<organisation.users).map { OktaPerson(number: $0, random: &random) }
        clock = EventClock(pace: pace, startingAt: start, random: &random)
        self.random = random
        for _ in 0..<organisation.groups { teams.append(newTeam()) }
    }

    /// The groups that live now, with the names they have now.
    public var groups: [OktaGroup] { teams.map(\.group) }

    /// The time of the latest event, nanoseconds since 1970 UTC.
    public var now: Int64 { clock.now }

    /// Events in the same millisecond as the one before, and events with a uuid of version 4.
    public var timeTally: (ties: Int, version4: Int) { (clock.ties, clock.version4) }

    /// The true membership by the ids of groups and people; a deleted group has no members.
    public var truth: [String: Set<String>] {
        var truth: [String: Set<String>] = [:]
        for group in deletedGroups { truth[group.id] = [] }
        for team in teams { truth[team.group.id] = Set(team.members.map { people[$0].id }) }
        return truth
    }

    /// The true membership of the living groups whose name begins with the prefix now: names, and ids of people.
    public var truthByName: [String: Set<String>] {
        var truth: [String: Set<String>] = [:]
        for team in teams where team.group.name.hasPrefix(organisation.prefix) {
            truth[team.group.name] = Set(team.members.map { people[$0].id })
        }
        return truth
    }

    // MARK: Events

    /// Somebody enters or leaves a group, whichever is possible.
    public mutating func change() -> GeneratedEvent {
        let (team, person) = pair()
        let present = teams[team].members.insert(person).inserted
        if present {
            tally.added += 1
        } else {
            teams[team].members.remove(person)
            tally.removed += 1
        }
        return membership(
            team,
            person,
            present: present,
            outcome: #""outcome":{"result":"SUCCESS"}"#,
            effect: .member(group: teams[team].group.id, person: people[person].id, present: present)
        )
    }

    /// A change that was refused: the event is there, the membership is not.
    public mutating func failedChange() -> GeneratedEvent {
        let (team, person) = pair()
        tally.failed += 1
        let present = !teams[team].members.contains(person)
        return membership(
            team,
            person,
            present: present,
            outcome: #""outcome":{"result":"FAILURE","reason":"Insufficient permissions"}"#,
            effect: nil
        )
    }

    /// A membership event as the console's Preview sends sample data: no actor, no targets.
    public mutating func nullTargets() -> GeneratedEvent {
        tally.nullTargets += 1
        let kind = random.chance(0.5) ? EventKind.memberAdded : .memberRemoved
        let stamp = clock.next(&random)
        return GeneratedEvent(stamp, kind, effect: nil, bytes: writer.sample(kind, stamp: stamp))
    }

    /// A group gets a new name, perhaps to or from the prefix.
    public mutating func rename() -> GeneratedEvent {
        let team = random.below(teams.count)
        let hadPrefix = teams[team].group.name.hasPrefix(organisation.prefix)
        let name = newName()
        teams[team].group.name = name
        tally.renamed += 1
        if name.hasPrefix(organisation.prefix) != hadPrefix { tally.renamedAcrossPrefix += 1 }
        let group = teams[team].group
        return event(
            .groupRenamed,
            targets: [group.json],
            path: "/api/v1/groups/" + group.id,
            effect: .renamed(group: group.id, name: name)
        )
    }

    /// A group is deleted with all its memberships, and a new one takes its place.
    public mutating func deleteGroup() -> GeneratedEvent {
        let team = random.below(teams.count)
        let group = teams[team].group
        deletedGroups.append(group)
        teams[team] = newTeam()
        tally.deleted += 1
        return event(
            .groupDeleted,
            targets: [group.json],
            path: "/api/v1/groups/" + group.id,
            effect: .deleted(group: group.id)
        )
    }

    /// An event of a type that changes no membership: a login, a profile, an application.
    public mutating func noise() -> GeneratedEvent {
        tally.noise += 1
        let kind = EventKind.noise[random.below(EventKind.noise.count)]
        let person = people[random.below(people.count)]
        let targets =
            kind.name.hasPrefix("application.") ? [EventScenery.application, person.json] : [person.json]
        return event(kind, targets: targets, path: "/api/v1/users/" + person.id, effect: nil)
    }

    // MARK: Parts

    private mutating func pair() -> (team: Int, person: Int) {
        let team = random.below(teams.count)
        let candidate = random.below(min(organisation.candidatesPerGroup, people.count))
        return (team, (teams[team].firstCandidate + candidate) % people.count)
    }

    private mutating func membership(
        _ team: Int,
        _ person: Int,
        present: Bool,
        outcome: StaticString,
        effect: GeneratedEvent.Effect?
    ) -> GeneratedEvent {
        let (group, person) = (teams[team].group, people[person])
        // User first in all captured data, group first in some made by hand: readers must go by type.
        let targets = random.chance(0.9) ? [person.json, group.json] : [group.json, person.json]
        return event(
            present ? .memberAdded : .memberRemoved,
            targets: targets,
            path: "/api/v1/groups/\(group.id)/users/\(person.id)",
            outcome: outcome,
            effect: effect
        )
    }

    private mutating func event(
        _ kind: EventKind,
        targets: [[UInt8]],
        path: String,
        outcome: StaticString = #""outcome":{"result":"SUCCESS"}"#,
        effect: GeneratedEvent.Effect?
    ) -> GeneratedEvent {
        let stamp = clock.next(&random)
        let origin: EventWriter.Origin =
            switch random.below(10) {
            case 0: .job
            case 1: .service
            default: .person(people[random.below(people.count)].json)
            }
        let bytes = writer.event(
            kind,
            stamp: stamp,
            origin: origin,
            outcome: outcome,
            targets: targets,
            path: Array(path.utf8),
            random: &random
        )
        return GeneratedEvent(stamp, kind, effect: effect, bytes: bytes)
    }

    private mutating func newTeam() -> Team {
        let group = OktaGroup(name: newName(), random: &random)
        return Team(group: group, firstCandidate: random.below(people.count))
    }

    private mutating func newName() -> String {
        names += 1
        let prefix = random.chance(organisation.prefixShare) ? organisation.prefix : "Team "
        return "\(prefix)\(Names.groups[random.below(Names.groups.count)]) \(names)"
    }
}
