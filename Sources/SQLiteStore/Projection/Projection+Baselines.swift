import GRDB
import Projector

/// Which of the groups in scope have a baseline.
public struct BaselineCoverage: Codable, Hashable, Sendable {
    /// Groups in scope.
    public var groupsInScope = 0
    /// As of when the earliest of their baselines holds, in nanoseconds since 1970 on Okta's clock.
    public var earliest: Int64?
    /// When Okta was asked for each of them, in microseconds since 1970 on our clock, in order.
    public var askedAt: [Int64] = []

    /// No group.
    public init() {}

    /// How many of them were read after a time, in microseconds since 1970 on our clock.
    public func groups(readAfter time: Int64) -> Int { askedAt.count { $0 >= time } }
}

extension Projection {
    /// Which of the groups in scope have a baseline.
    /// - Throws: the error of SQLite, or `ProjectionError.missing`.
    public func baselines() throws -> BaselineCoverage {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT baseline_ns, baseline_asked_at FROM \(schema.table("group")) WHERE in_scope"
            )
            var coverage = BaselineCoverage()
            coverage.groupsInScope = rows.count
            coverage.earliest = rows.compactMap { $0["baseline_ns"] as Int64? }.min()
            coverage.askedAt = rows.compactMap { $0["baseline_asked_at"] as Int64? }.sorted()
            return coverage
        }
    }

    /// The groups that a baseline is to read: those in scope by what the ledger knows, and those that will be once it knows
    /// what they are called now.
    /// - Parameter names: the names of Okta's groups, by id.
    /// - Returns: their ids, ordered as bytes.
    /// - Throws: the error of SQLite, or `ProjectionError.missing`.
    public func groupsToRead(named names: [String: String]) throws -> [String] {
        try store.read { db in
            guard let schema = try Self.live(db) else { throw ProjectionError.missing }
            let state = SQLiteState(db, schema: schema)
            let settings = try state.control.settings
            var chosen = Set(try SQLiteDifference(state: state).groupsInScope())
            for (id, name) in names {
                var group = try state.group(id)
                group.name = name
                if Scope.includes(group, settings: settings) { chosen.insert(id) }
            }
            return chosen.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }
}
