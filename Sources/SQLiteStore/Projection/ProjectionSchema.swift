import GRDB

/// The derived tables: everything here follows from `entry` and `body`, and can be dropped and rebuilt at any time.
///
/// Each rebuild fills a new generation of tables beside the live one; the views always read the live generation.
struct ProjectionSchema {
    /// Which generation: 1, 2, …; one more with each rebuild.
    let generation: Int

    /// The name of a derived table of this generation.
    func table(_ name: String) -> String { "fold\(generation)_\(name)" }

    /// Derived tables, in the order of the digest, with the columns that identify a row.
    static let tables: [(name: String, key: String)] = [
        ("control", "id"), ("event", "position, ordinal"), ("approval", "uuid"), ("pair", "group_id, user_id"),
        ("group", "group_id"), ("user", "user_id"), ("attempt", "attempt_id"), ("hold", "position"),
        ("hold_pair", "position, ordinal"), ("span", "position"),
        ("cover", "from_at"), ("told", "from_at"), ("note", "position, ordinal"), ("baseline", "position"),
        ("baseline_member", "position, user_id"),
    ]

    /// Creates the tables of this generation, empty; without `laterIndexes` unless `complete`.
    func create(_ db: Database, complete: Bool = true) throws {
        for statement in statements + (complete ? laterIndexes : []) { try db.execute(sql: statement) }
    }

    /// Drops the tables of this generation, if they are there.
    func drop(_ db: Database) throws {
        for (name, _) in Self.tables { try db.execute(sql: "DROP TABLE IF EXISTS \(table(name))") }
    }

    /// Indexes of the large tables, which a rebuild makes at its end: sorting is cheaper than filling them row by row.
    var laterIndexes: [String] {
        [
            "CREATE INDEX IF NOT EXISTS \(table("event_uuid")) ON \(table("event")) (uuid)",
            "CREATE INDEX IF NOT EXISTS \(table("event_pair")) ON \(table("event")) (group_id, user_id)",
            // Events that count for a user are found through the user's pairs: an index of all would slow a rebuild by half.
            """
            CREATE INDEX IF NOT EXISTS \(table("event_user")) ON \(table("event")) (user_id)
            WHERE state <> 'counts' OR user_id IS NULL
            """,
            """
            CREATE INDEX IF NOT EXISTS \(table("event_held")) ON \(table("event")) (position)
            WHERE state IN ('held', 'unreadable') OR differs
            """,
            // What only deliveries have told, and what only backfills have brought, by time.
            """
            CREATE INDEX IF NOT EXISTS \(table("event_source")) ON \(table("event")) (source, published_ns)
            WHERE state = 'counts'
            """,
            "CREATE INDEX IF NOT EXISTS \(table("pair_differs")) ON \(table("pair")) (group_id, user_id) WHERE differs",
        ]
    }

