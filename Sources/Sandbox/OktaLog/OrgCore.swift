/// Who and what an Okta org holds now: the truth that its API tells and its events speak of. Times are nanoseconds since 1970.
public struct OrgCore: Sendable {
    /// A user.
    public struct User: Hashable, Sendable {
        /// Okta's id, `00u…`.
        public let id: String
        /// The login, unique among those who live.
        public internal(set) var login: String
        /// The name to show.
        public internal(set) var displayName: String
        /// Where in life the user is.
        public internal(set) var status: Status
        /// When anything of it changed.
        public internal(set) var lastUpdated: Int64
    }

    /// Where in life a user is (developer.okta.com/docs/api/openapi/okta-management, User `status`). Members of a group are
    /// told whatever theirs is.
    public enum Status: String, Hashable, CaseIterable, Sendable {
        case staged = "STAGED"
        case active = "ACTIVE"
        case suspended = "SUSPENDED"
        case deprovisioned = "DEPROVISIONED"
    }

    /// A group.
    public struct Group: Hashable, Sendable {
        /// Okta's id, `00g…`.
        public let id: String
        /// The name.
        public internal(set) var name: String
        /// What kind of group it is.
        public let type: GroupType
        /// When the group itself changed.
        public internal(set) var lastUpdated: Int64
        /// When somebody entered or left.
        public internal(set) var lastMembershipUpdated: Int64
        /// The ids of its members.
        public internal(set) var members: Set<String> = []
    }

    /// What kind of group it is.
    public enum GroupType: String, Hashable, CaseIterable, Sendable {
        /// Made in Okta.
        case okta = "OKTA_GROUP"
        /// Imported: its members change by imports alone.
        case app = "APP_GROUP"
        /// Everyone.
        case builtIn = "BUILT_IN"
    }

    /// Everybody, by id.
    public internal(set) var users: [String: User] = [:]
    /// All groups that live, by id.
    public internal(set) var groups: [String: Group] = [:]

    /// An org without anybody.
    public init() {}

    /// The org of a generator as it is now: its people, all active, its living groups, and who is in them.
    public init(_ generator: OktaGenerator) {
        for person in generator.people {
            create(user: person.id, login: person.login, displayName: person.displayName, at: generator.now)
        }
        for group in generator.groups {
            create(group: group.id, name: group.name, at: generator.now)
            for member in generator.truth[group.id] ?? [] { set(member, in: group.id, true, at: generator.now) }
        }
    }

    /// The ids of the members of each group.
    public var membership: [String: Set<String>] { groups.mapValues(\.members) }

    /// Makes a user, or changes what one is.
    public mutating func create(
        user id: String,
        login: String,
        displayName: String = "Somebody",
        status: Status = .active,
        at time: Int64 = 0
    ) {
        users[id] = User(id: id, login: login, displayName: displayName, status: status, lastUpdated: time)
    }

    /// Makes a group without members.
    public mutating func create(group id: String, name: String, type: GroupType = .okta, at time: Int64 = 0) {
        groups[id] = Group(id: id, name: name, type: type, lastUpdated: time, lastMembershipUpdated: time)
    }

    /// Gives a group another name.
    public mutating func rename(group id: String, to name: String, at time: Int64 = 0) {
        groups[id]?.name = name
        groups[id]?.lastUpdated = time
    }

    /// Gives a user another login.
    public mutating func rename(user id: String, to login: String, at time: Int64 = 0) {
        users[id]?.login = login
        users[id]?.lastUpdated = time
    }

    /// Changes where in life a user is; memberships stay, as Okta leaves them.
    public mutating func set(_ status: Status, of user: String, at time: Int64 = 0) {
        users[user]?.status = status
        users[user]?.lastUpdated = time
    }

    /// Lets a user enter a group or leave it.
    public mutating func set(_ user: String, in group: String, _ present: Bool, at time: Int64 = 0) {
        if present { groups[group]?.members.insert(user) } else { groups[group]?.members.remove(user) }
        groups[group]?.lastMembershipUpdated = time
    }

    /// Deletes a group with its memberships.
    public mutating func delete(group id: String) { groups[id] = nil }

    /// Deletes a user with all memberships.
    public mutating func delete(user id: String, at time: Int64 = 0) {
        users[id] = nil
        for group in groups.values where group.members.contains(id) { set(id, in: group.id, false, at: time) }
    }
}
