import Foundation
import GRDB
import Ledger
import Okta
import Projector
import Synchronization

@testable import SQLiteStore

/// A ledger on disk whose time is set by hand and whose entries are folded as they come.
final class ViewsLedger: Sendable {
    let store: Store
    let projection: Projection
    private let now: Now
    private let folder: URL

    private final class Now: Sendable {
        let microseconds = Mutex<Int64>(0)
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "views-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let now = Now()
        store = try Store.open(
            folder.appending(path: "ledger.db").path,
            mode: .create,
            clock: { now.microseconds.withLock { $0 } },
            salt: { [UInt8](repeating: 7, count: 16) }
        )
        self.now = now
        projection = try Projection(store)
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Sets the clock of the ledger.
    func clock(_ text: String) throws {
        guard let instant = Instant(rfc3339: text) else { throw StoryError.time(text) }
        now.microseconds.withLock { $0 = instant.nanoseconds / 1_000 }
    }

    @discardableResult
    func append(_ kind: Kind, key: String? = nil, _ body: [UInt8]) async throws -> Int64 {
        let entry = NewEntry(
            kind: kind,
            key: key.map { EntryKey($0) },
            body: body,
            onCollision: .duplicateIfSameBytesElseNumber
        )
        return try await store.append(entry).position
    }

    /// Appends an entry of our own.
    func note(_ kind: Kind, key: String? = nil, _ body: some Encodable) async throws {
        try await append(kind, key: key, Array(try JSONEncoder().encode(body)))
    }

    /// Receives one delivery.
    @discardableResult
    func deliver(_ id: String, from host: String = "acme.okta.com", _ events: [OktaEvent]) async throws -> Int64 {
        let envelope: [String: Any] = [
            "eventType": "com.okta.event_hook", "eventId": id, "source": "https://\(host)/api/v1/eventHooks/who1",
            "data": ["events": events.map(\.json)],
        ]
        let body = Array(try JSONSerialization.data(withJSONObject: envelope, options: .sortedKeys))
        return try await append(.oktaDelivery, key: id, body)
    }

    func fold() throws {
        var step = try projection.follow()
        while step.folded > 0 {
            if step.needsRebuild { try projection.rebuild() }
            step = try projection.follow()
        }
    }

    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try store.read { db in try Row.fetchAll(db, sql: sql, arguments: arguments) }
    }

    func texts(_ sql: String, _ arguments: StatementArguments = []) throws -> [String] {
        try rows(sql, arguments).map { row in
            row.databaseValues.map { $0.isNull ? "-" : String.fromDatabaseValue($0) ?? "\($0)" }.joined(separator: " ")
        }
    }
}

enum StoryError: Error {
    case time(String)
}

/// One event as Okta's System Log writes it.
struct OktaEvent {
    var uuid: String
    var published: String
    var type: String
    var user: String?
    var group: String?
    var outcome = "SUCCESS"

    static func add(_ user: String, _ group: String, _ published: String, _ uuid: String) -> OktaEvent {
        OktaEvent(uuid: uuid, published: published, type: "group.user_membership.add", user: user, group: group)
    }

    static func remove(_ user: String, _ group: String, _ published: String, _ uuid: String) -> OktaEvent {
        OktaEvent(uuid: uuid, published: published, type: "group.user_membership.remove", user: user, group: group)
    }

    var json: [String: Any] {
        var targets: [[String: Any]] = []
        if let user {
            targets.append([
                "id": "00u-\(user)", "type": "User", "alternateId": "\(user)@example.com",
                "displayName": user.capitalized,
            ])
        }
        if let group {
            targets.append(["id": "00g-\(group)", "type": "UserGroup", "alternateId": "unknown", "displayName": group])
        }
        return [
            "uuid": uuid, "published": published, "eventType": type, "outcome": ["result": outcome],
            "actor": [
                "id": "00u-admin", "type": "User", "alternateId": "admin@example.com", "displayName": "Admin",
            ],
            "target": targets,
        ]
    }
}
