-- One outbox for all that goes to a network: replies, posts and verbs (kind `action`). A post belongs to no conversation.
CREATE TABLE outgoing (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL DEFAULT 'reply' CHECK (kind IN ('reply', 'post', 'action')),
    conversation_id INTEGER REFERENCES conversations(id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL,
    message_id INTEGER,                         -- what a reply answers; what an action is done to
    status TEXT NOT NULL,
    member TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',              -- of an action: what the author is told
    lang TEXT NOT NULL DEFAULT '',
    template TEXT NOT NULL DEFAULT '',
    key TEXT NOT NULL UNIQUE,                   -- the idempotency key, made with the row
    seen_message_id INTEGER NOT NULL DEFAULT 0, -- newest message of the conversation that its writer had seen
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    held_until INTEGER,
    next_try_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    sending_at INTEGER,                         -- when the last try began
    sent_at INTEGER,
    remote_id TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    approved_by TEXT NOT NULL DEFAULT '',
    bulk TEXT NOT NULL DEFAULT '',
    first_try_at INTEGER,                       -- when sending was first begun
    try_ended_at INTEGER,                       -- when the last try ended unsurely, or was found cut
    cause TEXT NOT NULL DEFAULT '',             -- the error of the first try that did not go well
    look_ups INTEGER NOT NULL DEFAULT 0,        -- since it became unknown
    seen TEXT NOT NULL DEFAULT '',              -- what a look-up saw there that may be it
    seen_id TEXT NOT NULL DEFAULT '',           -- its id there
    arrived_by TEXT NOT NULL DEFAULT '',        -- the member who said that it stands there
    holding INTEGER NOT NULL DEFAULT 0,
    handle_ms INTEGER NOT NULL DEFAULT 0,
    handled_at INTEGER,
    answer_seen_id INTEGER NOT NULL DEFAULT 0,
    looked_at INTEGER,                          -- when its writer last looked at the conversation
    rejected INTEGER NOT NULL DEFAULT 0,        -- given back to its writer, who has not looked at it since
    verb TEXT NOT NULL DEFAULT '',
    undo INTEGER NOT NULL DEFAULT 0,            -- of an action: it is taken back
    reason TEXT NOT NULL DEFAULT '',
    CHECK ((kind = 'post') = (conversation_id IS NULL)),
    CHECK ((kind = 'action') = (verb <> ''))
);
INSERT INTO outgoing (
    id, conversation_id, source_id, message_id, status, member, text, lang, template, key, seen_message_id, created_at,
    updated_at, held_until, next_try_at, tries, sending_at, sent_at, remote_id, url, error, approved_by, bulk,
    first_try_at, try_ended_at, cause, look_ups, seen, seen_id, arrived_by, holding, handle_ms, handled_at,
    answer_seen_id, looked_at, rejected
) SELECT
    id, conversation_id, source_id, message_id, status, member, text, lang, template, key, seen_message_id, created_at,
    updated_at, held_until, next_try_at, tries, sending_at, sent_at, remote_id, url, error, approved_by, bulk,
    first_try_at, try_ended_at, cause, look_ups, seen, seen_id, arrived_by, holding, handle_ms, handled_at,
    answer_seen_id, looked_at, rejected
FROM replies;
DROP TABLE replies;
CREATE INDEX outgoing_conversation ON outgoing(conversation_id, id);
CREATE INDEX outgoing_outbox ON outgoing(status, next_try_at) WHERE status NOT IN ('sent', 'draft', 'cancelled');
CREATE UNIQUE INDEX outgoing_draft ON outgoing(conversation_id, member) WHERE status = 'draft';
CREATE INDEX outgoing_handled ON outgoing(sent_at) WHERE status = 'sent' AND handle_ms > 0;
-- What was done to a message or its author, the newest last.
CREATE INDEX outgoing_actions ON outgoing(message_id, id) WHERE kind = 'action';
CREATE INDEX outgoing_rejected ON outgoing(member) WHERE rejected <> 0;
