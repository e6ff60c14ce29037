-- The fold of a ledger of Okta deliveries in plain SQL: what a careful person would write for the `sqlite3` shell.
--
-- Reads `ledger.entry` and `ledger.body`, fills the tables fold_event, fold_pair, fold_group, fold_user and fold_control
-- (empty, without their secondary indexes; those follow at the end) with the same rows as the projector. Left out,
-- because the log that it is run on has none: System Log copies, approvals, attempts and observations (so nothing is
-- known to be applied and every pair differs), baselines, spans, an org filter, events that are unreadable inside a readable
-- delivery, times with an offset, ids beyond ASCII.

-- One row an event copy, in the order of the log. A delivery that cannot be read is one row with the reason.
-- LIMIT -1 keeps SQLite from computing the inner columns again at each use.
INSERT INTO fold_event
SELECT position, ordinal, 'hook', uuid, event_type, published_ns, outcome,
    iif(actor_known, actor_id, NULL), iif(actor_known, actor_type, NULL),
    iif(actor_known, actor_login, NULL), iif(actor_known, actor_name, NULL),
    iif(kind = 'user', NULL, group_party ->> '$.id'), iif(kind = 'user', NULL, group_party ->> '$.displayName'),
    iif(kind IN ('named', 'deleted'), NULL, user_party ->> '$.id'),
    iif(kind IN ('named', 'deleted'), NULL, user_party ->> '$.alternateId'),
    iif(kind IN ('named', 'deleted'), NULL, user_party ->> '$.displayName'),
    ignored, untimely,
    CASE WHEN uuid IS NULL THEN 'unreadable' WHEN ignored <> 'userLifecycle' THEN 'ignored'
         WHEN untimely IS NOT NULL THEN 'held' WHEN ignored IS NOT NULL THEN 'ignored' ELSE 'counts' END,
    0
FROM (
    SELECT *, actor_id IS NOT NULL AND actor_type IS NOT NULL AS actor_known,
        CASE WHEN uuid IS NULL THEN unreadable
             WHEN kind = 'other' THEN iif(event_type GLOB 'event_hook.*', 'eventHook', 'type')
             WHEN outcome IS NOT 'SUCCESS' THEN 'outcome'
             WHEN kind IN ('add', 'remove') THEN iif(group_party IS NULL OR user_party IS NULL, 'targets', NULL)
             WHEN kind = 'user' THEN iif(user_party IS NULL, 'targets', 'userLifecycle')
             ELSE iif(group_party IS NULL, 'targets', NULL) END AS ignored,
        CASE WHEN recorded_at - published_ns / 1000 > 86400000000 THEN 'old'
             WHEN published_ns / 1000 - recorded_at > 300000000 THEN 'future' END AS untimely
    FROM (
        SELECT *,
            CASE event_type
                WHEN 'group.user_membership.add' THEN 'add'
                WHEN 'group.user_membership.remove' THEN 'remove'
                WHEN 'group.lifecycle.delete' THEN 'deleted'
                WHEN 'group.lifecycle.create' THEN 'named'
                WHEN 'group.profile.update' THEN 'named'
                WHEN 'user.account.update_profile' THEN 'user'
                ELSE iif(event_type GLOB 'user.lifecycle.*', 'user', 'other') END AS kind,
            CAST(strftime('%s', substr(published, 1, 19)) AS INTEGER) * 1000000000
                + CAST(substr(rtrim(substr(published, 21), 'Z') || '000000000', 1, 9) AS INTEGER) AS published_ns,
            (SELECT iif(count(*) = 1, max(value), NULL) FROM json_each(target)
                WHERE value ->> '$.type' = 'UserGroup') AS group_party,
            (SELECT iif(count(*) = 1, max(value), NULL) FROM json_each(target)
                WHERE value ->> '$.type' = 'User') AS user_party
        FROM (
            SELECT position, recorded_at, unreadable, coalesce(events.key, 0) AS ordinal,
                json_extract(delivery, events.fullkey || '.uuid') AS uuid,
                json_extract(delivery, events.fullkey || '.eventType') AS event_type,
                json_extract(delivery, events.fullkey || '.published') AS published,
                json_extract(delivery, events.fullkey || '.outcome.result') AS outcome,
                json_extract(delivery, events.fullkey || '.actor.id') AS actor_id,
                json_extract(delivery, events.fullkey || '.actor.type') AS actor_type,
                json_extract(delivery, events.fullkey || '.actor.alternateId') AS actor_login,
                json_extract(delivery, events.fullkey || '.actor.displayName') AS actor_name,
                json_extract(delivery, events.fullkey || '.target') AS target
            FROM (
                SELECT position, recorded_at, iif(valid, json, '{}') AS delivery,
                    iif(valid, iif(json_type(json) = 'object', 'noEvents', 'notAnObject'), 'notJSON') AS unreadable
                FROM (
                    SELECT position, recorded_at, CAST(bytes AS TEXT) AS json, json_valid(CAST(bytes AS TEXT)) AS valid
                    FROM ledger.entry JOIN ledger.body USING (position)
                    WHERE kind = 'okta.delivery' ORDER BY position LIMIT -1
                ) LIMIT -1
            ) LEFT JOIN json_each(delivery, '$.data.events') AS events
            LIMIT -1
        ) LIMIT -1
    ) LIMIT -1
);

