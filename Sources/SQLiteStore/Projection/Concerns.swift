import GRDB
public import Projector

extension Projection {
    /// What may need a person. Costs what is pending, not what is known, so it can be asked for again and again.
    public struct Concerns: Codable, Hashable, Sendable {
        /// A removal that is not known to be applied.
        public struct Removal: Codable, Hashable, Sendable {
            /// Okta group id.
            public let group: String
            /// The group's latest name.
            public let groupName: String?
            /// Okta user id.
            public let user: String
            /// The user's latest login.
            public let login: String?
            /// What it waits for.
            public let reason: String?
            /// When what decides it was recorded, in microseconds since 1970.
            public let since: Int64
            /// The same (UTC).
            public let sinceUTC: String?

            /// A removal.
            public init(
                group: String,
                groupName: String?,
                user: String,
                login: String?,
                reason: String?,
                since: Int64,
                sinceUTC: String?
            ) {
                self.group = group
                self.groupName = groupName
                self.user = user
                self.login = login
                self.reason = reason
                self.since = since
                self.sinceUTC = sinceUTC
            }
        }

        /// The removal that has waited longest.
        public var oldestRemoval: Removal?
        /// What is known against the directory as a whole.
        public var directory: DirectoryTrouble?
        /// Why nothing is sent.
        public var paused: String?
        /// Since when, in microseconds since 1970.
        public var pausedSince: Int64?
        /// What the directory was seen to do that it must not.
        public var harm: String?
        /// When it was seen.
        public var harmSince: Int64?

        /// The holds of the brake, by the names that `ledger approve` takes.
        public var holds: [String] = []
        /// Since when the first of them holds, in microseconds since 1970.
        public var heldSince: Int64?

        /// Nothing that needs anybody.
        public init() {}
    }

    /// What may need a person now.
    /// - Throws: the error of SQLite, or `ProjectionError.missing`.
    public func concerns() throws -> Concerns {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            return try Concerns(db, schema)
        }
    }
}

extension Projection.Concerns {
    init(_ db: Database, _ schema: ProjectionSchema) throws {
        let control = try SQLiteState(db, schema: schema).control
        harm = control.harm
        harmSince = control.harm == nil ? nil : control.provedAt
        paused = control.paused
        pausedSince = control.pausedAt
        directory = control.trouble
        let open = try Row.fetchAll(
            db,
            sql: "SELECT DISTINCT hold, held_at FROM hold WHERE ended_at IS NULL ORDER BY held_at, position"
        )
        holds = open.map { $0["hold"] }
        heldSince = open.first?["held_at"]
        oldestRemoval = try Row.fetchOne(
            db,
            sql: """
                SELECT group_id, group_name, user_id, user_login, reason, since, since_utc FROM pending
                WHERE desired = 'absent' AND since IS NOT NULL ORDER BY since, group_id, user_id LIMIT 1
                """
        ).map { row in
            Removal(
                group: row["group_id"],
                groupName: row["group_name"],
                user: row["user_id"],
                login: row["user_login"],
                reason: row["reason"],
                since: row["since"],
                sinceUTC: row["since_utc"]
            )
        }
    }
}
