/// The statements that a fold runs for every event.
enum FrequentStatement: Int, CaseIterable {
    case eventsOfUuid, standingOfUuid, eventAtPlace, saveEvent
    case pair, savePair
    case group, saveGroup
    case user, saveUser

    func sql(_ schema: ProjectionSchema) -> String {
        switch self {
        case .eventsOfUuid:
            "SELECT * FROM \(schema.table("event")) WHERE uuid = ? ORDER BY position, ordinal"
        case .standingOfUuid:
            "SELECT * FROM \(schema.table("event")) WHERE uuid = ? AND state <> 'duplicate' ORDER BY position, ordinal LIMIT 1"
        case .eventAtPlace:
            "SELECT * FROM \(schema.table("event")) WHERE position = ? AND ordinal = ? AND uuid = ?"
        case .saveEvent: save("event", columns: 20, schema)
        case .pair: "SELECT * FROM \(schema.table("pair")) WHERE group_id = ? AND user_id = ?"
        case .savePair: save("pair", columns: 25, schema)
        case .group: "SELECT * FROM \(schema.table("group")) WHERE group_id = ?"
        case .saveGroup: save("group", columns: 28, schema)
        case .user: "SELECT * FROM \(schema.table("user")) WHERE user_id = ?"
        case .saveUser: save("user", columns: 16, schema)
        }
    }

    private func save(_ table: String, columns: Int, _ schema: ProjectionSchema) -> String {
        let marks = Array(repeating: "?", count: columns).joined(separator: ", ")
        return "INSERT OR REPLACE INTO \(schema.table(table)) VALUES (\(marks))"
    }
}
