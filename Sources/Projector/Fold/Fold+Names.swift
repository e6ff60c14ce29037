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
            if isNews(told.alternateId, order, since: user.naming) {
                let isChange = user.login != nil && user.login != told.alternateId
                user.login = told.alternateId
                user.displayName = told.displayName
                user.naming = order
                try state.save(user, told.id)
                if isChange { try touchGroups(ofUser: told.id) }
            }
        }
    }

    /// A user's login or binding is news for every group that waits for it.
    mutating func touchGroups(ofUser id: String) throws {
        for pair in try state.pairs(ofUser: id) { touch(pair.group) }
    }

    private func isNews(_ name: String?, _ order: EventOrder, since known: EventOrder?) -> Bool {
        guard name != nil else { return false }
        guard let known else { return true }
        return known < order
    }

    /// Computes a group's name and deletion again from all its events.
    mutating func recomputeGroup(_ id: String) throws {
        var group = try state.group(id)
        let telling = try state.copies(namingGroup: id)
        let latest = telling.filter { $0.tellsNames && $0.copy.group?.displayName != nil }
            .max { $0.copy.order < $1.copy.order }
        group.name = latest?.copy.group?.displayName
        group.naming = latest?.copy.order
        let deletion = telling.filter { $0.counts && $0.copy.kind == .groupDeleted }
            .reduce(nil) { Decision.latest($0, Decision($1.copy)) }
        let deletionChanged = deletion != group.deletion
        group.deletion = deletion
        try save(scoped: &group, id)
        if deletionChanged { try settlePairs(ofGroup: id, deletion: deletion) }
    }

    /// Computes a user's login again from all events that name the user.
    mutating func recomputeUserNames(_ id: String) throws {
        var user = try state.user(id)
        let latest = try state.copies(namingUser: id)
            .filter { $0.tellsNames && $0.copy.user?.alternateId != nil }
            .max { $0.copy.order < $1.copy.order }
        user.login = latest?.copy.user?.alternateId
        user.displayName = latest?.copy.user?.displayName
        user.naming = latest?.copy.order
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
