-- What networks pushed, as it came, until the engine has read it; `digest` tells what was stored already, and is kept
-- for a while after it was read.
CREATE TABLE spool (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    received_at INTEGER NOT NULL,
    digest TEXT NOT NULL,
    method TEXT NOT NULL,
    headers TEXT NOT NULL DEFAULT '{}',         -- those that the adapter needs (JSON)
    body BLOB,                                  -- NULL once it was read
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',             -- why it was given up
    UNIQUE (source_id, digest)
);
CREATE INDEX spool_waiting ON spool(source_id, id) WHERE body IS NOT NULL;
