-- Shifts that were signed over, each as it stood then.
CREATE TABLE handovers (
    id INTEGER PRIMARY KEY,
    leaving TEXT NOT NULL,                      -- member handle
    next TEXT NOT NULL DEFAULT '',              -- whom it is for; '': for whoever takes it
    since INTEGER NOT NULL,                     -- when the shift began that it tells of
    signed_at INTEGER NOT NULL,
    take_by INTEGER NOT NULL,                   -- when what nobody took goes back to the queue
    status TEXT NOT NULL DEFAULT 'signed' CHECK (status IN ('signed', 'taken', 'withdrawn')),
    worries TEXT NOT NULL DEFAULT '',           -- the three answers of the leaving member
    promised TEXT NOT NULL DEFAULT '',
    must_not TEXT NOT NULL DEFAULT '',
    figures TEXT NOT NULL DEFAULT '{}',         -- how much was done in the shift, by what (JSON)
    taken_by TEXT NOT NULL DEFAULT '',
    taken_at INTEGER,
    read_back TEXT NOT NULL DEFAULT '',         -- the three that matter, in the words of who took it
    withdrawn_at INTEGER,
    returned_at INTEGER                         -- nobody took it in time: what was left went back to the queue
);
CREATE UNIQUE INDEX handovers_waiting ON handovers(leaving) WHERE status = 'signed';
CREATE INDEX handovers_signed ON handovers(signed_at);

-- What stood in a handover, and what had left the list since the one before.
CREATE TABLE handover_items (
    id INTEGER PRIMARY KEY,
    handover_id INTEGER NOT NULL REFERENCES handovers(id) ON DELETE CASCADE,
    part TEXT NOT NULL CHECK (part IN ('stands', 'left')),
    place INTEGER NOT NULL,
    key TEXT NOT NULL,                          -- the same matter has the same key in every handover
    kind TEXT NOT NULL,
    level TEXT NOT NULL,                        -- burning, watch, steady
    line TEXT NOT NULL,
    promised TEXT NOT NULL DEFAULT '',          -- what was promised, to whom, by when
    promised_to TEXT NOT NULL DEFAULT '',
    by_at INTEGER,
    owner TEXT NOT NULL DEFAULT '',             -- member handle, or team:<name>
    if_then TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',              -- what was said of it last
    about TEXT NOT NULL DEFAULT '',             -- where it is, in what language, how large
    conversation_id INTEGER,
    crisis_id INTEGER,
    query TEXT NOT NULL DEFAULT '',             -- the list behind a line that stands for many
    ids TEXT NOT NULL DEFAULT '[]',             -- the same, where no query says it
    many INTEGER NOT NULL DEFAULT 1,
    stood INTEGER NOT NULL DEFAULT 0,           -- in so many shifts' handovers before, one after the other
    untouched INTEGER NOT NULL DEFAULT 0,       -- and nobody did anything about it since the first of them
    how TEXT NOT NULL DEFAULT '',               -- how it left the list
    ticked_by TEXT NOT NULL DEFAULT '',
    ticked_at INTEGER,
    UNIQUE (handover_id, part, key)
);
CREATE INDEX handover_items_conversation ON handover_items(conversation_id) WHERE conversation_id IS NOT NULL;

-- What a member has written so far for the handover that they will sign.
CREATE TABLE handover_words (
    id INTEGER PRIMARY KEY,
    member TEXT NOT NULL UNIQUE,
    next TEXT NOT NULL DEFAULT '',
    worries TEXT NOT NULL DEFAULT '',
    promised TEXT NOT NULL DEFAULT '',
    must_not TEXT NOT NULL DEFAULT '',
    updated_at INTEGER NOT NULL
);

-- What is to be done if something happens with a matter; it stands in each handover as long as the matter does.
CREATE TABLE handover_plans (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    conversation_id INTEGER,
    text TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL
);

-- When each screen of a member was last open: what happened since then is news to them.
CREATE TABLE visits (
    session TEXT PRIMARY KEY,
    member TEXT NOT NULL,
    seen_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX visits_member ON visits(member, seen_at);
