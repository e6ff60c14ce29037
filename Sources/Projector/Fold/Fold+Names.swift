import Okta

extension Fold {
    /// Takes over the names that a copy tells, where no later event has told them.
    mutating func learnNames(from copy: EventCopy) throws {
        let order = copy.order
        if let told = copy.group {
            var group = try state.group(told.id)
            if isNews(told.displayName, order, since: group.naming) {
                group.name = told.displayName
                group.naming = order
                try save(scoped: &group, told.id)
            }
        }
        if let told = copy.user {
            var user = try state.user(told.id)
            let former = user.naming
            let isChange = learn(login: told.alternateId, displayName: told.displayName, order, of: &user)
            if user.naming != former { try state.save(user, told.id) }
            if isChange { try touchGroups(ofUser: told.id) }
        }
    }

    /// Takes over a user's names where no later event or baseline has told them.
    /// - Returns: whether the login is another one than the one known.
    func learn(login: String?, displayName: String?, _ order: EventOrder, of user: inout UserState) -> Bool {
        guard isNews(login, order, since: user.naming) else { return false }
        let isChange = user.login != nil && user.login != login
        user.login = login
        user.displayName = displayName
        user.naming = order
        return isChange
    }

    /// A user's login or binding is news for every group that waits for it.
    mutating func touchGroups(ofUser id: String) throws {
        for pair in try state.pairs(ofUser: id) { touch(pair.group) }
    }

    func isNews(_ name: String?, _ order: EventOrder, since known: EventOrder?) -> Bool {
        guard name != nil else { return false }
        guard let known else { return true }
        return known < order
    }

    /// Computes a group's name and deletion again from all its events and its baseline.
    mutating func recomputeGroup(_ id: String) throws {
        var group = try state.group(id)
        // A baseline's word stands unless a later event takes its place; one that found no group told no name.
        let told = group.naming.flatMap { $0.isBaseline ? (name: group.name, order: $0) : nil }
        let telling = try state.copies(namingGroup: id)
        let latest = telling.filter { $0.tellsNames && $0.copy.group?.displayName != nil }
            .max { $0.copy.order < $1.copy.order }
        group.name = latest?.copy.group?.displayName
        group.naming = latest?.copy.order
        for told in [told, group.baseline.map { ($0.name, $0.order) }].compactMap(\.self)
        where isNews(told.name, told.order, since: group.naming) {
            group.name = told.name
            group.naming = told.order
        }
        let deletion = telling.filter { $0.counts && $0.copy.kind == .groupDeleted }
            .reduce(nil) { Decision.latest($0, Decision($1.copy)) }
        let deletionChanged = deletion != group.deletion
        group.deletion = deletion
        try save(scoped: &group, id)
        if deletionChanged { try settlePairs(ofGroup: id) }
    }

    /// Computes a user's login again from all events that name the user and what a baseline told.
    mutating func recomputeUserNames(_ id: String) throws {
        var user = try state.user(id)
        let latest = try state.copies(namingUser: id)
            .filter { $0.tellsNames && $0.copy.user?.alternateId != nil }
            .max { $0.copy.order < $1.copy.order }
        user.login = latest?.copy.user?.alternateId
        user.displayName = latest?.copy.user?.displayName
        user.naming = latest?.copy.order
        if let told = user.told {
            _ = learn(login: told.login, displayName: told.displayName, told.order, of: &user)
        }
        try state.save(user, id)
    }

    /// Saves a group after deciding whether it is in scope.
    mutating func save(scoped group: inout GroupState, _ id: String) throws {
        let wasInScope = group.inScope
        group.inScope = Scope.includes(group, settings: try state.control.settings)
        try state.save(group, id)
        if group.inScope != wasInScope || group.inScope { touch(id) }
    }
}