CREATE INDEX fold_event_uuid ON fold_event (uuid);

-- Of the copies of one event the first that is in time stands for it, else the first.
CREATE TEMP TABLE copies AS
SELECT *, row_number() OVER arrival AS place,
    event_type = first_value(event_type) OVER arrival
        AND outcome IS first_value(outcome) OVER arrival
        AND published_ns = first_value(published_ns) OVER arrival
        AND group_id IS first_value(group_id) OVER arrival
        AND user_id IS first_value(user_id) OVER arrival
        AND ignored IS first_value(ignored) OVER arrival AS says_same
FROM fold_event
WHERE uuid IN (SELECT uuid FROM fold_event WHERE uuid IS NOT NULL GROUP BY uuid HAVING count(*) > 1)
WINDOW arrival AS (PARTITION BY uuid ORDER BY untimely IS NOT NULL, position, ordinal);

UPDATE fold_event SET state = 'duplicate', differs = NOT says_same
FROM copies
WHERE place > 1 AND fold_event.position = copies.position AND fold_event.ordinal = copies.ordinal;

-- Events with an effect, each with its place in the order of its pair: published, ticks of a version-1 uuid of the same
-- millisecond (else 0 for an add, the maximum for a remove), removes, bytes of the uuid.
CREATE TEMP TABLE telling AS
SELECT position, event_type, group_id, group_name, user_id, user_login, user_name, ns, removes, uuid,
    CASE WHEN uuid GLOB '????????-????-1???-[89ab]???-????????????' AND made / 10000 = ns / 1000000 THEN made
         WHEN removes THEN 9223372036854775807 ELSE 0 END AS ticks
FROM (
    SELECT *, published_ns AS ns,
        event_type IN ('group.user_membership.remove', 'group.lifecycle.delete') AS removes,
        -- Three hexadecimal digits of the high field, four of the middle one, eight of the low one.
        ((instr('123456789abcdef', substr(uuid, 16, 1)) << 56)
        | (instr('123456789abcdef', substr(uuid, 17, 1)) << 52) | (instr('123456789abcdef', substr(uuid, 18, 1)) << 48)
        | (instr('123456789abcdef', substr(uuid, 10, 1)) << 44) | (instr('123456789abcdef', substr(uuid, 11, 1)) << 40)
        | (instr('123456789abcdef', substr(uuid, 12, 1)) << 36) | (instr('123456789abcdef', substr(uuid, 13, 1)) << 32)
        | (instr('123456789abcdef', substr(uuid, 1, 1)) << 28) | (instr('123456789abcdef', substr(uuid, 2, 1)) << 24)
        | (instr('123456789abcdef', substr(uuid, 3, 1)) << 20) | (instr('123456789abcdef', substr(uuid, 4, 1)) << 16)
        | (instr('123456789abcdef', substr(uuid, 5, 1)) << 12) | (instr('123456789abcdef', substr(uuid, 6, 1)) << 8)
        | (instr('123456789abcdef', substr(uuid, 7, 1)) << 4) | instr('123456789abcdef', substr(uuid, 8, 1)))
        - 122192928000000000 AS made
    FROM fold_event WHERE state = 'counts' OR (state = 'ignored' AND ignored = 'userLifecycle')
    LIMIT -1
);

-- What decided when `published` did not, by weakness: 0 published, 1 ticks, 2 the kind, 3 the uuid.
CREATE TEMP TABLE own AS
SELECT group_id, user_id, ns, ticks, removes, uuid, position,
    iif(next_ns IS NOT ns, 0, iif(next_ticks <> ticks, 1, iif(next_removes <> removes, 2, 3))) AS tie
FROM (
    SELECT *, row_number() OVER latest AS place, lead(ns) OVER latest AS next_ns, lead(ticks) OVER latest AS next_ticks,
        lead(removes) OVER latest AS next_removes
    FROM telling WHERE event_type IN ('group.user_membership.add', 'group.user_membership.remove')
    WINDOW latest AS (PARTITION BY group_id, user_id ORDER BY ns DESC, ticks DESC, removes DESC, uuid DESC)
) WHERE place = 1;

