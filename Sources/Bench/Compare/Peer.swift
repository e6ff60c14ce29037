import Foundation
import Sandbox

/// A plain client for the ways of others: it asks the directory's core and reads the answers.
struct Peer {
    private(set) var core: DirectoryCore

    private mutating func send(_ method: String, _ path: String, _ body: [UInt8] = []) throws -> [String: Any] {
        let request = DirectoryRequest(
            method: method,
            target: "/tenant/scim/v2" + path,
            headers: [("Authorization", "Bearer sandbox-token"), ("User-Agent", "peer")],
            body: body
        )
        guard case .answer(let answer) = core.receive(request, now: 0), answer.status < 300 else {
            throw BenchError("the directory refuses \(method) \(path)")
        }
        if answer.body.isEmpty { return [:] }
        return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
    }

    /// All resources of a list, page by page of 100, by the attribute given.
    mutating func list(_ path: String, by attribute: String) throws -> [String: String] {
        var (all, cursor) = ([String: String](), "")
        while true {
            let page = try send("GET", "\(path)?count=100&cursor=\(Self.encoded(cursor))")
            for resource in page["Resources"] as? [[String: Any]] ?? [] {
                all[resource[attribute] as? String ?? ""] = resource["id"] as? String
            }
            guard let next = page["nextCursor"] as? String else { return all }
            cursor = next
        }
    }

    /// The id of the one resource whose attributes have these values.
    mutating func find(_ path: String, _ values: (attribute: String, value: String)...) throws -> String? {
        let filter = values.map { attribute, value in
            let escaped = value.replacing(#"\"#, with: #"\\"#).replacing(#"""#, with: #"\""#)
            return #"\#(attribute) eq "\#(escaped)""#
        }
        let page = try send("GET", "\(path)?filter=\(Self.encoded(filter.joined(separator: " and ")))")
        return (page["Resources"] as? [[String: Any]])?.first?["id"] as? String
    }

    /// Adds or removes one member by a request of its own.
    mutating func patch(group: String, user: String, present: Bool) throws {
        let body = """
            {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[\
            {"op":"\(present ? "add" : "remove")","path":"members","value":[{"value":"\(user)"}]}]}
            """
        _ = try send("PATCH", "/Groups/\(group)", Array(body.utf8))
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

extension Backlog {
    /// A sync that looks at each pair and sends one PATCH a member, as ssosync does: each group is found by its name, each
    /// user by the login, whether the one is in the other is asked, and what differs is sent. In its favour: only pairs that
    /// some event names are looked at, though such a sync looks at all; and each group and user is looked up once.
    func onePatchPerMember() throws -> DirectoryCore {
        var peer = Peer(core: try directory())
        var (users, ids) = ([String: String](), [String: String]())
        var pairs: [String: Set<String>] = [:]
        for event in events { pairs[event.group.name, default: []].insert(event.user.id) }
        let logins = Dictionary(uniqueKeysWithValues: people.map { ($0.id, $0.login) })
        for (name, named) in pairs.sorted(by: { $0.key < $1.key }) {
            ids[name] = try peer.find("/Groups", ("displayName", name))
            guard let group = ids[name] else { throw BenchError("no group \(name)") }
            for person in named.sorted() {
                if users[person] == nil {
                    users[person] = try peer.find("/Users", ("userName", logins[person] ?? ""))
                }
                guard let user = users[person] else { throw BenchError("no user \(person)") }
                let isMember = try peer.find("/Groups", ("id", group), ("members", user)) != nil
                let isWanted = truth[name]?.contains(person) ?? false
                if isMember != isWanted { try peer.patch(group: group, user: user, present: isWanted) }
            }
        }
        return peer.core
    }

    /// For each event all users and all groups are listed, and one PATCH is sent: the way of the script that this service
    /// replaces. That one reads the first page only; here all pages are, or it would not find most users.
    func listEverythingPerEvent() throws -> DirectoryCore {
        var peer = Peer(core: try directory())
        for event in events {
            let users = try peer.list("/Users", by: "externalId")
            let groups = try peer.list("/Groups", by: "displayName")
            guard let user = users[event.user.id], let group = groups[event.group.name] else {
                throw BenchError("\(event.user.login) or \(event.group.name) is not listed")
            }
            try peer.patch(group: group, user: user, present: event.present)
        }
        return peer.core
    }
}
