-- What a source used up of what its network allows in a period; money in thousandths of a US dollar.
CREATE TABLE allowances (
    source_id INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    used INTEGER NOT NULL,
    resets_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, name)
) WITHOUT ROWID;

-- How many messages a source brought in an hour; hours count from the epoch.
CREATE TABLE arrivals (
    source_id INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (source_id, hour)
) WITHOUT ROWID;

-- The tightest budget that the network told of in its newest answers (JSON: limit, remaining, resets_at).
ALTER TABLE sources ADD COLUMN told TEXT NOT NULL DEFAULT '{}';
ALTER TABLE sources ADD COLUMN token_ends_at INTEGER;
-- Whether something renews the token before it ends.
ALTER TABLE sources ADD COLUMN token_renewed INTEGER NOT NULL DEFAULT 0;
-- How long before the token's end people were warned of it the last time, in milliseconds; 0: not yet.
ALTER TABLE sources ADD COLUMN warned_ahead INTEGER NOT NULL DEFAULT 0;
-- Why the configuration keeps it from being polled; empty where it does not.
ALTER TABLE sources ADD COLUMN off TEXT NOT NULL DEFAULT '';
-- Which member paused it; empty where nobody did.
ALTER TABLE sources ADD COLUMN paused_by TEXT NOT NULL DEFAULT '';
-- How old the newest message was when it was taken in, at the last poll that brought one; in milliseconds.
ALTER TABLE sources ADD COLUMN lag INTEGER;
ALTER TABLE sources ADD COLUMN last_new_at INTEGER;
-- What is said of a silence that is long for this source; empty where there is none.
ALTER TABLE sources ADD COLUMN silence TEXT NOT NULL DEFAULT '';
