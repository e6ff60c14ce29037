/// A group of the directory.
struct GroupRecord: Resource {
    let id: String
    var externalId: String?
    var displayName: String
    /// Ids of users. AWS never shows them in a response.
    var members: Set<String> = []
    let created: Int64
    var modified: Int64

    var uniqueKeys: [UniqueKey] {
        [UniqueKey(attribute: "displayName", value: displayName)]
            + (externalId.map { [UniqueKey(attribute: "externalId", value: $0)] } ?? [])
    }

    /// AWS shows `members` empty in lists and not at all in single groups (developer guide, getgroup and listgroups).
    func json(listed: Bool = false, showingMembers: Bool) -> JSONText {
        var attributes: [(String, JSONText)] = [("id", .string(id))]
        if let externalId { attributes.append(("externalId", .string(externalId))) }
        attributes.append(("meta", .meta(type: "Group", created: created, modified: modified)))
        attributes.append(("schemas", .array([.string("urn:ietf:params:scim:schemas:core:2.0:Group")])))
        attributes.append(("displayName", .string(displayName)))
        if showingMembers {
            let members = members.sorted().map { JSONText.object([("value", .string($0))]) }
            attributes.append(("members", .array(members)))
        } else if listed {
            attributes.append(("members", .array([])))
        }
        return .object(attributes)
    }
}

extension DirectoryCore {
    /// The most members in a creation and the most membership changes in a PATCH (developer guide, limitations).
    static let mostMembers = 100

    mutating func createGroup(_ body: JSONReader) throws(Refusal) -> DirectoryResponse {
        var group = GroupRecord(
            id: random.uuid(),
            externalId: try body.string("externalId"),
            displayName: try body.requiredString("displayName"),
            created: now,
            modified: now
        )
        let members = body.has("members") ? try memberIDs(body.value("members")) : []
        guard members.count <= Self.mostMembers else { throw .unparsable }
        let added = try found(members)
        try admit(memberChanges: added.count)
        try groups.put(group)
        for user in added { change(.added, user, in: group) }
        group.members = Set(members)
        return DirectoryResponse(status: 201, json: shown(group))
    }

    mutating func deleteGroup(_ id: String) throws(Refusal) -> DirectoryResponse {
        let group = try group(id)
        for member in group.members.sorted() {
            guard let user = users[member] else { continue }
            change(.removed, user, in: group)
        }
        groups.remove(id)
        return DirectoryResponse(status: 204)
    }

    /// Renames and changes members; all or nothing; 204 without a body (developer guide, patchgroup).
    mutating func patchGroup(_ id: String, _ body: JSONReader) throws(Refusal) -> DirectoryResponse {
        var group = try group(id)
        var changes: [(MemberChange.Direction, String)] = []
        for operation in try PatchOperation.list(body) {
            switch (operation.path, operation.verb) {
            case ("members", .replace): throw .replacedMembers
            case ("members", .add): changes += try memberIDs(operation.value).map { (.added, $0) }
            case (let path, .remove) where path.hasPrefix("members"):
                changes += try removed(by: operation, from: group).map { (.removed, $0) }
            case ("displayName", .add), ("displayName", .replace): group.displayName = try operation.text()
            case ("externalId", .add), ("externalId", .replace): group.externalId = try operation.text()
            case ("externalId", .remove): group.externalId = nil
            default: throw .unparsable
            }
        }
        guard settings.removals.isRFC || changes.count <= Self.mostMembers else { throw .unparsable }
        let changed = try found(changes.map(\.1))
        if !changes.isEmpty { try admit(memberChanges: changes.count) }
        group.modified = now
        try groups.put(group)
        for (change, user) in zip(changes, changed) { self.change(change.0, user, in: group) }
        return DirectoryResponse(status: 204)
    }

    /// The ids of a `members` value: a list, not empty, of objects with `value`; nested groups are not supported.
    func memberIDs(_ value: Any?) throws(Refusal) -> [String] {
        guard let list = value as? [Any], !list.isEmpty else { throw .unparsable }
        var ids: [String] = []
        for member in list {
            guard let member = JSONReader.over(member) else { throw .unparsable }
            ids.append(try member.requiredString("value"))
        }
        return ids
    }

    private func found(_ ids: [String]) throws(Refusal) -> [UserRecord] {
        var found: [UserRecord] = []
        for id in ids { found.append(try user(id)) }
        return found
    }

    /// Makes one membership change and journals it, also where it changes nothing.
    mutating func change(_ direction: MemberChange.Direction, _ user: UserRecord, in group: GroupRecord) {
        var effective = false
        groups.update(group.id) { row in
            effective =
                direction == .added
                ? row.members.insert(user.id).inserted : row.members.remove(user.id) != nil
        }
        record.journal.append(
            MemberChange(
                at: now,
                direction: direction,
                groupID: group.id,
                group: group.displayName,
                userID: user.id,
                user: user.externalId ?? user.id,
                effective: effective
            )
        )
    }

    func shown(_ group: GroupRecord) -> JSONText { group.json(showingMembers: settings.removals.isRFC) }

    func listGroups(_ query: [String: String]) throws(Refusal) -> DirectoryResponse {
        let listing = try Listing(query, settings)
        let showingMembers = settings.removals.isRFC
        let show = { (group: GroupRecord) in group.json(listed: true, showingMembers: showingMembers) }
        guard let text = query["filter"] else { return listing.response(groups, json: show) { _ in true } }
        var values = try Filter(text).values
        let combined = values.count > 1
        // Together with `id`, the attribute is `members`; alone it is `members.value`.
        let memberKey = combined && values["members"] != nil ? "members" : "members.value"
        let member = try values.removeValue(forKey: memberKey).map { (id) throws(Refusal) in try user(id).id }
        guard let member else {
            guard !combined, let (attribute, value) = values.first else { throw .unparsable }
            switch attribute {
            case "id": return listing.response(groups[value], json: show)
            case "displayname":
                let key = UniqueKey(attribute: "displayName", value: value)
                return listing.response(groups.row(having: key), json: show)
            case "externalid":
                let key = UniqueKey(attribute: "externalId", value: value)
                return listing.response(groups.row(having: key), json: show)
            default: throw .unparsable
            }
        }
        guard combined else { return listing.response(groups, json: show) { $0.members.contains(member) } }
        guard values.count == 1, let id = values["id"] else { throw .unparsable }
        return listing.response(groups[id].flatMap { $0.members.contains(member) ? $0 : nil }, json: show)
    }
}
