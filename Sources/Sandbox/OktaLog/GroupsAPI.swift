/// Okta's Groups API as far as it is read here (developer.okta.com/docs/api/openapi/okta-management, Group): all groups, one
/// group, its members of any status. What is not simulated is refused with 400.
public struct GroupsAPI: Sendable {
    private var door: OktaDoor
    /// How it behaves.
    public var settings: OktaSettings {
        get { door.settings }
        set { door.settings = newValue }
    }
    /// Answers that take the place of the next ones.
    public var faults: [OktaSettings.Fault] {
        get { door.faults }
        set { door.faults = newValue }
    }
    /// Requests that were admitted, refusals for the rate included.
    public var requests: Int { door.requests }
    /// Requests that were answered 429.
    public var throttled: Int { door.throttled }

    /// The API of an org.
    public init(settings: OktaSettings = .init()) { door = OktaDoor(settings) }

    /// Answers a request from what the org holds; `now` is the real clock, in nanoseconds since 1970.
    public mutating func receive(_ request: DirectoryRequest, org: OrgCore, now: Int64) -> DirectoryResponse {
        let clock = door.clock(now)
        let response = answer(request, org, clock: clock)
        return door.signed(response, clock: clock)
    }

    private mutating func answer(_ request: DirectoryRequest, _ org: OrgCore, clock: Int64) -> DirectoryResponse {
        let (path, query) = LogAddress.split(request.target)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(4).map(String.init)
        let isList = parts.isEmpty || parts.last == "users" && parts.count == 2
        guard path.hasPrefix("/api/v1/groups"), parts.count <= 1 || isList else {
            return OktaDoor.refusal(404, "E0000007")
        }
        let headers: OktaDoor.Headers
        switch door.admit(request, bucket: parts.isEmpty ? "/api/v1/groups" : "/api/v1/groups/{id}", clock: clock) {
        case .admitted(let rate): headers = rate
        case .answered(let response): return response
        }
        guard query.keys.allSatisfy({ isList && ["limit", "after"].contains($0) }) else {
            return OktaDoor.refusal(400, "E0000001", headers: headers)
        }
        guard let id = parts.first else {
            return page(request, org.groups.mapValues(Self.json), most: 10_000, headers)
        }
        guard let group = org.groups[id] else { return OktaDoor.refusal(404, "E0000007", headers: headers) }
        guard isList else {
            return DirectoryResponse(status: 200, headers: headers, json: Self.json(group))
        }
        let members = group.members.compactMap { org.users[$0] }.map { ($0.id, Self.json($0)) }
        return page(request, Dictionary(members) { $1 }, most: 1_000, headers)
    }

    /// A page of items in the order of their ids. The cursor is opaque to its reader: the last id, turned round.
    private func page(
        _ request: DirectoryRequest,
        _ items: [String: JSONText],
        most: Int,
        _ headers: OktaDoor.Headers
    ) -> DirectoryResponse {
        let (_, query) = LogAddress.split(request.target)
        guard let limit = Int(query["limit"] ?? "\(most)"), 1...most ~= limit else {
            return OktaDoor.refusal(400, "E0000001", headers: headers)
        }
        let after = query["after"].map { String($0.reversed()) } ?? ""
        let rest = items.filter { $0.key > after }.sorted { $0.key < $1.key }
        let page = rest.prefix(min(limit, settings.pageLimit))
        let cursor = page.count < rest.count ? page.last.map { String($0.key.reversed()) } : nil
        return DirectoryResponse(
            status: 200,
            headers: headers + door.links(request, next: cursor),
            json: .array(page.map(\.value))
        )
    }

    private static func json(_ group: OrgCore.Group) -> JSONText {
        .object([
            ("id", .string(group.id)), ("created", .string("2020-01-01T00:00:00.000Z")),
            ("lastUpdated", .string(text(group.lastUpdated))),
            ("lastMembershipUpdated", .string(text(group.lastMembershipUpdated))),
            (
                "objectClass",
                .array([.string(group.type == .app ? "okta:windows_security_principal" : "okta:user_group")])
            ),
            ("type", .string(group.type.rawValue)),
            ("profile", .object([("name", .string(group.name)), ("description", .null)])),
        ])
    }

    private static func json(_ user: OrgCore.User) -> JSONText {
        .object([
            ("id", .string(user.id)), ("status", .string(user.status.rawValue)),
            ("created", .string("2020-01-01T00:00:00.000Z")), ("activated", .null), ("lastLogin", .null),
            ("lastUpdated", .string(text(user.lastUpdated))),
            (
                "profile",
                .object([
                    ("firstName", .string(user.displayName)), ("lastName", .null), ("login", .string(user.login)),
                    ("email", .string(user.login)),
                ])
            ),
        ])
    }

    private static func text(_ time: Int64) -> String {
        var bytes: [UInt8] = []
        bytes.append(rfc3339: time, fractionDigits: 3)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension DirectoryResponse {
    fileprivate init(status: Int, headers: OktaDoor.Headers, json: JSONText) {
        self.init(status: status, json: json)
        self.headers += headers
    }
}
