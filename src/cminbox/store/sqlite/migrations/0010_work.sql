-- 1: it only says that an answer is to come, so it is no useful one.
ALTER TABLE messages ADD COLUMN holding INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN holding INTEGER NOT NULL DEFAULT 0;
-- How long it was being written, without pauses, and up to when that was last counted; NULL: its composer is closed.
ALTER TABLE replies ADD COLUMN handle_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN handled_at INTEGER;
CREATE INDEX replies_handled ON replies(sent_at) WHERE status = 'sent' AND handle_ms > 0;
-- The first answer of a cycle that is no holding one; what its first response is measured from; since when those wait
-- who were closed unanswered and have no answer to this moment.
ALTER TABLE conversations ADD COLUMN first_useful_at INTEGER;
ALTER TABLE conversations ADD COLUMN asked_at INTEGER;
ALTER TABLE conversations ADD COLUMN owed_since INTEGER;
UPDATE conversations SET first_useful_at = first_reply_at WHERE first_reply_at IS NOT NULL;
-- A first response that only said that an answer is to come is `first_holding`; the useful one after it `first_useful`.
CREATE TABLE measures_wider (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL,
    measure TEXT NOT NULL CHECK (
        measure IN ('first_response', 'first_holding', 'first_useful', 'reply', 'resolution')
    ),
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    member TEXT NOT NULL DEFAULT '',            -- '' : nobody's credit
    sla_target INTEGER,                         -- the promise in force when it ended
    lang TEXT NOT NULL DEFAULT ''
);
INSERT INTO measures_wider (id, conversation_id, source_id, measure, start_at, end_at, member, sla_target, lang)
    SELECT id, conversation_id, source_id, measure, start_at, end_at, member, sla_target, lang FROM measures;
DROP TABLE measures;
ALTER TABLE measures_wider RENAME TO measures;
CREATE INDEX measures_conversation ON measures(conversation_id);
CREATE INDEX measures_end ON measures(end_at, measure);
CREATE INDEX measures_report ON measures(measure, source_id, member, lang, sla_target, start_at, end_at);
-- Who wrote what our side wrote, and when, without reading texts.
CREATE INDEX messages_answers ON messages(created_at, source_id, member, lang) WHERE direction = 'out' AND history = 0;
