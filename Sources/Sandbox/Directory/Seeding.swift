/// A user to begin with.
public struct SeedUser: Hashable, Codable, Sendable {
    /// The login.
    public var userName: String
    /// The identity provider's id of the user, for Okta `00u…`.
    public var externalId: String?
    /// The name to show; nil shows the login.
    public var displayName: String?

    /// A user with these names.
    public init(userName: String, externalId: String? = nil, displayName: String? = nil) {
        self.userName = userName
        self.externalId = externalId
        self.displayName = displayName
    }
}

/// A group to begin with.
public struct SeedGroup: Hashable, Codable, Sendable {
    /// The name, unique.
    public var displayName: String
    /// The identity provider's id of the group.
    public var externalId: String?
    /// Members by externalId or userName; nil is none. Any number.
    public var members: [String]?

    /// A group with this name and these members.
    public init(displayName: String, externalId: String? = nil, members: [String]? = nil) {
        self.displayName = displayName
        self.externalId = externalId
        self.members = members
    }
}

/// Why a directory could not be filled. What stood before the item at fault has been put in.
public enum SeedError: Error, Hashable {
    /// A userName, displayName or externalId is taken.
    case duplicate(String)
    /// A group names a member that is no user.
    case noSuchMember(String, group: String)
}

extension DirectoryCore {
    /// Puts users and groups in, past throttles and counters. `now` is nanoseconds since 1970 UTC.
    ///
    /// - Throws: `SeedError` at the first item that does not fit.
    public mutating func seed(users newUsers: [SeedUser], groups newGroups: [SeedGroup], now: Int64) throws(SeedError) {
        for user in newUsers {
            let name = user.displayName ?? user.userName
            let row = UserRecord(
                id: random.uuid(),
                externalId: user.externalId,
                userName: user.userName,
                givenName: name,
                familyName: name,
                displayName: name,
                created: now,
                modified: now
            )
            do { try users.put(row) } catch { throw .duplicate(user.userName) }
        }
        for group in newGroups {
            var row = GroupRecord(
                id: random.uuid(),
                externalId: group.externalId,
                displayName: group.displayName,
                created: now,
                modified: now
            )
            for member in group.members ?? [] {
                let found =
                    users.row(having: UserRecord.externalId(member)) ?? users.row(having: UserRecord.userName(member))
                guard let found else { throw .noSuchMember(member, group: group.displayName) }
                row.members.insert(found.id)
            }
            do { try groups.put(row) } catch { throw .duplicate(group.displayName) }
        }
    }

    /// Makes these users the members of a group, and nobody else, past the protocol: as an administrator does by hand.
    ///
    /// - Parameters:
    ///   - members: by externalId or userName.
    ///   - name: the group's displayName.
    /// - Throws: `SeedError` where one of them is no user; nothing is changed then, nor where there is no such group.
    public mutating func setMembers(_ members: Set<String>, ofGroup name: String) throws(SeedError) {
        var ids: Set<String> = []
        for member in members {
            let found =
                users.row(having: UserRecord.externalId(member)) ?? users.row(having: UserRecord.userName(member))
            guard let found else { throw .noSuchMember(member, group: name) }
            ids.insert(found.id)
        }
        for group in groups.all where group.displayName == name { groups.update(group.id) { $0.members = ids } }
    }

    /// Deletes the group of this name, past the protocol.
    public mutating func removeGroup(named name: String) {
        for group in groups.all where group.displayName == name { groups.remove(group.id) }
    }

    /// Who is really a member of what: group names, and users by externalId, or by the directory's id without one.
    public func membership() -> [String: Set<String>] {
        Dictionary(
            groups.all.map { group in
                (group.displayName, Set(group.members.map { users[$0]?.externalId ?? $0 }))
            },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
