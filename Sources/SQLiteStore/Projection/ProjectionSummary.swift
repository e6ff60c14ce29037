import GRDB
public import Projector

extension Projection {
    /// Figures of the whole ledger, for status.
    public struct Summary: Codable, Hashable, Sendable {
        /// Entries in the log.
        public var entries: Int64 = 0
        /// Entries folded.
        public var folded: Int64 = 0
        /// Groups known, and those in scope.
        public var groups = 0
        /// Groups in scope.
        public var groupsInScope = 0
        /// Pairs known.
        public var pairs = 0
        /// Pairs in scope whose desired state is not known to be in force.
        public var pending = 0
        /// Pairs in scope that are to be removed and are not known to be.
        public var pendingRemovals = 0
        /// Events held.
        public var held = 0
        /// Things that could not be read.
        public var unreadable = 0
        /// Copies of events that say something else than the one that counts.
        public var conflicts = 0
        /// Attempts whose outcome was never learned.
        public var openAttempts = 0
        /// What may need a person.
        public var concerns = Concerns()
        /// What pending pairs wait for, in the order of the reasons.
        public var waiting: [Waiting] = []
    }

    /// Pending pairs that wait for one reason.
    public struct Waiting: Codable, Hashable, Sendable {
        /// What for.
        public let reason: String
        /// How many.
        public let pairs: Int
        /// How many of them are removals.
        public let removals: Int
        /// When the oldest of them was decided (UTC).
        public let oldest: String?
        /// When the first of them is tried next (UTC); nothing where that depends on something else.
        public let next: String?
    }

    /// The figures now.
    /// - Throws: the error of SQLite, or `ProjectionError.missing`.
    public func summary() throws -> Summary {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            func number(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
            let events = schema.table("event")
            var summary = Summary()
            summary.entries = try Int64.fetchOne(db, sql: "SELECT coalesce(max(position) + 1, 0) FROM entry") ?? 0
            summary.folded = try Self.cursor(db)
            summary.groups = try number("SELECT count(*) FROM \(schema.table("group"))")
            summary.groupsInScope = try number("SELECT count(*) FROM \(schema.table("group")) WHERE in_scope")
            summary.pairs = try number("SELECT count(*) FROM \(schema.table("pair"))")
            summary.held = try number("SELECT count(*) FROM \(events) WHERE state = 'held'")
            summary.unreadable = try number("SELECT count(*) FROM \(events) WHERE state = 'unreadable'")
            summary.conflicts = try number("SELECT count(*) FROM \(events) WHERE differs")
            summary.openAttempts = try number("SELECT count(*) FROM \(schema.table("attempt")) WHERE ended_at IS NULL")
            summary.concerns = try Concerns(db, schema)
            summary.waiting = try Row.fetchAll(
                db,
                sql: """
                    SELECT coalesce(reason, 'due') AS reason, count(*) AS pairs, sum(desired = 'absent') AS removals,
                        min(since_utc) AS oldest, min(next_at_utc) AS next FROM pending GROUP BY 1 ORDER BY 1
                    """
            ).map { row in
                Waiting(
                    reason: row["reason"],
                    pairs: row["pairs"],
                    removals: row["removals"],
                    oldest: row["oldest"],
                    next: row["next"]
                )
            }
            summary.pending = summary.waiting.map(\.pairs).reduce(0, +)
            summary.pendingRemovals = summary.waiting.map(\.removals).reduce(0, +)
            return summary
        }
    }

    /// The spans in which nobody listened and that no backfill has covered, in order, and since when anything is known.
    /// - Throws: the error of SQLite, or `ProjectionError.missing`.
    public func coverage() throws -> (since: Int64?, listening: [ListeningSpan], gaps: [Gap]) {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            let covered = try SQLiteState(db, schema: schema).coveredSpans()
            let listening = try Row.fetchAll(db, sql: "SELECT * FROM \(schema.table("span")) ORDER BY position")
                .map(ListeningSpan.init(row:))
            let since = (covered.prefix(1).map(\.from) + listening.prefix(1).map(\.from)).min()
            return (since, listening, Gap.open(listening: listening, covered: covered))
        }
    }
}

extension ListeningSpan {
    /// A span read back.
    init(row: Row) {
        self.init(position: row["position"], from: row["from_at"])
        until = row["until_at"]
        stoppedCleanly = row["clean"]
    }
}
