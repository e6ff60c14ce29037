import Foundation
import GRDB
import Ledger
import Okta
public import Projector

/// An event, and by which ways it came.
public struct Sighting: Hashable, Sendable {
    /// Its uuid.
    public let uuid: String
    /// Its type.
    public let type: String
    /// When it happened, in nanoseconds since 1970 on Okta's clock.
    public let published: Int64
    /// The name of its group, if it has one.
    public let group: String?
    /// The login of its user, if it has one.
    public let user: String?
    /// Whether a delivery brought it.
    public let byHook: Bool
    /// Whether the System Log told it.
    public let byLog: Bool
    /// Whether its copies say different things.
    public let differs: Bool
    /// Position of the System Log's copy.
    public let logPosition: Int64?
}

extension Projection {
    /// Visits the events of some types that were published in a span, each once, in their order.
    /// - Parameters:
    ///   - types: the event types.
    ///   - from: the first instant, in microseconds since 1970.
    ///   - until: the instant after the last.
    ///   - visit: told each event.
    /// - Throws: what `visit` throws, the error of SQLite, or `ProjectionError.missing`.
    public func sightings(
        of types: [String],
        from: Int64,
        until: Int64,
        _ visit: (Sighting) throws -> Void
    ) throws {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            // Copies are recorded after the event, a wrong clock set aside: so the old part of a log is not read.
            let first = try Self.position(db, recordedFrom: from - 3_600_000_000)
            let marks = Array(repeating: "?", count: types.count).joined(separator: ", ")
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT uuid, min(event_type) AS event_type, min(published_ns) AS published_ns,
                        max(group_name) AS group_name, max(user_login) AS user_login, max(source = 'hook') AS hook,
                        max(source = 'log') AS log, max(differs) AS differs,
                        max(CASE source WHEN 'log' THEN position END) AS log_position
                    FROM \(schema.table("event"))
                    WHERE position >= ? AND uuid IS NOT NULL AND published_ns >= ? AND published_ns < ?
                        AND event_type IN (\(marks))
                    GROUP BY uuid ORDER BY min(published_ns), uuid
                    """,
                arguments: StatementArguments([first, Self.nanoseconds(from), Self.nanoseconds(until)])
                    + StatementArguments(types)
            )
            while let row = try rows.next() { try visit(Sighting(row: row)) }
        }
    }

    /// What the hook has missed and a backfill has brought.
    public struct Missed: Codable, Hashable, Sendable {
        /// Events that count and came by the System Log only, published at or after a time.
        public var events = 0
        /// How many of them were published while nobody listened.
        public var whileNotListening = 0
    }

    /// What the hook has missed since a time, or since the ledger first listened if that is later.
    /// - Parameters:
    ///   - from: microseconds since 1970.
    ///   - until: the instant after the last.
    /// - Returns: how many events.
    /// - Complexity: the events that were published since then.
    /// - Throws: the error of SQLite, or `ProjectionError.missing`.
    public func missed(from: Int64, until: Int64) throws -> Missed {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            let tables = ViewTables(schema)
            var missed = Missed()
            guard let first = try Int64.fetchOne(db, sql: "SELECT min(from_at) FROM \(tables.span)") else {
                return missed
            }
            let from = max(from, first)
            missed.events =
                try Int.fetchOne(
                    db,
                    sql: "SELECT \(Views.missed(tables, from: "?1", until: "?2"))",
                    arguments: [from, until]
                ) ?? 0
            missed.whileNotListening =
                try Int.fetchOne(
                    db,
                    sql: """
                        SELECT coalesce(sum(\(Views.missed(tables, from: "max(l.from_at, ?1)", until: "l.until_at"))), 0)
                        FROM listening AS l WHERE l.state = 'gap' AND l.until_at > ?1
                        """,
                    arguments: [from]
                ) ?? 0
            return missed
        }
    }

    /// The last `okta.cursor` entry that can be read.
    /// - Throws: the error of SQLite.
    public func lastCursor() throws -> CursorBody? {
        try store.read { db in
            let bodies = try Data.fetchCursor(
                db,
                sql: """
                    SELECT bytes FROM entry JOIN body USING (position) WHERE kind = 'okta.cursor' AND key IS NULL
                    ORDER BY position DESC
                    """
            )
            return try bodies.compactMap { try? JSONDecoder().decode(CursorBody.self, from: $0) }.next()
        }
    }

    /// The ids of the hooks that made the last deliveries.
    /// - Throws: the error of SQLite.
    public func hookIDs(ofLast deliveries: Int) throws -> Set<String> {
        try store.read { db in
            let bodies = try Data.fetchAll(
                db,
                sql: """
                    SELECT bytes FROM entry JOIN body USING (position) WHERE kind = 'okta.delivery'
                    ORDER BY position DESC LIMIT ?
                    """,
                arguments: [deliveries]
            )
            return Set(bodies.compactMap { (try? Delivery(parsing: Array($0)))?.hookID })
        }
    }

    /// The first position that was recorded at a time or later: times never go backwards, so halving finds it.
    private static func position(_ db: Database, recordedFrom time: Int64) throws -> Int64 {
        var low: Int64 = 0
        var high = try Int64.fetchOne(db, sql: "SELECT coalesce(max(position) + 1, 0) FROM entry") ?? 0
        while low < high {
            let middle = (low + high) / 2
            let sql = "SELECT recorded_at FROM entry WHERE position = ?"
            if try Int64.fetchOne(db, sql: sql, arguments: [middle]) ?? 0 < time {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private static func nanoseconds(_ microseconds: Int64) -> Int64 {
        let (value, overflows) = microseconds.multipliedReportingOverflow(by: 1_000)
        return overflows ? (microseconds < 0 ? .min : .max) : value
    }
}

extension Sighting {
    fileprivate init(row: Row) {
        uuid = row["uuid"]
        type = row["event_type"] ?? ""
        published = row["published_ns"] ?? 0
        group = row["group_name"]
        user = row["user_login"]
        byHook = row["hook"]
        byLog = row["log"]
        differs = row["differs"]
        logPosition = row["log_position"]
    }
}
