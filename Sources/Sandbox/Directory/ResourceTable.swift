/// What users and groups have in common: an id, and keys that no two of them may share.
protocol Resource: Sendable {
    var id: String { get }
    /// The keys that must be unique, each marked with its attribute.
    var uniqueKeys: [UniqueKey] { get }
}

/// One value that no two resources of a kind may share.
struct UniqueKey: Hashable, Sendable {
    let attribute: String
    let value: String
}

/// Resources by id, by unique key, and in the order of their creation.
struct ResourceTable<Row: Resource>: Sendable {
    private var rows: [String: Row] = [:]
    private var ids: [UniqueKey: String] = [:]
    /// Ids in order of creation. A deleted one stays, so that a place in the order keeps its meaning for cursors.
    private var order: [String] = []

    var count: Int { rows.count }

    /// All rows in order of creation.
    var all: [Row] { order.compactMap { rows[$0] } }

    subscript(id: String) -> Row? { rows[id] }

    /// The row that has this unique key.
    func row(having key: UniqueKey) -> Row? {
        ids[key].flatMap { rows[$0] }
    }

    /// Puts a new or changed row in; refused if another row has one of its unique keys.
    mutating func put(_ row: Row) throws(Refusal) {
        let keys = row.uniqueKeys
        guard keys.allSatisfy({ ids[$0] == nil || ids[$0] == row.id }) else { throw .duplicate }
        if let old = rows[row.id] {
            for key in old.uniqueKeys { ids[key] = nil }
        } else {
            order.append(row.id)
        }
        for key in keys { ids[key] = row.id }
        rows[row.id] = row
    }

    /// Changes members only, which are no unique keys.
    mutating func update(_ id: String, _ change: (inout Row) -> Void) {
        guard var row = rows.removeValue(forKey: id) else { return }
        change(&row)
        rows[id] = row
    }

    mutating func remove(_ id: String) {
        guard let row = rows.removeValue(forKey: id) else { return }
        for key in row.uniqueKeys { ids[key] = nil }
    }

    /// Up to `limit` rows that pass, from a place in the order on, and the place where the next page begins.
    func page(from start: Int, limit: Int, where passes: (Row) -> Bool) -> (rows: [Row], next: Int?) {
        var page: [Row] = []
        var place = max(0, start)
        while place < order.count {
            if let row = rows[order[place]], passes(row) {
                if page.count == limit { return (page, place) }
                page.append(row)
            }
            place += 1
        }
        return (page, nil)
    }
}
