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
            /// When what decides it was first recorded, in microseconds since 1970.
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

        /// Events that only deliveries told and that a backfill should have told too: how many.
        public var unconfirmed = 0
        /// Their uuids, the first ten.
        public var unconfirmedEvents: [String] = []
        /// When the first of them was recorded, in microseconds since 1970.
        public var unconfirmedSince: Int64?

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
            sql: "SELECT position, at FROM \(schema.table("hold")) WHERE ended_at IS NULL ORDER BY at, position"
        )
        holds = open.map { HoldBody.name(at: $0["position"]) }
        heldSince = open.first?["at"]
        try count(unconfirmed: db)
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

extension Projection.Concerns {
    private mutating func count(unconfirmed db: Database) throws {
        let row = try Row.fetchOne(db, sql: "SELECT count(*) AS events, min(recorded_at) AS since FROM unconfirmed")
        unconfirmed = row?["events"] ?? 0
        unconfirmedSince = row?["since"]
        guard unconfirmed > 0 else { return }
        unconfirmedEvents = try String.fetchAll(
            db,
            sql: "SELECT event_uuid FROM unconfirmed ORDER BY position, ordinal LIMIT 10"
        )
    }
}

extension Projection {
    /// Whether an addition waits for its confirmation whose event was recorded at a time or later.
    /// - Complexity: the pairs that differ.
    /// - Throws: the error of SQLite, or `ProjectionError.missing`.
    public func awaitsConfirmation(recordedFrom time: Int64) throws -> Bool {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            let sql = """
                SELECT EXISTS (SELECT 1 FROM \(schema.table("pair")) AS p
                    JOIN \(schema.table("group")) AS g ON g.group_id = p.group_id
                    JOIN \(schema.table("control")) AS k
                WHERE p.differs AND g.in_scope AND \(Views.awaitsConfirmation(ViewTables(schema)))
                    AND (SELECT e.recorded_at FROM entry AS e WHERE e.position = p.position) >= ?)
                """
            return try Bool.fetchOne(db, sql: sql, arguments: [time]) ?? false
        }
    }
}
