import Foundation

/// The membership that follows from a set of hook bodies, worked out in the plainest way and apart from the service:
/// read all, sort all, apply all.
struct Oracle {
    /// Members by group id; a group that some event named has an entry even if it is empty.
    private(set) var members: [String: Set<String>] = [:]
    /// The latest name of each group.
    private(set) var names: [String: String] = [:]
    /// Distinct events read, of all types.
    private(set) var events = 0

    init(_ bodies: [[UInt8]]) {
        var seen: [String: [String: Any]] = [:]
        for body in bodies {
            guard let delivery = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
                let data = delivery["data"] as? [String: Any], let list = data["events"] as? [[String: Any]]
            else { continue }
            for event in list {
                if let uuid = event["uuid"] as? String, seen[uuid] == nil { seen[uuid] = event }
            }
        }
        events = seen.count
        for event in seen.values.sorted(by: { Self.rank($0) < Self.rank($1) }) { apply(event) }
    }

    /// The members of the groups whose latest name begins with the prefix, by that name.
    func inScope(_ prefix: String = "AWS_") -> [String: Set<String>] {
        var result: [String: Set<String>] = [:]
        for (id, name) in names where name.hasPrefix(prefix) { result[name] = members[id] }
        return result
    }

    /// Texts that sort as time does: Okta writes milliseconds, and version-1 uuids tell what comes below them.
    private static func rank(_ event: [String: Any]) -> String {
        let uuid = event["uuid"] as? String ?? ""
        let parts = uuid.split(separator: "-")
        let ticks = parts.count == 5 ? "\(parts[2].dropFirst())\(parts[1])\(parts[0])" : ""
        return "\(event["published"] as? String ?? "") \(ticks) \(uuid)"
    }

    private mutating func apply(_ event: [String: Any]) {
        guard let outcome = event["outcome"] as? [String: Any], outcome["result"] as? String == "SUCCESS",
            let targets = event["target"] as? [[String: Any]]
        else { return }
        let groups = targets.filter { $0["type"] as? String == "UserGroup" }
        let users = targets.filter { $0["type"] as? String == "User" }
        guard groups.count == 1, let group = groups[0]["id"] as? String else { return }
        switch event["eventType"] as? String {
        case "group.user_membership.add":
            guard users.count == 1, let user = users[0]["id"] as? String else { return }
            members[group, default: []].insert(user)
        case "group.user_membership.remove":
            guard users.count == 1, let user = users[0]["id"] as? String else { return }
            members[group, default: []].remove(user)
        case "group.lifecycle.delete": members[group] = []
        case "group.profile.update": break
        default: return
        }
        names[group] = groups[0]["displayName"] as? String
    }
}
