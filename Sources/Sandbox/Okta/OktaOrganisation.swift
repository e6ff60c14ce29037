/// How large an invented Okta organisation is and what it looks like.
public struct OktaOrganisation: Hashable, Sendable {
    /// The number of people, at least 1.
    public var users: Int
    /// The number of living groups, at least 1. A deleted group is followed by a new one.
    public var groups: Int
    /// What the names of the groups begin with that a directory should follow.
    public var prefix: String
    /// The share of groups whose name begins with the prefix, 0...1.
    public var prefixShare: Double
    /// How many people may ever enter a group; about half of them are members after a long history.
    public var candidatesPerGroup: Int
    /// The host of the organisation, as in the `source` of a delivery.
    public var host: String

    /// An organisation of this size.
    public init(
        users: Int = 20,
        groups: Int = 3,
        prefix: String = "AWS_",
        prefixShare: Double = 0.7,
        candidatesPerGroup: Int = 60,
        host: String = "example.okta.com"
    ) {
        self.users = max(1, users)
        self.groups = max(1, groups)
        self.prefix = prefix
        self.prefixShare = prefixShare
        self.candidatesPerGroup = max(1, candidatesPerGroup)
        self.host = host
    }
}

/// A person of the organisation.
public struct OktaPerson: Hashable, Sendable {
    /// Okta's id, `00u…`.
    public let id: String
    /// The login, unique.
    public let login: String
    /// The name to show; may hold any letters and quotes.
    public let displayName: String
    /// The person as a target or actor in an event.
    let json: [UInt8]

    /// The person with this number; the number makes the login unique.
    init(number: Int, random: inout SeededRandom) {
        let given = Names.given[random.below(Names.given.count)]
        let family = Names.family[random.below(Names.family.count)]
        id = "00u" + random.alphanumeric(17)
        login = "\(given.login).\(family.login)\(number)@example.com"
        displayName = "\(given.shown) \(family.shown)"
        json = Names.party(id: id, type: "User", alternateId: login, displayName: displayName)
    }
}

/// A group of the organisation.
public struct OktaGroup: Hashable, Sendable {
    /// Okta's id, `00g…`.
    public let id: String
    /// The name it has now, unique.
    public internal(set) var name: String {
        didSet { json = Self.json(id, name) }
    }
    /// The group as a target in an event.
    private(set) var json: [UInt8]

    init(name: String, random: inout SeededRandom) {
        id = "00g" + random.alphanumeric(17)
        self.name = name
        json = Self.json(id, name)
    }

    // alternateId is "unknown" for groups in every public capture.
    private static func json(_ id: String, _ name: String) -> [UInt8] {
        Names.party(id: id, type: "UserGroup", alternateId: "unknown", displayName: name)
    }
}

/// What people and groups are called.
enum Names {
    static let given: [(login: String, shown: String)] = [
        ("anna", "Anna"), ("john", "John"), ("zoe", "Zoë"), ("jose", "José"), ("lukasz", "Łukasz"), ("mei", "美"),
        ("olga", "Ольга"), ("annie", "Anne \"Annie\""), ("li", "Li"), ("amir", "Amir"), ("siobhan", "Siobhán"),
        ("back", "Back\\slash"),
    ]
    static let family: [(login: String, shown: String)] = [
        ("smith", "Smith"), ("obrien", "O'Brien"), ("mueller", "Müller"), ("silva", "da Silva"), ("kim", "김"),
        ("nguyen", "Nguyễn"), ("garcia", "García-Márquez"), ("doe", "Doe"), ("party", "Party 🎉"), ("haddad", "حداد"),
    ]
    static let groups = [
        "Admin", "ReadOnly", "PowerUser", "Billing", "Zürich Ops", "開発", "\"Quoted\" Team", "Back\\slash", "O'Hare",
        "Data & ML", "Support <EU>", "Prod/Deploy", "café", "100% Remote",
    ]

    /// An actor or a target as hooks show it: four keys, nulls stripped.
    static func party(id: String, type: String, alternateId: String, displayName: String) -> [UInt8] {
        JSONText.object([
            ("id", .string(id)), ("type", .string(type)), ("alternateId", .string(alternateId)),
            ("displayName", .string(displayName)),
        ]).bytes
    }
}
