-- What somebody is to be told: written in the transaction of what it tells of. The engine finds whom it reaches.
CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,                         -- what it tells of: assigned, mentioned, returned, …
    key TEXT NOT NULL UNIQUE,                   -- the same thing is told once
    title TEXT NOT NULL,                        -- one line
    text TEXT NOT NULL DEFAULT '',              -- the rest, as plain text
    conversation_id INTEGER,
    crisis_id INTEGER,
    by TEXT NOT NULL DEFAULT '',                -- the member whose act it is: nobody is told of what they did themselves
    people TEXT NOT NULL DEFAULT '{}',          -- handles by their part in the matter: {"assignee": ["ana"]}
    recipients TEXT NOT NULL DEFAULT '[]',      -- members and channels that are told whatever the configuration says
    planned_at INTEGER,                         -- when it was found whom it reaches; NULL: not yet
    nobody TEXT NOT NULL DEFAULT ''             -- why it reaches nobody
);
CREATE INDEX notices_unplanned ON notices(id) WHERE planned_at IS NULL;
CREATE INDEX notices_conversation ON notices(conversation_id) WHERE conversation_id IS NOT NULL;

-- Who said by hand that somebody is on duty, or absent. The newest that is in force wins over the calendar of shifts.
CREATE TABLE duty (
    id INTEGER PRIMARY KEY,
    member TEXT NOT NULL,
    on_duty INTEGER NOT NULL,                   -- 0: absent
    since INTEGER NOT NULL,
    until INTEGER,                              -- NULL: until somebody says otherwise
    by TEXT NOT NULL,                           -- 'member:<handle>' or 'engine'
    reason TEXT NOT NULL DEFAULT '',
    ended_at INTEGER                            -- when somebody said otherwise
);
CREATE INDEX duty_member ON duty(member, since);

-- What a member told a person they would do.
CREATE TABLE promises (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    owner TEXT NOT NULL,                        -- member handle
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'kept', 'broken', 'withdrawn')),
    ended_at INTEGER,
    ended_by TEXT NOT NULL DEFAULT '',
    word TEXT NOT NULL DEFAULT ''               -- what was said of its end
);
CREATE INDEX promises_conversation ON promises(conversation_id);
CREATE INDEX promises_open ON promises(due_at) WHERE status = 'open';

-- Who is told of what happens in a conversation.
CREATE TABLE watchers (
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    member TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, member)
) WITHOUT ROWID;
CREATE INDEX watchers_member ON watchers(member);

-- What colleagues who have no terminal were asked, and what they said.
CREATE TABLE questions (
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,                 -- names it in what goes out, and in the answer
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    expert TEXT NOT NULL,                       -- whom, by the name in experts.toml
    text TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'answered', 'withdrawn')),
    answered_at INTEGER,
    answer_note INTEGER,                        -- notes.id of the answer
    remind_at INTEGER,
    reminders INTEGER NOT NULL DEFAULT 0,
    notice_id INTEGER                           -- the notice that carries it
);
CREATE INDEX questions_conversation ON questions(conversation_id);
CREATE INDEX questions_open ON questions(remind_at) WHERE status = 'open';
