import GRDB
import Okta
import Projector

extension SQLiteState {
    /// Every copy of an event.
    func copies(of uuid: String) throws -> [JudgedCopy] {
        try copies("SELECT * FROM \(schema.table("event")) WHERE uuid = ? ORDER BY position, ordinal", [uuid])
    }

    /// The copies that stand for events of a pair.
    func copies(group: String, user: String) throws -> [JudgedCopy] {
        try copies(
            "SELECT * FROM \(schema.table("event")) WHERE group_id = ? AND user_id = ? AND state <> 'duplicate'",
            [group, user]
        )
    }

    /// The copies that stand for events that name a group.
    func copies(namingGroup group: String) throws -> [JudgedCopy] {
        try copies(
            "SELECT * FROM \(schema.table("event")) WHERE group_id = ? AND state <> 'duplicate'",
            [group]
        )
    }

    /// The copies that stand for events that name a user: those of the user alone, and those of the user's pairs.
    func copies(namingUser user: String) throws -> [JudgedCopy] {
        try flush()
        let event = schema.table("event")
        return try copies(
            """
            SELECT * FROM \(event) WHERE group_id IS NULL AND user_id = ?1 AND state <> 'duplicate'
            UNION ALL
            SELECT \(event).* FROM \(schema.table("pair")) AS p JOIN \(event)
            ON \(event).group_id = p.group_id AND \(event).user_id = p.user_id
            WHERE p.user_id = ?1 AND state <> 'duplicate'
            """,
            [user]
        )
    }

    /// Saves a copy.
    func save(_ judged: JudgedCopy) throws {
        let copy = judged.copy
        try run(
            "INSERT OR REPLACE INTO \(schema.table("event")) VALUES (\(marks(20)))",
            [
                copy.place.position, copy.place.ordinal, copy.source.rawValue, copy.uuid, copy.eventType,
                copy.published.nanoseconds, copy.outcome,
                copy.actor?.id, copy.actor?.type, copy.actor?.alternateId, copy.actor?.displayName,
                copy.group?.id, copy.group?.displayName,
                copy.user?.id, copy.user?.alternateId, copy.user?.displayName,
                copy.ignored?.rawValue, copy.untimely?.rawValue, judged.judgement.code,
                judged.judgement == .duplicate(differs: true),
            ]
        )
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

    private func copies(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> [JudgedCopy] {
        try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
            .compactMap(JudgedCopy.init(row:))
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
    /// A copy read back; `nil` for what could not be read in the first place.
    fileprivate init?(row: Row) {
        guard let uuid = row["uuid"] as String?, let source = EventCopy.Source(rawValue: row["source"]) else {
            return nil
        }
        let copy = EventCopy(
            place: EventPlace(position: row["position"], ordinal: row["ordinal"]),
            source: source,
            uuid: uuid,
            eventType: row["event_type"],
            published: Instant(nanoseconds: row["published_ns"]),
            outcome: row["outcome"],
            actor: (row["actor_id"] as String?).map {
                Party(id: $0, type: row["actor_type"], alternateId: row["actor_login"], displayName: row["actor_name"])
            },
            group: (row["group_id"] as String?).map {
                Party(id: $0, type: "UserGroup", alternateId: nil, displayName: row["group_name"])
            },
            user: (row["user_id"] as String?).map {
                Party(id: $0, type: "User", alternateId: row["user_login"], displayName: row["user_name"])
            },
            ignored: (row["ignored"] as String?).flatMap(IgnoredReason.init(rawValue:)),
            untimely: (row["untimely"] as String?).flatMap(HeldReason.init(rawValue:))
        )
        guard let judgement = Judgement(row["state"], differs: row["differs"], copy: copy) else { return nil }
        self.init(copy: copy, judgement: judgement)
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
