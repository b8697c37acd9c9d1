-- What needs an answer, and how a cycle ended.
ALTER TABLE messages ADD COLUMN seen_message_id INTEGER;    -- outbound through us: newest message its writer had seen
ALTER TABLE messages ADD COLUMN needs_answer INTEGER NOT NULL DEFAULT 0;    -- inbound
ALTER TABLE messages ADD COLUMN needs_by TEXT NOT NULL DEFAULT '';          -- '', 'rule:<name>', 'member:<handle>'
UPDATE messages SET needs_answer = 1 WHERE direction = 'in';
UPDATE messages SET seen_message_id = (SELECT NULLIF(r.seen_message_id, 0) FROM replies AS r WHERE r.id = messages.reply_id)
    WHERE reply_id IS NOT NULL;

ALTER TABLE conversations ADD COLUMN needs_since INTEGER;   -- of the oldest waiting message that needs an answer
ALTER TABLE conversations ADD COLUMN end TEXT NOT NULL DEFAULT '';          -- '', answered, none needed, unanswered
ALTER TABLE conversations ADD COLUMN end_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN sla_business INTEGER NOT NULL DEFAULT 0;
UPDATE conversations SET needs_since = waiting_since WHERE waiting_since IS NOT NULL AND status IN ('open', 'snoozed');
CREATE INDEX conversations_needing ON conversations(id) WHERE needs_since IS NOT NULL;

-- Why a conversation that was closed needs no answer.
ALTER TABLE life_steps ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- One row for each time that somebody needed an answer: from the message to the answer, or to what ended it otherwise.
-- Written anew when the timeline is replayed; what was promised stays, and once it was broken so does `due_at`.
CREATE TABLE waits (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,                -- the message that began it
    start_at INTEGER NOT NULL,                  -- its network time
    target INTEGER,                             -- milliseconds promised; NULL for no promise
    due_at INTEGER,                             -- when the promise ends
    end_at INTEGER,                             -- NULL while it runs
    outcome TEXT NOT NULL DEFAULT ''
        CHECK (outcome IN ('', 'answered', 'none needed', 'unanswered', 'spam', 'gone')),
    member TEXT NOT NULL DEFAULT '',            -- who ended it
    lang TEXT NOT NULL DEFAULT '',
    UNIQUE (conversation_id, message_id)
);

-- How each cycle ended.
CREATE TABLE cycle_ends (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL,
    start_at INTEGER NOT NULL,                  -- of the cycle
    end_at INTEGER NOT NULL,
    end TEXT NOT NULL CHECK (end IN ('answered', 'none needed', 'unanswered')),
    reason TEXT NOT NULL DEFAULT '',
    member TEXT NOT NULL DEFAULT '',
    lang TEXT NOT NULL DEFAULT ''
);
CREATE INDEX cycle_ends_conversation ON cycle_ends(conversation_id);
CREATE INDEX cycle_ends_end ON cycle_ends(end_at);

-- The engine judges who waits anew; what is late stays late.
UPDATE messages SET needs_by = 'rule:' WHERE direction = 'in' AND conversation_id IN
    (SELECT id FROM conversations WHERE needs_since IS NOT NULL);
UPDATE conversations SET rescore_at = 1 WHERE needs_since IS NOT NULL;

-- What is known of the past: answers as they were measured, closings as answered where nobody had written since.
INSERT OR IGNORE INTO waits
    (conversation_id, source_id, message_id, start_at, target, due_at, end_at, outcome, member, lang)
    SELECT s.conversation_id, s.source_id, (SELECT MIN(m.id) FROM messages AS m
            WHERE m.conversation_id = s.conversation_id AND m.created_at = s.start_at AND m.direction = 'in'),
        s.start_at, s.sla_target, s.start_at + s.sla_target, s.end_at, 'answered', s.member, s.lang
    FROM measures AS s WHERE s.measure = 'reply';
INSERT OR IGNORE INTO waits (conversation_id, source_id, message_id, start_at, target, due_at, lang)
    SELECT c.id, c.source_id, (SELECT MIN(m.id) FROM messages AS m
            WHERE m.conversation_id = c.id AND m.created_at = c.needs_since AND m.direction = 'in'),
        c.needs_since, c.sla_target, c.due_at, c.lang
    FROM conversations AS c WHERE c.needs_since IS NOT NULL;
INSERT INTO cycle_ends (conversation_id, source_id, start_at, end_at, end, member, lang)
    SELECT s.conversation_id, s.source_id, s.start_at, s.end_at, iif(
            COALESCE((SELECT MAX(m.created_at) FROM messages AS m WHERE m.conversation_id = s.conversation_id
                AND m.created_at <= s.end_at AND m.direction = 'out'), 0)
            >= COALESCE((SELECT MAX(m.created_at) FROM messages AS m WHERE m.conversation_id = s.conversation_id
                AND m.created_at <= s.end_at AND m.direction = 'in' AND m.deleted_at IS NULL AND m.history = 0), 0),
            'answered', 'unanswered'), s.member, s.lang
    FROM measures AS s WHERE s.measure = 'resolution';
INSERT OR IGNORE INTO waits
    (conversation_id, source_id, message_id, start_at, target, due_at, end_at, outcome, member, lang)
    SELECT e.conversation_id, e.source_id, (SELECT MIN(m.id) FROM messages AS m
            WHERE m.conversation_id = e.conversation_id AND m.created_at = e.asked_at AND m.direction = 'in'),
        e.asked_at, c.sla_target, e.asked_at + c.sla_target, e.end_at, 'unanswered', e.member, e.lang
    FROM (SELECT n.*, (SELECT MIN(m.created_at) FROM messages AS m WHERE m.conversation_id = n.conversation_id
            AND m.direction = 'in' AND m.deleted_at IS NULL AND m.history = 0 AND m.created_at >= n.start_at
            AND m.created_at > COALESCE((SELECT MAX(o.created_at) FROM messages AS o WHERE o.direction = 'out'
                AND o.conversation_id = n.conversation_id AND o.created_at <= n.end_at), 0)) AS asked_at
        FROM cycle_ends AS n WHERE n.end = 'unanswered') AS e
    JOIN conversations AS c ON c.id = e.conversation_id;
DELETE FROM measures WHERE measure = 'resolution' AND EXISTS (SELECT 1 FROM cycle_ends AS e
    WHERE e.conversation_id = measures.conversation_id AND e.end_at = measures.end_at AND e.end = 'unanswered');
UPDATE conversations SET end = COALESCE((SELECT e.end FROM cycle_ends AS e WHERE e.conversation_id = conversations.id
    AND e.end_at = conversations.closed_at), '') WHERE status = 'closed' AND closed_at IS NOT NULL;
CREATE INDEX waits_start ON waits(start_at);