CREATE TEMP TABLE deletion AS
SELECT group_id, ns, ticks, removes, uuid, position,
    iif(next_ns IS NOT ns, 0, iif(next_ticks <> ticks, 1, 3)) AS tie
FROM (
    SELECT *, row_number() OVER latest AS place, lead(ns) OVER latest AS next_ns, lead(ticks) OVER latest AS next_ticks
    FROM telling WHERE event_type = 'group.lifecycle.delete'
    WINDOW latest AS (PARTITION BY group_id ORDER BY ns DESC, ticks DESC, removes DESC, uuid DESC)
) WHERE place = 1;
CREATE UNIQUE INDEX temp.deletion_group ON deletion (group_id);

CREATE TEMP TABLE tie_name (tie INTEGER PRIMARY KEY, name TEXT);
INSERT INTO tie_name VALUES (0, NULL), (1, 'ticks'), (2, 'kind'), (3, 'uuid');

-- The group's deletion decides where it comes after the pair's own latest event.
INSERT INTO fold_pair
SELECT pair.group_id, user_id, own_ns, own_ticks, own_removes, own_uuid, own_position, own_tie.name,
    iif(ended, deletion.ns, own_ns), iif(ended, deletion.ticks, own_ticks), iif(ended, deletion.removes, own_removes),
    iif(ended, deletion.uuid, own_uuid), iif(ended, deletion.position, own_position), tie_name.name,
    NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 1
FROM (
    SELECT own.group_id, own.user_id, own.ns AS own_ns, own.ticks AS own_ticks, own.removes AS own_removes,
        own.uuid AS own_uuid, own.position AS own_position, own.tie AS own_tie,
        coalesce((d.ns, d.ticks, d.removes, d.uuid) > (own.ns, own.ticks, own.removes, own.uuid), 0) AS ended,
        CASE WHEN d.ns IS NULL THEN own.tie
             ELSE max(iif(d.ns <> own.ns, 0, iif(d.ticks <> own.ticks, 1, iif(d.removes <> own.removes, 2, 3))),
                 iif((d.ns, d.ticks, d.removes, d.uuid) > (own.ns, own.ticks, own.removes, own.uuid), d.tie, own.tie))
             END AS tie
    FROM own LEFT JOIN deletion AS d USING (group_id)
) AS pair
LEFT JOIN deletion ON deletion.group_id = pair.group_id
JOIN tie_name AS own_tie ON own_tie.tie = pair.own_tie
JOIN tie_name ON tie_name.tie = pair.tie
ORDER BY 1, 2;

-- Names and logins: the latest event that told one.
INSERT INTO fold_group
SELECT group_id, group_name, naming.ns, naming.ticks, naming.removes, naming.uuid,
    deletion.ns, deletion.ticks, deletion.removes, deletion.uuid, deletion.position, tie_name.name,
    coalesce(substr(group_name, 1, length(prefix)) = prefix, 0), NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL
FROM (
    SELECT *, row_number() OVER (PARTITION BY group_id ORDER BY ns DESC, ticks DESC, removes DESC, uuid DESC) AS place
    FROM telling WHERE group_name IS NOT NULL
) AS naming
LEFT JOIN deletion USING (group_id) LEFT JOIN tie_name USING (tie)
JOIN (
    SELECT json_extract(CAST(bytes AS TEXT), '$.prefix') AS prefix
    FROM ledger.entry JOIN ledger.body USING (position) WHERE kind = 'ledger.configured'
    ORDER BY position DESC LIMIT 1
)
WHERE place = 1;

INSERT INTO fold_user
SELECT user_id, user_login, user_name, ns, ticks, removes, uuid, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (
    SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY ns DESC, ticks DESC, removes DESC, uuid DESC) AS place
    FROM telling WHERE user_login IS NOT NULL
) WHERE place = 1;

INSERT INTO fold_control
SELECT 1, 5, position + 1, json_extract(settings, '$.prefix'), json_extract(settings, '$.organization'),
    json_extract(settings, '$.directory'), json_extract(settings, '$.directory'), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, recorded_at,
    json_extract(settings, '$.organization'), json_extract(settings, '$.confirm')
FROM ledger.entry
JOIN (
    SELECT CAST(bytes AS TEXT) AS settings FROM ledger.entry JOIN ledger.body USING (position)
    WHERE kind = 'ledger.configured' ORDER BY position DESC LIMIT 1
)
ORDER BY position DESC LIMIT 1;
