import Foundation
import Ledger
import Okta
import Projector
import Sandbox

@testable import Dispatcher

/// Changes that wait: what Okta told while nothing was pushed, on top of what an earlier time had applied.
struct StormBacklog {
    /// Users are numbered `0..<users`, groups `0..<groups`; each group's changes are of different users.
    struct Group {
        /// Members before, all of them applied by us and told of by Okta.
        var before: Set<Int> = []
        /// What Okta tells now: user, and whether it is to be a member.
        var changes: [(user: Int, present: Bool)] = []
    }

    let users: Int
    /// Of the users, the last so many, whom the directory does not have yet.
    let late: Int
    let groups: [Group]

    /// A backlog of exactly `changes` changes; every second group has members first and changes of both kinds.
    init(users: Int, late: Int = 0, groups count: Int, changes total: Int, seed: UInt64) {
        var random = Sandbox.SeededRandom(seed: seed)
        var left = total
        self.users = users
        self.late = late
        let known = users - late
        groups = (0..<count).map { index in
            let mean = left / (count - index)
            let size = index == count - 1 ? left : min(left, 1 + random.below(2 * mean - 1))
            left -= size
            var chosen: Set<Int> = []
            while chosen.count < min(size, users) { chosen.insert(random.below(users)) }
            var group = Group()
            for user in chosen.sorted() {
                let leaves = index % 2 == 1 && user < known && random.chance(0.5)
                group.changes.append((user, !leaves))
                if leaves { group.before.insert(user) }
            }
            if index % 2 == 1 {
                // Some who stay as they are.
                for _ in 0..<20 {
                    let user = random.below(known)
                    if !chosen.contains(user) { group.before.insert(user) }
                }
            }
            return group
        }
    }

    var changeCount: Int { groups.reduce(0) { $0 + $1.changes.count } }
    /// The fewest PATCHes: for each group its changes divided by 100, rounded up.
    var fewestPatches: Int { groups.reduce(0) { $0 + ($1.changes.count + 99) / 100 } }
    /// Users that some change names: each must be looked up once.
    var usersNamed: Set<Int> { Set(groups.flatMap { $0.changes.map(\.user) }) }

    /// Who is to be a member of what in the end, worked out from the changes alone.
    var oracle: [String: Set<String>] {
        Dictionary(
            uniqueKeysWithValues: groups.enumerated().map { index, group in
                var members = group.before
                for change in group.changes {
                    if change.present { members.insert(change.user) } else { members.remove(change.user) }
                }
                return (Self.name(index), Set(members.map(Self.user)))
            }
        )
    }

    static func user(_ number: Int) -> String { "u\(number)" }
    static func group(_ number: Int) -> String { "g\(number)" }
    static func name(_ number: Int) -> String { "AWS_\(number)" }

    // MARK: Into a log and a directory

    /// The directory as it is before, without the late users.
    func seed(_ core: inout DirectoryCore, now: Int64) throws {
        try core.seed(
            users: (0..<users - late).map(Self.seedUser),
            groups: groups.enumerated().map { index, group in
                SeedGroup(displayName: Self.name(index), members: group.before.map(Self.user))
            },
            now: now
        )
    }

    static func seedUser(_ number: Int) -> SeedUser {
        SeedUser(userName: "\(user(number))@x", externalId: user(number))
    }

    /// The entries of a log in which what was before is told of and applied, and the changes are told of.
    func entries(now: Int64) throws -> [NewEntry] {
        var entries: [NewEntry] = []
        let earlier = Instant(nanoseconds: (now - 86_400_000_000) * 1_000).text
        let later = Instant(nanoseconds: now * 1_000).text
        for (index, group) in groups.enumerated() where !group.before.isEmpty {
            let members = group.before.sorted()
            for user in members {
                entries.append(Self.event("before-\(index)-\(user)", earlier, user, index, present: true))
            }
            entries += try Self.applied(members, index)
        }
        for (index, group) in groups.enumerated() {
            for change in group.changes {
                let uuid = "change-\(index)-\(change.user)"
                entries.append(Self.event(uuid, later, change.user, index, present: change.present))
            }
        }
        return entries
    }

    /// One event as the System Log has it.
    static func event(_ uuid: String, _ published: String, _ user: Int, _ group: Int, present: Bool) -> NewEntry {
        let body = """
            {"uuid":"\(uuid)","published":"\(published)","outcome":{"result":"SUCCESS"},\
            "eventType":"group.user_membership.\(present ? "add" : "remove")","target":[\
            {"id":"\(Self.user(user))","type":"User","alternateId":"\(Self.user(user))@x","displayName":"x"},\
            {"id":"\(Self.group(group))","type":"UserGroup","alternateId":"unknown","displayName":"\(name(group))"}]}
            """
        return NewEntry(kind: .oktaLogEvent, key: EntryKey(uuid), body: Array(body.utf8))
    }

    /// Attempts that an earlier version of the world answered with success.
    private static func applied(_ members: [Int], _ group: Int) throws -> [NewEntry] {
        try stride(from: 0, to: members.count, by: 100).flatMap { start in
            let attempt = AttemptBody(
                id: "before-\(group)-\(start)",
                group: Self.group(group),
                directoryGroup: "D\(group)",
                changes: members[start..<min(start + 100, members.count)].map {
                    .init(user: user($0), member: "D\($0)", present: true)
                },
                method: "PATCH",
                path: "/Groups/D\(group)",
                body: "{}",
                tryNumber: 1
            )
            let outcome = OutcomeBody(
                attempt: attempt.id,
                result: .applied,
                status: 204,
                requestID: nil,
                detail: nil,
                durationMilliseconds: 1,
                retryAt: nil
            )
            return [
                NewEntry(kind: .scimAttempt, key: EntryKey(attempt.id), body: try EntryJSON.encode(attempt)),
                NewEntry(kind: .scimOutcome, key: EntryKey(attempt.id), body: try EntryJSON.encode(outcome)),
            ]
        }
    }
}
