extension Schema {
    /// Class: truth. Append-only for every program that opens the file, not only for this one.
    ///
    /// The guards before INSERT are what stops INSERT OR REPLACE: it deletes the old row without firing the triggers
    /// before DELETE unless `recursive_triggers` is on, which is off by default on each connection. With the guards
    /// INSERT OR IGNORE aborts as well, so the writer looks for a duplicate before it inserts.
    static let truth = """
        CREATE TABLE entry (
            position INTEGER PRIMARY KEY CHECK (position >= 0),
            kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64 AND kind NOT GLOB '*[^a-z0-9.]*'),
            recorded_at INTEGER NOT NULL CHECK (recorded_at >= 0),
            key TEXT CHECK (length(key) BETWEEN 1 AND 128 AND key NOT GLOB '*[^A-Za-z0-9._:#-]*'),
            format INTEGER NOT NULL CHECK (format >= 1),
            body_length INTEGER NOT NULL CHECK (body_length >= 0),
            body_digest BLOB NOT NULL CHECK (length(body_digest) = 32),
            leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
            UNIQUE (kind, key)
        ) STRICT;

        CREATE TABLE body (
            position INTEGER PRIMARY KEY REFERENCES entry (position),
            salt BLOB NOT NULL CHECK (length(salt) = 16),
            bytes BLOB NOT NULL
        ) STRICT;

        CREATE TRIGGER entry_never_changes BEFORE UPDATE ON entry
        BEGIN SELECT RAISE(ABORT, 'entry is append-only: an entry never changes'); END;

        CREATE TRIGGER entry_never_goes BEFORE DELETE ON entry
        BEGIN SELECT RAISE(ABORT, 'entry is append-only: an entry never goes'); END;

        CREATE TRIGGER entry_has_no_gap BEFORE INSERT ON entry
        WHEN NEW.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM entry)
        BEGIN SELECT RAISE(ABORT, 'entry is append-only: the position must be the next one'); END;

        CREATE TRIGGER entry_key_is_new BEFORE INSERT ON entry
        WHEN EXISTS (SELECT 1 FROM entry WHERE kind = NEW.kind AND key = NEW.key)
        BEGIN SELECT RAISE(ABORT, 'entry is append-only: this kind and key exist already'); END;

        CREATE TRIGGER entry_time_goes_on BEFORE INSERT ON entry
        WHEN NEW.recorded_at < (SELECT recorded_at FROM entry ORDER BY position DESC LIMIT 1)
        BEGIN SELECT RAISE(ABORT, 'entry is append-only: recorded_at never goes backwards'); END;

        CREATE TRIGGER body_never_changes BEFORE UPDATE ON body
        BEGIN SELECT RAISE(ABORT, 'body is append-only: a body never changes'); END;

        CREATE TRIGGER body_never_goes BEFORE DELETE ON body
        BEGIN SELECT RAISE(ABORT, 'body is append-only: a body never goes'); END;

        CREATE TRIGGER body_follows_entry BEFORE INSERT ON body
        WHEN NEW.position IS NOT (SELECT max(position) FROM entry)
            OR EXISTS (SELECT 1 FROM body WHERE position = NEW.position)
        BEGIN SELECT RAISE(ABORT, 'body is append-only: a body belongs to the entry just appended'); END;
        """
}
