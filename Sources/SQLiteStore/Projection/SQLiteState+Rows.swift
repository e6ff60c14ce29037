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
            directory: row["directory"],
            confirm: (row["confirm"] as String?).flatMap(FoldSettings.Confirm.init(rawValue:))
        )
        control.knownDirectory = row["known_directory"]
        control.paused = row["paused"]
        control.pausedAt = row["paused_at"]
        control.trouble = DirectoryTrouble(row)
        control.harm = row["harm"]
        control.provedDialect = row["proved_dialect"]
        control.provedAt = row["proved_at"]
        control.lastRecordedAt = row["last_recorded_at"]
        return control
    }

    func write(_ control: ControlState) throws {
        try run(
            """
            UPDATE \(schema.table("control"))
            SET prefix = ?, organization = ?, directory = ?, known_directory = ?, paused = ?, paused_at = ?,
                trouble = ?, trouble_detail = ?, trouble_since = ?, trouble_until = ?, harm = ?,
                proved_dialect = ?, proved_at = ?, last_recorded_at = ?, confirm = ?
            """,
            [
                control.settings.prefix, control.settings.organization, control.settings.directory,
                control.knownDirectory, control.paused, control.pausedAt,
                control.trouble?.kind.rawValue, control.trouble?.detail, control.trouble?.since, control.trouble?.until,
                control.harm, control.provedDialect, control.provedAt, control.lastRecordedAt,
                control.settings.confirm?.rawValue,
            ]
        )
    }

    func readPair(_ id: PairID) throws -> PairState? {
        try statement(.pair).first {
            $0.add(id.group)
            $0.add(id.user)
        } _: {
            PairState(row: &$0)
        }
    }

    func write(_ pair: PairState, _ id: PairID) throws {
        try statement(.savePair).run {
            $0.add(id.group)
            $0.add(id.user)
            $0.add(pair.own)
            $0.add(pair.decision)
            $0.add(pair.applied?.rawValue)
            $0.add(pair.appliedAt)
            $0.add(pair.appliedBefore?.rawValue)
            $0.add(pair.openAttempt)
            $0.add(pair.batchLimit.map(Int64.init))
            $0.add(Int64(pair.refusals))
            $0.add(pair.retryAt)
            $0.add(pair.waitReason)
            $0.add(pair.released)
            $0.add(pair.named)
            $0.add(pair.differs)
        }
    }

    func readGroup(_ id: String) throws -> GroupState? {
        try statement(.group).first {
            $0.add(id)
        } _: {
            GroupState(row: &$0)
        }
    }

    func write(_ group: GroupState, _ id: String) throws {
        try statement(.saveGroup).run {
            $0.add(id)
            $0.add(group.name)
            $0.add(group.naming)
            $0.add(group.deletion)
            $0.add(group.inScope)
            $0.add(group.binding)
            $0.add(group.openAttempt)
            $0.add(Int64(group.failures))
            $0.add(group.retryAt)
            $0.add(group.waitReason)
            $0.add(group.hold)
            $0.add(group.baseline)
        }
    }

    func readUser(_ id: String) throws -> UserState? {
        try statement(.user).first {
            $0.add(id)
        } _: {
            UserState(row: &$0)
        }
    }

    func write(_ user: UserState, _ id: String) throws {
        try statement(.saveUser).run {
            $0.add(id)
            $0.add(user.login)
            $0.add(user.displayName)
            $0.add(user.naming)
            $0.add(user.binding)
            $0.add(user.told)
        }
    }

    func marks(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }
}

extension DirectoryTrouble {
    fileprivate init?(_ row: Row) {
        let (kind, since) = ((row["trouble"] as String?).flatMap(Kind.init(rawValue:)), row["trouble_since"] as Int64?)
        guard let kind, let since else { return nil }
        self.init(kind: kind, detail: row["trouble_detail"], since: since, until: row["trouble_until"])
    }
}

extension PlainArguments {
    fileprivate mutating func add(_ order: EventOrder?) {
        guard let order else { return addNull(4) }
        add(order.published.nanoseconds)
        add(order.ticks)
        add(order.removes)
        add(order.uuid)
    }

