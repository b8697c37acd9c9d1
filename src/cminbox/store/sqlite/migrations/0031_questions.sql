-- A colleague was asked about it, and has not answered yet.
ALTER TABLE conversations ADD COLUMN colleague INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_colleague ON conversations(id) WHERE colleague <> 0;
ALTER TABLE questions ADD COLUMN note_id INTEGER;           -- the note that says what was asked
CREATE INDEX questions_asked ON questions(asked_at);
-- What came in from colleagues by mail, and what became of it: each is looked at once.
CREATE TABLE answer_mails (
    id INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,            -- its own id, or a digest of it
    question_id INTEGER,                        -- NULL: it names none of ours
    at INTEGER NOT NULL,                        -- when it was looked at
    sender TEXT NOT NULL,
    outcome TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX answer_mails_question ON answer_mails(question_id) WHERE question_id IS NOT NULL;
