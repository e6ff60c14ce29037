import GRDB
import Okta
import Projector

extension SQLiteState {
    /// Every copy of an event.
    func copies(of uuid: String) throws -> [JudgedCopy] {
        guard let directory else { return try copies(statement(.eventsOfUuid)) { $0.add(uuid) } }
        return try directory.places(of: uuid).compactMap { try copy(of: uuid, at: $0) }
    }

    /// The copy that stands for an event. The one recorded first is looked at first.
    func standing(for uuid: String) throws -> JudgedCopy? {
        guard let directory else {
            return try copies(statement(.standingOfUuid)) { $0.add(uuid) }.first
        }
        guard let place = directory.firstPlace(of: uuid) else { return nil }
        if let first = try copy(of: uuid, at: place), !first.isDuplicate { return first }
        return try copies(of: uuid).first { !$0.isDuplicate }
    }

    private func copy(of uuid: String, at place: EventPlace) throws -> JudgedCopy? {
        try copies(statement(.eventAtPlace)) {
            $0.add(place.position)
            $0.add(Int64(place.ordinal))
            $0.add(uuid)
        }.first
    }

    /// The copies that stand for events of a pair.
    func copies(group: String, user: String) throws -> [JudgedCopy] {
        try needIndexes()
        let sql = "SELECT * FROM \(schema.table("event")) WHERE group_id = ? AND user_id = ? AND state <> 'duplicate'"
        return try copies(PlainStatement(db, sql)) {
            $0.add(group)
            $0.add(user)
        }
    }

    /// The copies that stand for events that name a group.
    func copies(namingGroup group: String) throws -> [JudgedCopy] {
        try needIndexes()
        let sql = "SELECT * FROM \(schema.table("event")) WHERE group_id = ? AND state <> 'duplicate'"
        return try copies(PlainStatement(db, sql)) { $0.add(group) }
    }

    /// The copies that stand for events that name a user: those of the user alone, and those of the user's pairs.
    func copies(namingUser user: String) throws -> [JudgedCopy] {
        try needIndexes()
        try flushPairs()
        let event = schema.table("event")
        let sql = """
            SELECT * FROM \(event) WHERE group_id IS NULL AND user_id = ?1 AND state <> 'duplicate'
            UNION ALL
            SELECT \(event).* FROM \(schema.table("pair")) AS p JOIN \(event)
            ON \(event).group_id = p.group_id AND \(event).user_id = p.user_id
            WHERE p.user_id = ?1 AND state <> 'duplicate'
            """
        return try copies(PlainStatement(db, sql)) { $0.add(user) }
    }

    /// Saves a copy.
    func save(_ judged: JudgedCopy) throws {
        let copy = judged.copy
        directory?.note(copy.place, of: copy.uuid)
        try statement(.saveEvent).run {
            $0.add(copy.place.position)
            $0.add(Int64(copy.place.ordinal))
            $0.add(copy.source.rawValue)
            $0.add(copy.uuid)
            $0.add(copy.eventType)
            $0.add(copy.published.nanoseconds)
            $0.add(copy.outcome)
            $0.add(copy.actor?.id)
            $0.add(copy.actor?.type)
            $0.add(copy.actor?.alternateId)
            $0.add(copy.actor?.displayName)
            $0.add(copy.group?.id)
            $0.add(copy.group?.displayName)
            $0.add(copy.user?.id)
            $0.add(copy.user?.alternateId)
            $0.add(copy.user?.displayName)
            $0.add(copy.ignored?.rawValue)
            $0.add(copy.untimely?.rawValue)
            $0.add(judged.judgement.code)
            $0.add(judged.judgement == .duplicate(differs: true))
        }
    }

    /// Saves that something could not be read.
    func saveUnreadable(at place: EventPlace, source: EventCopy.Source, reason: String) throws {
        try run(
            """
            INSERT INTO \(schema.table("event")) (position, ordinal, source, ignored, state, differs)
            VALUES (?, ?, ?, ?, 'unreadable', 0)
            """,
            [place.position, place.ordinal, source.rawValue, reason]
        )
    }

    /// Whether an operator let an event through.
    func isApproved(_ uuid: String) throws -> Bool {
        try row("SELECT 1 FROM \(schema.table("approval")) WHERE uuid = ?", [uuid]) != nil
    }

    /// Saves that an operator let an event through.
    func approve(_ uuid: String, at position: Int64) throws {
        try run("INSERT INTO \(schema.table("approval")) VALUES (?, ?) ON CONFLICT DO NOTHING", [uuid, position])
    }

    private func copies(
        _ statement: PlainStatement,
        _ bind: (inout PlainArguments) -> Void
    ) throws -> [JudgedCopy] {
        try statement.all(bind) { JudgedCopy.read(&$0) }.compactMap(\.self)
    }
}

extension Judgement {
    fileprivate var code: String {
        switch self {
        case .counts: "counts"
        case .ignored: "ignored"
        case .held: "held"
        case .duplicate: "duplicate"
        }
    }
}

extension JudgedCopy {
    fileprivate var isDuplicate: Bool {
        if case .duplicate = judgement { true } else { false }
    }

    /// A copy read back, the columns in the order of the table; `nil` for what could not be read in the first place.
    fileprivate static func read(_ row: inout PlainRow) -> JudgedCopy? {
        guard let position = row.number(), let ordinal = row.number(),
            let source = row.text().flatMap(EventCopy.Source.init(rawValue:)),
            let uuid = row.text(), let eventType = row.text(), let published = row.number()
        else { return nil }
        let outcome = row.text()
        let actor = (id: row.text(), type: row.text(), login: row.text(), name: row.text())
        let group = (id: row.text(), name: row.text())
        let user = (id: row.text(), login: row.text(), name: row.text())
        let copy = EventCopy(
            place: EventPlace(position: position, ordinal: Int(ordinal)),
            source: source,
            uuid: uuid,
            eventType: eventType,
            published: Instant(nanoseconds: published),
            outcome: outcome,
            actor: actor.id.map {
                Party(id: $0, type: actor.type ?? "", alternateId: actor.login, displayName: actor.name)
            },
            group: group.id.map { Party(id: $0, type: "UserGroup", alternateId: nil, displayName: group.name) },
            user: user.id.map { Party(id: $0, type: "User", alternateId: user.login, displayName: user.name) },
            ignored: row.text().flatMap(IgnoredReason.init(rawValue:)),
            untimely: row.text().flatMap(HeldReason.init(rawValue:))
        )
        guard let state = row.text(), let judgement = Judgement(state, differs: row.flag(), copy: copy) else {
            return nil
        }
        return JudgedCopy(copy: copy, judgement: judgement)
    }
}

extension Judgement {
    fileprivate init?(_ code: String, differs: Bool, copy: EventCopy) {
        switch code {
        case "counts": self = .counts
        case "duplicate": self = .duplicate(differs: differs)
        case "ignored":
            guard let reason = copy.ignored else { return nil }
            self = .ignored(reason)
        case "held":
            guard let reason = copy.untimely else { return nil }
            self = .held(reason)
        default: return nil
        }
    }
}
