import Foundation
import HTTPTransport
public import Okta

/// One org's groups and their members, as the Groups API tells them (developer.okta.com/docs/api/openapi/okta-management, Group).
///
/// `search` is never used: it is eventually consistent, and what it leaves out would be taken for gone.
public struct Groups: Sendable {
    /// What an app must have been granted.
    public static let scope = "okta.groups.read"
    /// Groups or users a page: what Okta advises.
    public static let pageSize = 200
    /// Most groups that are listed, and most members of one group that are read.
    public static let mostItems = 200_000

    /// A group.
    public struct Group: Hashable, Sendable {
        /// Okta group id: 1 to 128 printing ASCII characters.
        public let id: String
        /// Its name, not empty.
        public let name: String
    }

    /// A member of a group.
    public struct Member: Hashable, Sendable {
        /// Okta user id: 1 to 128 printing ASCII characters.
        public let id: String
        /// The login.
        public let login: String?
        /// The name for people.
        public let name: String?
        /// Okta's word for where the user stands in life, such as `ACTIVE`.
        public let status: String?
    }

    /// All members of one group, of any status.
    public struct Members: Hashable, Sendable {
        /// As of when the list holds, by Okta's clock: a change that was published then or later may be in it or not.
        public let instant: Instant
        /// When the first page was asked for, in microseconds since 1970 on our clock.
        public let askedAt: Int64
        /// The members, each once; `nil` where Okta has no such group.
        public let members: [Member]?
    }

    private let api: OktaAPI

    /// The groups of the org that a client asks; an app's client must ask for ``scope``.
    public init(_ api: OktaAPI) { self.api = api }

    /// Every group that the token may see.
    /// - Throws: ``OktaError``.
    public func all() async throws(OktaError) -> [Group] {
        var groups: [String: Group] = [:]
        var walk = GroupsWalk("/api/v1/groups", of: api.org)
        repeat {
            let page = try await api.get(walk.url)
            let found = try Self.list(GroupJSON.self, page.body).map { (group) throws(OktaError) in try group.group() }
            for group in found { groups[group.id] = group }
            guard groups.count <= Self.mostItems else { throw OktaError(.endless) }
            try walk.took(items: found.count, links: page.values("Link"))
        } while !walk.isAtTheEnd
        return groups.values.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    }

    /// The group of an id now; `nil` where Okta has none.
    /// - Throws: ``OktaError``; `malformed` for an id that no URL can name.
    public func group(_ id: String) async throws(OktaError) -> Group? {
        let response = try await api.get(try url(of: id), admitting: [404])
        guard response.status == 200 else { return nil }
        return try Self.decode(GroupJSON.self, response.body).group()
    }

    /// The members of a group now, of any status.
    /// - Throws: ``OktaError``: nothing is told where not all of it could be read.
    public func members(of id: String) async throws(OktaError) -> Members {
        var walk = GroupsWalk(try url(of: id) + "/users", of: api.org)
        var members: [String: Member] = [:]
        var began: (instant: Instant, askedAt: Int64)?
        repeat {
            let page = try await api.get(walk.url, admitting: began == nil ? [404] : [])
            if began == nil { began = try Self.beginning(of: page, now: api.surroundings.now()) }
            guard let began else { throw OktaError(.malformed) }
            if page.status == 404 { return Members(instant: began.instant, askedAt: began.askedAt, members: nil) }
            let found = try Self.list(UserJSON.self, page.body).map { (user) throws(OktaError) in try user.member() }
            for member in found { members[member.id] = member }
            guard members.count <= Self.mostItems else { throw OktaError(.endless) }
            try walk.took(items: found.count, links: page.values("Link"))
        } while !walk.isAtTheEnd
        guard let began else { throw OktaError(.malformed) }
        let sorted = members.values.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        return Members(instant: began.instant, askedAt: began.askedAt, members: sorted)
    }

    private func url(of id: String) throws(OktaError) -> String {
        guard GroupJSON.isID(id), !id.allSatisfy({ $0 == "." }) else { throw OktaError(.malformed) }
        return api.org.baseURL + "/api/v1/groups/" + SystemLogQuery.encoded(id)
    }

    /// When the request that an answer is to began, by Okta's clock, rounded down to a millisecond, and by ours. Okta looked no
    /// earlier than that, and its `Date` is no later than its answer.
    private static func beginning(
        of response: HTTPResponse,
        now: Int64
    ) throws(OktaError) -> (instant: Instant, askedAt: Int64) {
        guard let date = response.first("Date").flatMap(Instant.init(httpDate:)) else { throw OktaError(.noDate) }
        let took = max(response.duration, .zero).microseconds
        let milliseconds = date.nanoseconds / 1_000_000 - (took + 999) / 1_000
        return (Instant(nanoseconds: milliseconds * 1_000_000), now - took)
    }

    // MARK: Reading

    private static func list<Item: Decodable>(_ type: Item.Type, _ body: [UInt8]) throws(OktaError) -> [Item] {
        let items = try decode([Item].self, body)
        guard items.count <= 10_000 else { throw OktaError(.malformed) }
        return items
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws(OktaError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw OktaError(.malformed)
        }
    }
}

/// A group as Okta writes it.
private struct GroupJSON: Decodable {
    struct Profile: Decodable { let name: String }
    let id: String
    let profile: Profile

    func group() throws(OktaError) -> Groups.Group {
        guard Self.isID(id), 1...4_096 ~= profile.name.utf8.count else { throw OktaError(.malformed) }
        return Groups.Group(id: id, name: profile.name)
    }

    static func isID(_ text: String) -> Bool {
        1...128 ~= text.utf8.count && text.utf8.allSatisfy { 0x21...0x7E ~= $0 }
    }
}

/// A user as Okta writes it.
private struct UserJSON: Decodable {
    struct Profile: Decodable { let login, displayName, firstName, lastName: String? }
    let id: String
    let status: String?
    let profile: Profile?

    func member() throws(OktaError) -> Groups.Member {
        guard GroupJSON.isID(id) else { throw OktaError(.malformed) }
        let both = [profile?.firstName, profile?.lastName].compactMap(\.self).filter { !$0.isEmpty }
        let name = profile?.displayName.flatMap { $0.isEmpty ? nil : $0 } ?? both.joined(separator: " ")
        let login = profile?.login
        guard login?.utf8.count ?? 1 <= 4_096, name.utf8.count <= 4_096, status == nil || OktaError.word(status) != nil
        else { throw OktaError(.malformed) }
        return Groups.Member(id: id, login: login, name: name.isEmpty ? nil : name, status: status)
    }
}
