/// A user of the directory, as far as matching needs it (RFC 7643 section 4.1).
public struct SCIMUser: Hashable, Sendable {
    /// The directory's id; opaque.
    public let id: String
    /// The id that the provisioning client gave; Okta gives its own user id.
    public let externalID: String?
    /// The login; unique in the directory without regard to case.
    public let userName: String
    /// Whether the account is usable; nil where the directory does not say.
    public let active: Bool?

    /// A user from its parts.
    public init(id: String, externalID: String?, userName: String, active: Bool?) {
        self.id = id
        self.externalID = externalID
        self.userName = userName
        self.active = active
    }
}

/// A group of the directory, without its members (RFC 7643 section 4.2).
public struct SCIMGroup: Hashable, Sendable {
    /// The directory's id; opaque.
    public let id: String
    /// The name; not unique in every directory.
    public let displayName: String
    /// The id that a provisioning client gave.
    public let externalID: String?

    /// A group from its parts.
    public init(id: String, displayName: String, externalID: String?) {
        self.id = id
        self.displayName = displayName
        self.externalID = externalID
    }
}

/// What a search for the one resource with some name or id came to.
public enum Lookup<Found: Hashable & Sendable>: Hashable, Sendable {
    /// Exactly one matches.
    case found(Found)
    /// None matches, in a list that was read to its end.
    case notFound
    /// Several match, this many: nobody but an operator can say which is meant.
    case ambiguous(count: Int)

    init(_ matches: [Found]) {
        switch matches.count {
        case 0: self = .notFound
        case 1: self = .found(matches[0])
        default: self = .ambiguous(count: matches.count)
        }
    }
}

/// A resource as it is read from a list.
protocol ListedResource: Decodable, Hashable, Sendable {
    /// Unique among the resources of its type.
    var id: String { get }
}

extension SCIMUser: ListedResource {
    private enum CodingKeys: String, CodingKey {
        case id
        case externalID = "externalId"
        case userName
        case active
    }

    /// Reads a user; `active` of another type than a boolean is as if it were not there.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decode(String.self, forKey: .id)
        externalID = try members.decodeIfPresent(String.self, forKey: .externalID)
        userName = try members.decode(String.self, forKey: .userName)
        active = try? members.decode(Bool.self, forKey: .active)
    }
}

extension SCIMGroup: ListedResource {
    private enum CodingKeys: String, CodingKey {
        case id
        case displayName
        case externalID = "externalId"
    }
}

/// The members in a group's own representation, where the directory shows them.
struct GroupMembers: Decodable {
    /// One member; more of it than this does not matter.
    private struct Member: Decodable {
        let value: String
        let type: String?
    }

    let id: String
    /// The ids of the users in the group, each once; a group within a group is not one of them.
    let userIDs: [String]

    private enum CodingKeys: String, CodingKey {
        case id
        case members
    }

    init(from decoder: any Decoder) throws {
        let attributes = try decoder.container(keyedBy: CodingKeys.self)
        id = try attributes.decode(String.self, forKey: .id)
        let members = try attributes.decodeIfPresent([Member].self, forKey: .members) ?? []
        var known: Set<[UInt8]> = []
        userIDs = members.filter { !sameBytesIgnoringASCIICase($0.type ?? "User", "Group") }
            .map(\.value)
            .filter { known.insert(Array($0.utf8)).inserted }
    }
}
