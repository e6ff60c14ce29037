extension Fold {
    /// Takes over who is a member of a group. The latest baseline decides all pairs of the group that are known, and makes
    /// known those that it names; one that is not later than that changes nothing of them.
    mutating func take(_ body: BaselineBody, _ entry: ReadEntry) throws {
        let baseline = Baseline(body, at: entry.position)
        for member in body.members { try learn(member, asOf: baseline.order) }
        var group = try state.group(body.group)
        if let known = group.baseline, !(known.order < baseline.order) { return }
        group.baseline = baseline
        if isNews(baseline.name, baseline.order, since: group.naming) {
            group.name = baseline.name
            group.naming = baseline.order
        }
        try save(scoped: &group, body.group)
        for member in body.members {
            let id = PairID(group: body.group, user: member.user)
            var pair = try state.pair(id)
            pair.named = entry.position
            try state.save(pair, id)
        }
        try settlePairs(ofGroup: body.group)
    }

    /// Takes over what a baseline tells of a user, where no later one has: the one place where a status as of an instant
    /// becomes known.
    private mutating func learn(_ member: BaselineBody.Member, asOf order: EventOrder) throws {
        var user = try state.user(member.user)
        if let told = user.told, !(told.order < order) { return }
        user.told = ToldUser(order: order, login: member.login, displayName: member.name, status: member.status)
        let isChange = learn(login: member.login, displayName: member.name, order, of: &user)
        try state.save(user, member.user)
        if isChange { try touchGroups(ofUser: member.user) }
    }
}