    private var statements: [String] {
        [
            """
            CREATE TABLE \(table("control")) (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                fold_version INTEGER NOT NULL,
                cursor INTEGER NOT NULL,
                prefix TEXT NOT NULL,
                organization TEXT,
                directory TEXT,
                known_directory TEXT,
                paused TEXT,
                paused_at INTEGER,
                trouble TEXT, trouble_detail TEXT, trouble_since INTEGER, trouble_until INTEGER,
                harm TEXT,
                proved_dialect TEXT,
                proved_at INTEGER,
                last_recorded_at INTEGER NOT NULL,
                counted_organization TEXT,
                confirm TEXT
            ) STRICT
            """,
            """
            CREATE TABLE \(table("event")) (
                position INTEGER NOT NULL,
                ordinal INTEGER NOT NULL,
                source TEXT NOT NULL,
                uuid TEXT,
                event_type TEXT,
                published_ns INTEGER,
                outcome TEXT,
                actor_id TEXT, actor_type TEXT, actor_login TEXT, actor_name TEXT,
                group_id TEXT, group_name TEXT,
                user_id TEXT, user_login TEXT, user_name TEXT,
                ignored TEXT,
                untimely TEXT,
                state TEXT NOT NULL,
                differs INTEGER NOT NULL,
                PRIMARY KEY (position, ordinal)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE TABLE \(table("approval")) (uuid TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID",
            """
            CREATE TABLE \(table("pair")) (
                group_id TEXT NOT NULL,
                user_id TEXT NOT NULL,
                own_ns INTEGER, own_ticks INTEGER, own_removes INTEGER, own_uuid TEXT, own_position INTEGER, own_tie TEXT,
                ns INTEGER, ticks INTEGER, removes INTEGER, uuid TEXT, position INTEGER, tie TEXT,
                applied TEXT,
                applied_at INTEGER,
                applied_before TEXT,
                open_attempt TEXT,
                batch_limit INTEGER,
                refusals INTEGER NOT NULL,
                retry_at INTEGER,
                wait_reason TEXT,
                released INTEGER,
                named INTEGER,
                differs INTEGER NOT NULL,
                PRIMARY KEY (group_id, user_id)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX \(table("pair_user")) ON \(table("pair")) (user_id)",
            """
            CREATE TABLE \(table("group")) (
                group_id TEXT PRIMARY KEY,
                name TEXT,
                naming_ns INTEGER, naming_ticks INTEGER, naming_removes INTEGER, naming_uuid TEXT,
                deletion_ns INTEGER, deletion_ticks INTEGER, deletion_removes INTEGER, deletion_uuid TEXT,
                deletion_position INTEGER, deletion_tie TEXT,
                in_scope INTEGER NOT NULL,
                finding TEXT, directory_id TEXT, binding_detail TEXT, binding_at INTEGER,
                open_attempt TEXT,
                failures INTEGER NOT NULL,
                retry_at INTEGER,
                wait_reason TEXT,
                hold INTEGER,
                baseline_ns INTEGER, baseline_uuid TEXT, baseline_position INTEGER, baseline_name TEXT,
                baseline_found INTEGER, baseline_asked_at INTEGER
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX \(table("group_directory")) ON \(table("group")) (directory_id) WHERE directory_id IS NOT NULL",
            """
            CREATE TABLE \(table("user")) (
                user_id TEXT PRIMARY KEY,
                login TEXT,
                display_name TEXT,
                naming_ns INTEGER, naming_ticks INTEGER, naming_removes INTEGER, naming_uuid TEXT,
                finding TEXT, directory_id TEXT, binding_detail TEXT, binding_at INTEGER,
                told_ns INTEGER, told_uuid TEXT, told_login TEXT, told_name TEXT, told_status TEXT
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX \(table("user_directory")) ON \(table("user")) (directory_id) WHERE directory_id IS NOT NULL",
            """
            CREATE TABLE \(table("attempt")) (
                attempt_id TEXT PRIMARY KEY,
                position INTEGER NOT NULL,
                at INTEGER NOT NULL,
                body TEXT NOT NULL,
                group_id TEXT NOT NULL,
                outcome TEXT,
                result TEXT,
                ended_at INTEGER
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX \(table("attempt_open")) ON \(table("attempt")) (attempt_id) WHERE ended_at IS NULL",
            "CREATE INDEX \(table("attempt_group")) ON \(table("attempt")) (group_id, position)",
            // What was sent lately, for the brake.
            "CREATE INDEX \(table("attempt_time")) ON \(table("attempt")) (group_id, at)",
            """
            CREATE TABLE \(table("hold")) (
                position INTEGER PRIMARY KEY,
                at INTEGER NOT NULL,
                group_id TEXT NOT NULL,
                reason TEXT NOT NULL,
                counted INTEGER NOT NULL,
                allowed INTEGER NOT NULL,
                real_size INTEGER,
                window_us INTEGER NOT NULL,
                ended_at INTEGER,
                approval INTEGER
            ) STRICT
            """,
            """
            CREATE TABLE \(table("hold_pair")) (
                position INTEGER NOT NULL,
                ordinal INTEGER NOT NULL,
                user_id TEXT NOT NULL,
                present INTEGER NOT NULL,
                uuid TEXT,
                released INTEGER NOT NULL,
                PRIMARY KEY (position, ordinal)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE \(table("span")) (
                position INTEGER PRIMARY KEY,
                from_at INTEGER NOT NULL,
                until_at INTEGER,
                clean INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE TABLE \(table("cover")) (from_at INTEGER PRIMARY KEY, until_at INTEGER NOT NULL) STRICT",
            "CREATE TABLE \(table("told")) (from_at INTEGER PRIMARY KEY, until_at INTEGER NOT NULL) STRICT",
            """
            CREATE TABLE \(table("note")) (
                position INTEGER NOT NULL,
                ordinal INTEGER NOT NULL,
                what TEXT NOT NULL,
                who TEXT NOT NULL,
                group_id TEXT, user_id TEXT,
                reference TEXT,
                result TEXT,
                detail TEXT,
                PRIMARY KEY (position, ordinal)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE \(table("baseline")) (
                position INTEGER PRIMARY KEY,
                run TEXT NOT NULL,
                group_id TEXT NOT NULL,
                group_name TEXT,
                found INTEGER NOT NULL,
                instant_ns INTEGER NOT NULL,
                asked_at INTEGER NOT NULL,
                members INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX \(table("baseline_group")) ON \(table("baseline")) (group_id)",
            """
            CREATE TABLE \(table("baseline_member")) (
                position INTEGER NOT NULL,
                user_id TEXT NOT NULL,
                ordinal INTEGER NOT NULL,
                login TEXT,
                status TEXT,
                PRIMARY KEY (position, user_id)
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX \(table("baseline_user")) ON \(table("baseline_member")) (user_id)",
        ]
    }
}
