/// A user of the directory; only the attributes that matter to membership are kept.
struct UserRecord: Resource {
    let id: String
    var externalId: String?
    var userName: String
    var givenName: String
    var familyName: String
    var displayName: String
    var active = true
    let created: Int64
    var modified: Int64

    // userName is compared without case, externalId with it (RFC 7643 sections 4.1.1 and 3.1).
    var uniqueKeys: [UniqueKey] {
        [Self.userName(userName)] + (externalId.map { [Self.externalId($0)] } ?? [])
    }

    static func userName(_ value: String) -> UniqueKey {
        UniqueKey(attribute: "userName", value: value.lowercased())
    }

    static func externalId(_ value: String) -> UniqueKey {
        UniqueKey(attribute: "externalId", value: value)
    }

    var json: JSONText {
        var members: [(String, JSONText)] = [("id", .string(id))]
        if let externalId { members.append(("externalId", .string(externalId))) }
        members.append(("meta", .meta(type: "User", created: created, modified: modified)))
        members.append(("schemas", .array([.string("urn:ietf:params:scim:schemas:core:2.0:User")])))
        members.append(("userName", .string(userName)))
        members.append(
            ("name", .object([("familyName", .string(familyName)), ("givenName", .string(givenName))]))
        )
        members.append(("displayName", .string(displayName)))
        members.append(("active", .boolean(active)))
        return .object(members)
    }
}

extension JSONText {
    /// The `meta` attribute with whole seconds, as in AWS's examples.
    static func meta(type: String, created: Int64, modified: Int64) -> JSONText {
        .object([
            ("resourceType", .string(type)), ("created", .string(seconds(created))),
            ("lastModified", .string(seconds(modified))),
        ])
    }

    private static func seconds(_ moment: Int64) -> String {
        var bytes: [UInt8] = []
        bytes.append(rfc3339: moment, fractionDigits: 0)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension DirectoryCore {
    mutating func createUser(_ body: JSONReader) throws(Refusal) -> DirectoryResponse {
        let user = try userRecord(body, id: random.uuid(), created: now)
        try users.put(user)
        return DirectoryResponse(status: 201, json: user.json)
    }

    mutating func replaceUser(_ id: String, _ body: JSONReader) throws(Refusal) -> DirectoryResponse {
        let user = try userRecord(body, id: id, created: try user(id).created)
        try users.put(user)
        return DirectoryResponse(status: 200, json: user.json)
    }

    /// The four required names, one value a multi-valued attribute, no `groups` (developer guide, createuser).
    private func userRecord(_ body: JSONReader, id: String, created: Int64) throws(Refusal) -> UserRecord {
        let severals = ["emails", "addresses", "phoneNumbers"].compactMap(body.array)
        guard let name = body.object("name"), !body.has("groups"), severals.allSatisfy({ $0.count <= 1 })
        else { throw .unparsable }
        return UserRecord(
            id: id,
            externalId: try body.string("externalId"),
            userName: try body.requiredString("userName"),
            givenName: try name.requiredString("givenName"),
            familyName: try name.requiredString("familyName"),
            displayName: try body.requiredString("displayName"),
            active: body.has("active") ? try JSONReader.boolean(body.value("active")) : true,
            created: created,
            modified: now
        )
    }

    /// Sets `active`, `userName`, `externalId`, `displayName` and the two names; AWS answers 200 with the user.
    mutating func patchUser(_ id: String, _ body: JSONReader) throws(Refusal) -> DirectoryResponse {
        var user = try user(id)
        var touched: Set<String> = []
        for operation in try PatchOperation.list(body) {
            // No several operations on userName or active in one request (developer guide, patchuser).
            if ["userName", "active"].contains(operation.path), !touched.insert(operation.path).inserted {
                throw .unparsable
            }
            try apply(operation, to: &user)
        }
        user.modified = now
        try users.put(user)
        return DirectoryResponse(status: 200, json: user.json)
    }

    private func apply(_ operation: PatchOperation, to user: inout UserRecord) throws(Refusal) {
        switch (operation.path, operation.verb) {
        case ("externalId", .remove): user.externalId = nil
        case (_, .remove): throw .unparsable
        case ("active", _): user.active = try JSONReader.boolean(operation.value)
        case ("userName", _): user.userName = try operation.text()
        case ("externalId", _): user.externalId = try operation.text()
        case ("displayName", _): user.displayName = try operation.text()
        case ("name.givenName", _): user.givenName = try operation.text()
        case ("name.familyName", _): user.familyName = try operation.text()
        default: throw .unparsable
        }
    }

    mutating func deleteUser(_ id: String) throws(Refusal) -> DirectoryResponse {
        let user = try user(id)
        for group in groups.all where group.members.contains(id) {
            change(.removed, user, in: group)
        }
        users.remove(id)
        return DirectoryResponse(status: 204)
    }

    func listUsers(_ query: [String: String]) throws(Refusal) -> DirectoryResponse {
        let listing = try Listing(query, settings)
        guard let text = query["filter"] else { return listing.response(users, json: \.json) { _ in true } }
        let values = try Filter(text).values
        guard values.count == 1, let (attribute, value) = values.first else { throw .unparsable }
        switch attribute {
        case "id": return listing.response(users[value], json: \.json)
        case "username": return listing.response(users.row(having: UserRecord.userName(value)), json: \.json)
        case "externalid": return listing.response(users.row(having: UserRecord.externalId(value)), json: \.json)
        case "groups.value":
            let members = try group(value).members
            return listing.response(users, json: \.json) { members.contains($0.id) }
        default: throw .unparsable
        }
    }
}
