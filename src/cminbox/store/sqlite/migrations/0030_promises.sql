-- A row shows the first of its promises that is open, when it comes back without an answer of theirs, and who watches it.
ALTER TABLE conversations ADD COLUMN promise_at INTEGER;            -- when the first open promise is due
ALTER TABLE conversations ADD COLUMN promise TEXT NOT NULL DEFAULT '';          -- its text
ALTER TABLE conversations ADD COLUMN promise_owner TEXT NOT NULL DEFAULT '';    -- member handle
ALTER TABLE conversations ADD COLUMN back_at INTEGER;               -- when it comes back; NULL: it does not, or it did
ALTER TABLE conversations ADD COLUMN back_why TEXT NOT NULL DEFAULT '';         -- 'no reply in 2d'
ALTER TABLE conversations ADD COLUMN watchers TEXT NOT NULL DEFAULT '[]';       -- member handles, sorted
CREATE INDEX conversations_promise ON conversations(status, gone, COALESCE(promise_at, 4611686018427387904), id);
CREATE INDEX conversations_all_promise ON conversations(gone, COALESCE(promise_at, 4611686018427387904), id);
CREATE INDEX conversations_promised ON conversations(promise_at) WHERE promise_at IS NOT NULL;
CREATE INDEX conversations_promise_owner ON conversations(promise_owner COLLATE NOCASE) WHERE promise_owner <> '';
CREATE INDEX conversations_coming_back ON conversations(back_at) WHERE back_at IS NOT NULL;
CREATE INDEX conversations_back ON conversations(id) WHERE back_why <> '';
CREATE INDEX conversations_watched ON conversations(id) WHERE watchers <> '[]';

-- When the engine next has to look whether its owner is to be told of it: soon before it is due, and when it is.
ALTER TABLE promises ADD COLUMN ring_at INTEGER;
CREATE INDEX promises_ring ON promises(ring_at) WHERE ring_at IS NOT NULL;
CREATE INDEX promises_due ON promises(due_at);
CREATE INDEX promises_made ON promises(made_at);

-- What a reply brings with it once it is sent.
ALTER TABLE outgoing ADD COLUMN back_after INTEGER;                 -- milliseconds without an answer; NULL: no matter
ALTER TABLE outgoing ADD COLUMN promises TEXT NOT NULL DEFAULT '[]';            -- of each text, due time and owner
