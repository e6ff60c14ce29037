import GRDB
import Okta
import Projector

extension SQLiteState {
    func readControl() throws -> ControlState {
        var control = ControlState()
        guard let row = try row("SELECT * FROM \(schema.table("control"))", []) else { return control }
        control.settings = FoldSettings(
            prefix: row["prefix"],
            organization: row["organization"],
            directory: row["directory"]
        )
        control.knownDirectory = row["known_directory"]
        control.paused = row["paused"]
        control.lastRecordedAt = row["last_recorded_at"]
        return control
    }

    func readPair(_ id: PairID) throws -> PairState? {
        let sql = "SELECT * FROM \(schema.table("pair")) WHERE group_id = ? AND user_id = ?"
        return try row(sql, [id.group, id.user]).map(PairState.init(row:))
    }

    func write(_ pair: PairState, _ id: PairID) throws {
        try run(
            "INSERT OR REPLACE INTO \(schema.table("pair")) VALUES (\(marks(23)))",
            [id.group, id.user] + columns(pair.own) + columns(pair.decision) + [
                pair.applied?.rawValue, pair.appliedAt, pair.appliedBefore?.rawValue, pair.openAttempt,
                pair.batchLimit, pair.refusals, pair.retryAt, pair.waitReason, pair.differs,
            ]
        )
    }

    func readGroup(_ id: String) throws -> GroupState? {
        try row("SELECT * FROM \(schema.table("group")) WHERE group_id = ?", [id]).map(GroupState.init(row:))
    }

    func write(_ group: GroupState, _ id: String) throws {
        try run(
            "INSERT OR REPLACE INTO \(schema.table("group")) VALUES (\(marks(21)))",
            [id, group.name] + columns(group.naming) + columns(group.deletion) + [group.inScope]
                + columns(group.binding) + [group.openAttempt, group.failures, group.retryAt, group.waitReason]
        )
    }

    func readUser(_ id: String) throws -> UserState? {
        try row("SELECT * FROM \(schema.table("user")) WHERE user_id = ?", [id]).map(UserState.init(row:))
    }

    func write(_ user: UserState, _ id: String) throws {
        try run(
            "INSERT OR REPLACE INTO \(schema.table("user")) VALUES (\(marks(11)))",
            [id, user.login, user.displayName] + columns(user.naming) + columns(user.binding)
        )
    }

    private func columns(_ order: EventOrder?) -> [(any DatabaseValueConvertible)?] {
        [order?.published.nanoseconds, order?.ticks, order?.removes, order?.uuid]
    }

    private func columns(_ decision: Decision?) -> [(any DatabaseValueConvertible)?] {
        columns(decision?.order) + [decision?.position, decision?.tie?.rawValue]
    }

    private func columns(_ binding: Binding?) -> [(any DatabaseValueConvertible)?] {
        [binding?.finding.rawValue, binding?.directoryID, binding?.detail, binding?.at]
    }

    func marks(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }
}

extension PairState {
    /// A pair read back.
    init(row: Row) {
        self.init()
        own = Decision(row: row, prefix: "own_")
        decision = Decision(row: row, prefix: "")
        applied = (row["applied"] as String?).flatMap(Applied.init(rawValue:))
        appliedAt = row["applied_at"]
        appliedBefore = (row["applied_before"] as String?).flatMap(Applied.init(rawValue:))
        openAttempt = row["open_attempt"]
        batchLimit = row["batch_limit"]
        refusals = row["refusals"]
        retryAt = row["retry_at"]
        waitReason = row["wait_reason"]
    }
}

extension GroupState {
    /// A group read back.
    init(row: Row) {
        self.init()
        name = row["name"]
        naming = EventOrder(row: row, prefix: "naming_")
        deletion = Decision(row: row, prefix: "deletion_")
        inScope = row["in_scope"]
        binding = Binding(row: row)
        openAttempt = row["open_attempt"]
        failures = row["failures"]
        retryAt = row["retry_at"]
        waitReason = row["wait_reason"]
    }
}

extension UserState {
    /// A user read back.
    init(row: Row) {
        self.init()
        login = row["login"]
        displayName = row["display_name"]
        naming = EventOrder(row: row, prefix: "naming_")
        binding = Binding(row: row)
    }
}

extension EventOrder {
    fileprivate init?(row: Row, prefix: String) {
        guard let uuid = row["\(prefix)uuid"] as String?, let published = row["\(prefix)ns"] as Int64? else {
            return nil
        }
        self.init(
            published: Instant(nanoseconds: published),
            ticks: row["\(prefix)ticks"],
            removes: row["\(prefix)removes"],
            uuid: uuid
        )
    }
}

extension Decision {
    fileprivate init?(row: Row, prefix: String) {
        guard let order = EventOrder(row: row, prefix: prefix) else { return nil }
        let tie = (row["\(prefix)tie"] as String?).flatMap(TieBreak.init(rawValue:))
        self.init(order: order, position: row["\(prefix)position"], tie: tie)
    }
}

extension Binding {
    fileprivate init?(row: Row) {
        guard let finding = (row["finding"] as String?).flatMap(Finding.init(rawValue:)) else { return nil }
        self.init(
            finding: finding,
            directoryID: row["directory_id"],
            detail: row["binding_detail"],
            at: row["binding_at"]
        )
    }
}
