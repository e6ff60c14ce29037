extension SCIMClient {
    /// The user with this external id, compared as bytes (`externalId` is case-exact, RFC 7643 section 3.1).
    ///
    /// - Throws: `SCIMError`, if the directory's answer does not settle it.
    public func userByExternalID(_ externalID: String) async throws(SCIMError) -> Lookup<SCIMUser> {
        try await lookup("/Users", "externalId", externalID) { user in
            user.externalID.map { sameBytes($0, externalID) } ?? false
        }
    }

    /// The user with this login, compared without regard to the case of ASCII letters (`userName` is not case-exact,
    /// RFC 7643 section 4.1.1).
    ///
    /// - Throws: `SCIMError`, if the directory's answer does not settle it.
    public func userByUserName(_ userName: String) async throws(SCIMError) -> Lookup<SCIMUser> {
        try await lookup("/Users", "userName", userName) { sameBytesIgnoringASCIICase($0.userName, userName) }
    }

    /// The group with this name, compared as bytes.
    ///
    /// - Throws: `SCIMError`, if the directory's answer does not settle it.
    public func groupByDisplayName(_ displayName: String) async throws(SCIMError) -> Lookup<SCIMGroup> {
        try await lookup("/Groups", "displayName", displayName) { sameBytes($0.displayName, displayName) }
    }

    /// Whether the directory has a user of this id of its own.
    ///
    /// - Throws: `SCIMError`, if the directory's answer does not settle it.
    public func hasUser(_ id: String) async throws(SCIMError) -> Bool { try await has("/Users", id, SCIMUser.self) }

    /// Whether the directory has a group of this id of its own.
    ///
    /// - Throws: `SCIMError`, if the directory's answer does not settle it.
    public func hasGroup(_ id: String) async throws(SCIMError) -> Bool { try await has("/Groups", id, SCIMGroup.self) }

    private func has<Resource: ListedResource>(
        _ path: String,
        _ id: String,
        _ type: Resource.Type
    ) async throws(SCIMError) -> Bool {
        guard isResourceID(id) else { throw SCIMError(.invalidID) }
        let request = SCIMRequest(method: "GET", path: "\(path)/\(percentEncoded(id))", isIdempotent: true)
        do throws(SCIMError) {
            let found = try await read(request, as: type)
            guard sameBytes(found.id, id) else { throw SCIMError(.malformed) }
            return true
        } catch {
            guard case .notFound = error.kind else { throw error }
            return false
        }
    }

    /// The ids of a group's members, in the directory's order.
    ///
    /// AWS never shows members in a group, so there the users are asked who is in it.
    ///
    /// - Parameter groupID: The directory's id of the group.
    /// - Returns: Each id once.
    /// - Throws: `SCIMError`; `notFound` if there is no such group.
    public func members(of groupID: String) async throws(SCIMError) -> [String] {
        guard isResourceID(groupID) else { throw SCIMError(.invalidID) }
        switch target.dialect {
        case .aws:
            let filter = equalityFilter("groups.value", groupID)
            return try await list("/Users", filter: filter, limits: .members, of: SCIMUser.self).map(\.id)
        case .rfc:
            let path = "/Groups/\(percentEncoded(groupID))"
            let request = SCIMRequest(method: "GET", path: path, isIdempotent: true)
            let group = try await read(request, as: GroupMembers.self)
            guard sameBytes(group.id, groupID) else { throw SCIMError(.malformed) }
            return group.userIDs
        }
    }

    /// The directory compares as it likes, often without regard to case, so its matches are only candidates.
    private func lookup<Resource: ListedResource>(
        _ path: String,
        _ attribute: String,
        _ value: String,
        matches: (Resource) -> Bool
    ) async throws(SCIMError) -> Lookup<Resource> {
        // Nothing is found by an empty name; some directories would answer with everything that lacks the attribute.
        guard !value.isEmpty else { return .notFound }
        let filter = equalityFilter(attribute, value)
        return Lookup(try await list(path, filter: filter, limits: .lookup, of: Resource.self).filter(matches))
    }

    private func list<Resource: ListedResource>(
        _ path: String,
        filter: String,
        limits: ListLimits,
        of type: Resource.Type
    ) async throws(SCIMError) -> [Resource] {
        var walk = PageWalk<Resource>(path: path, filter: filter, dialect: target.dialect, limits: limits)
        while let request = walk.next {
            try walk.take(try await read(request, as: ListPage<Resource>.self))
        }
        return walk.resources
    }
}
