import GRDB

/// The auditors' views: stable names and columns over the live generation of derived tables, documented column by
/// column in `docs/schema.md`.
///
/// They use only functions that are harmless in a schema that is not trusted, and none that fails on an odd body.
enum Views {
    /// Makes the views read the given generation. Leaves a view alone that does so already, because each change of
    /// the schema makes every other program prepare its statements anew.
    static func create(_ db: Database, reading schema: ProjectionSchema) throws {
        for (name, select) in definitions(schema) {
            let sql = "CREATE VIEW \(name) AS\n\(select)"
            let found = try String.fetchOne(
                db,
                sql: "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?",
                arguments: [name]
            )
            guard found != sql else { continue }
            try db.execute(sql: "DROP VIEW IF EXISTS \(name)")
            try db.execute(sql: sql)
        }
    }

    /// The name of each view and what it selects.
    static func definitions(_ schema: ProjectionSchema) -> [(name: String, select: String)] {
        let tables = ViewTables(schema)
        return [
            ("delivery", delivery(tables)),
            ("event", event(tables)),
            ("membership", membership(tables)),
            ("membership_history", membershipHistory(tables)),
            ("baseline", baseline(tables)),
            ("baseline_member", baselineMember(tables)),
            ("attempt", attempt(tables)),
            ("attempt_change", attemptChange(tables)),
            ("pending", pending(tables)),
            ("hold", hold(tables)),
            ("listening", listening(tables)),
            ("gap", gap(tables)),
            ("unconfirmed", unconfirmed(tables)),
            ("audit_trail", auditTrail(tables)),
        ]
    }
}

/// The derived tables that the views read, by their names in one generation.
struct ViewTables {
    let control, event, approval, pair, group, user, attempt, hold, holdPair, span, cover, told, note: String
    let baseline, baselineMember: String
    /// The index by which events are found by who told them and when.
    let eventSource: String

    init(_ schema: ProjectionSchema) {
        control = schema.table("control")
        event = schema.table("event")
        approval = schema.table("approval")
        pair = schema.table("pair")
        group = schema.table("group")
        user = schema.table("user")
        attempt = schema.table("attempt")
        hold = schema.table("hold")
        holdPair = schema.table("hold_pair")
        span = schema.table("span")
        cover = schema.table("cover")
        told = schema.table("told")
        note = schema.table("note")
        baseline = schema.table("baseline")
        baselineMember = schema.table("baseline_member")
        eventSource = schema.table("event_source")
    }
}
