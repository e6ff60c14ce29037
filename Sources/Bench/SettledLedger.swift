import Foundation
import Ledger
import Okta
import Projector
import SQLiteStore

/// A ledger in which every pair is as it is to be: told by Okta, looked up, sent and answered.
struct SettledLedger {
    /// So many users are in each group.
    static let usersPerGroup = 1_000
    /// The directory that it is settled with; nobody listens there, and nobody asks.
    static let directory = "http://127.0.0.1:9/scim/v2"

    let path: String
    let groups: Int

    init(path: String, pairs: Int) {
        self.path = path
        groups = max(1, pairs / Self.usersPerGroup)
    }

    /// Writes its log and folds it.
    func write() async throws {
        let store = try Store.open(path, mode: .create)
        defer { store.close() }
        let settings = FoldSettings(prefix: "AWS_", organization: nil, directory: Self.directory)
        try await append([try NewEntry(kind: .ledgerConfigured, key: nil, body: EntryJSON.encode(settings))], to: store)
        let now = SystemSource.microseconds() * 1_000 - 3_600_000_000_000
        for user in 0..<Self.usersPerGroup {
            try await append([try Self.bound(.user, "00u\(user)", "U\(user)")], to: store)
        }
        for group in 0..<groups {
            try await append([try Self.bound(.group, "00g\(group)", "G\(group)")], to: store)
            let deliveries = stride(from: 0, to: Self.usersPerGroup, by: 500).map { first in
                Self.delivery(users: first..<first + 500, group: group, present: true, published: now)
            }
            try await append(deliveries, to: store)
            try await append(try Self.applied(group, users: 0..<Self.usersPerGroup, present: true), to: store)
        }
        let projection = try Projection(store)
        while try projection.follow().folded > 0 {}
    }

    private func append(_ entries: [NewEntry], to store: Store) async throws {
        for entry in entries { _ = try await store.append(entry) }
    }

    private static func bound(_ subject: ObservationBody.Subject, _ id: String, _ place: String) throws -> NewEntry {
        let body = ObservationBody(subject: subject, id: id, finding: .bound, directoryID: place, detail: "made up")
        return NewEntry(kind: .scimObservation, key: nil, body: try EntryJSON.encode(body))
    }

    /// One delivery that tells of some users of a group.
    static func delivery(users: Range<Int>, group: Int, present: Bool, published: Int64) -> NewEntry {
        let time = Instant(nanoseconds: published).text
        let events = users.map { user in
            """
            {"uuid":"\(group)-\(user)-\(published)","published":"\(time)","outcome":{"result":"SUCCESS"},\
            "eventType":"group.user_membership.\(present ? "add" : "remove")","target":[\
            {"id":"00u\(user)","type":"User","alternateId":"u\(user)@example.com","displayName":"User \(user)"},\
            {"id":"00g\(group)","type":"UserGroup","alternateId":"unknown","displayName":"AWS_\(group)"}]}
            """
        }
        let id = "\(group)-\(users.lowerBound)-\(published)"
        let body = #"{"eventId":"\#(id)","data":{"events":[\#(events.joined(separator: ","))]}}"#
        return NewEntry(kind: .oktaDelivery, key: EntryKey(id), body: Array(body.utf8))
    }

    /// The requests, with their answers, that made some users of a group members of it or ended that.
    static func applied(_ group: Int, users: Range<Int>, present: Bool) throws -> [NewEntry] {
        try stride(from: users.lowerBound, to: users.upperBound, by: 100).flatMap { first in
            let attempt = AttemptBody(
                id: "\(group)-\(first)-\(present)",
                group: "00g\(group)",
                directoryGroup: "G\(group)",
                changes: (first..<min(first + 100, users.upperBound)).map {
                    .init(user: "00u\($0)", member: "U\($0)", present: present)
                },
                method: "PATCH",
                path: "/Groups/G\(group)",
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
