import Projector

/// Rows that were read or changed: read once, written once.
struct RowCache<Value: EmptyByDefault> {
    private var rows: [String: (value: Value, isChanged: Bool)] = [:]

    var count: Int { rows.count }

    mutating func value(_ key: String, read: () throws -> Value?) rethrows -> Value {
        if let row = rows[key] { return row.value }
        let value = try read() ?? Value()
        rows[key] = (value, false)
        return value
    }

    mutating func set(_ value: Value, _ key: String) { rows[key] = (value, true) }

    func isChanged(_ key: String) -> Bool { rows[key]?.isChanged ?? false }

    var changedKeys: [String] { rows.compactMap { $0.value.isChanged ? $0.key : nil } }

    /// The changed rows in the order of their keys, which keeps a tree's pages together; they count as written then.
    mutating func takeChanges() -> [(key: String, value: Value)] {
        let keys = changedKeys.sorted()
        return keys.compactMap { key in
            rows[key]?.isChanged = false
            return rows[key].map { (key, $0.value) }
        }
    }

    mutating func removeAll() { rows.removeAll() }
}

/// Pairs that were read or changed, by group.
struct PairCache {
    private var groups: [String: RowCache<PairState>] = [:]
    private(set) var count = 0

    mutating func value(_ id: PairID, read: () throws -> PairState?) rethrows -> PairState {
        try change(id.group) { try $0.value(id.user, read: read) }
    }

    mutating func set(_ value: PairState, _ id: PairID) { change(id.group) { $0.set(value, id.user) } }

    /// The users whose pair with a group is changed and not written yet.
    func changedUsers(ofGroup group: String) -> [String] { groups[group]?.changedKeys ?? [] }

    /// The groups whose pair with a user is changed and not written yet.
    func changedGroups(ofUser user: String) -> [String] {
        groups.compactMap { $0.value.isChanged(user) ? $0.key : nil }
    }

    /// The changed rows of each group, in the order of their keys; they count as written then.
    mutating func takeChanges() -> [(group: String, pairs: [(key: String, value: PairState)])] {
        groups.keys.sorted().map { group in (group, change(group) { $0.takeChanges() }) }
    }

    mutating func removeAll() {
        groups.removeAll()
        count = 0
    }

    private mutating func change<Result>(
        _ group: String,
        _ body: (inout RowCache<PairState>) throws -> Result
    ) rethrows -> Result {
        let before = groups[group]?.count ?? 0
        defer { count += (groups[group]?.count ?? 0) - before }
        return try body(&groups[group, default: RowCache()])
    }
}

/// A row that is as good as absent while nothing is known.
protocol EmptyByDefault {
    init()
}

extension PairState: EmptyByDefault {}
extension GroupState: EmptyByDefault {}
extension UserState: EmptyByDefault {}