    fileprivate mutating func add(_ decision: Decision?) {
        add(decision?.order)
        add(decision?.position)
        add(decision?.tie?.rawValue)
    }

    fileprivate mutating func add(_ baseline: Baseline?) {
        add(baseline?.order.published.nanoseconds)
        add(baseline?.order.uuid)
        add(baseline?.position)
        add(baseline?.name)
        if let baseline { add(baseline.exists) } else { addNull(1) }
        add(baseline?.askedAt)
    }

    fileprivate mutating func add(_ told: ToldUser?) {
        add(told?.order.published.nanoseconds)
        add(told?.order.uuid)
        add(told?.login)
        add(told?.displayName)
        add(told?.status)
    }

    fileprivate mutating func add(_ binding: Binding?) {
        add(binding?.finding.rawValue)
        add(binding?.directoryID)
        add(binding?.detail)
        add(binding?.at)
    }
}

extension PairState {
    /// A pair read back; the columns in the order of the table.
    fileprivate init(row: inout PlainRow) {
        self.init()
        row.skip(2)
        own = Decision(row: &row)
        decision = Decision(row: &row)
        applied = row.text().flatMap(Applied.init(rawValue:))
        appliedAt = row.number()
        appliedBefore = row.text().flatMap(Applied.init(rawValue:))
        openAttempt = row.text()
        batchLimit = row.number().map(Int.init)
        refusals = row.number().map(Int.init) ?? 0
        retryAt = row.number()
        waitReason = row.text()
        released = row.number()
        named = row.number()
    }
}

extension GroupState {
    /// A group read back; the columns in the order of the table.
    fileprivate init(row: inout PlainRow) {
        self.init()
        row.skip(1)
        name = row.text()
        naming = EventOrder(row: &row)
        deletion = Decision(row: &row)
        inScope = row.flag()
        binding = Binding(row: &row)
        openAttempt = row.text()
        failures = row.number().map(Int.init) ?? 0
        retryAt = row.number()
        waitReason = row.text()
        hold = row.number()
        baseline = Baseline(row: &row)
    }
}

extension UserState {
    /// A user read back; the columns in the order of the table.
    fileprivate init(row: inout PlainRow) {
        self.init()
        row.skip(1)
        login = row.text()
        displayName = row.text()
        naming = EventOrder(row: &row)
        binding = Binding(row: &row)
        told = ToldUser(row: &row)
    }
}

extension EventOrder {
    fileprivate init?(row: inout PlainRow) {
        let (published, ticks, removes, uuid) = (row.number(), row.number(), row.flag(), row.text())
        guard let published, let ticks, let uuid else { return nil }
        self.init(published: Instant(nanoseconds: published), ticks: ticks, removes: removes, uuid: uuid)
    }
}

extension Decision {
    fileprivate init?(row: inout PlainRow) {
        let (order, position, tie) = (EventOrder(row: &row), row.number(), row.text())
        guard let order, let position else { return nil }
        self.init(order: order, position: position, tie: tie.flatMap(TieBreak.init(rawValue:)))
    }
}

extension Binding {
    fileprivate init?(row: inout PlainRow) {
        let (finding, directoryID, detail, at) = (row.text(), row.text(), row.text(), row.number())
        guard let finding = finding.flatMap(Finding.init(rawValue:)), let at else { return nil }
        self.init(finding: finding, directoryID: directoryID, detail: detail, at: at)
    }
}

extension Baseline {
    fileprivate init?(row: inout PlainRow) {
        let (instant, uuid, position) = (row.number(), row.text(), row.number())
        let (name, exists, askedAt) = (row.text(), row.flag(), row.number())
        guard let instant, let uuid, let position, let askedAt else { return nil }
        let order = EventOrder.baseline(at: Instant(nanoseconds: instant), of: uuid)
        self.init(order: order, position: position, name: name, exists: exists, askedAt: askedAt)
    }
}

extension ToldUser {
    fileprivate init?(row: inout PlainRow) {
        let (instant, uuid) = (row.number(), row.text())
        let (login, name, status) = (row.text(), row.text(), row.text())
        guard let instant, let uuid else { return nil }
        let order = EventOrder.baseline(at: Instant(nanoseconds: instant), of: uuid)
        self.init(order: order, login: login, displayName: name, status: status)
    }
}
