-- Times are epoch milliseconds; booleans 0 or 1; lists and maps JSON. Ids of networks are text, unique within their
-- source only.

CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    network TEXT NOT NULL,
    base_url TEXT NOT NULL DEFAULT '',
    owned INTEGER NOT NULL DEFAULT 1,
    polled INTEGER NOT NULL DEFAULT 1,          -- 0: made by an import; nothing to poll
    account_id TEXT NOT NULL DEFAULT '',        -- the brand's own identity there, once known
    account_handle TEXT NOT NULL DEFAULT '',
    limits TEXT NOT NULL DEFAULT '{}',          -- what the server said of its own limits (JSON)
    health TEXT NOT NULL DEFAULT 'new',         -- new, ok, failing, limited, paused, gone
    error TEXT NOT NULL DEFAULT '',             -- the last error's line
    hint TEXT NOT NULL DEFAULT '',
    failures INTEGER NOT NULL DEFAULT 0,        -- in a row
    skipped INTEGER NOT NULL DEFAULT 0,         -- items that could not be understood, ever
    taken INTEGER NOT NULL DEFAULT 0,           -- messages taken in, ever
    last_poll_at INTEGER,
    last_ok_at INTEGER,
    next_poll_at INTEGER,
    wanted_at INTEGER,                          -- a person asked for a poll at this time
    limited_until INTEGER,
    first_ok_at INTEGER                         -- end of the first complete poll: what came before it may be history
);

CREATE TABLE cursors (
    source_id INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    cursor TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, stream)
) WITHOUT ROWID;

CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT '',
    vip INTEGER NOT NULL DEFAULT 0,
    notes TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]',
    follow_up_at INTEGER,
    created_at INTEGER NOT NULL
);

CREATE TABLE authors (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    remote_id TEXT NOT NULL,
    handle TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    followers INTEGER,
    url TEXT NOT NULL DEFAULT '',
    contact_id INTEGER REFERENCES contacts(id) ON DELETE SET NULL,
    UNIQUE (source_id, remote_id)
);
CREATE INDEX authors_contact ON authors(contact_id) WHERE contact_id IS NOT NULL;

CREATE TABLE crises (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    severity INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4),
    status TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('proposed', 'running', 'ended', 'dismissed')),
    reason TEXT NOT NULL DEFAULT '',
    query TEXT NOT NULL DEFAULT '',             -- conversations that match join by themselves
    lead TEXT NOT NULL DEFAULT '',
    approval INTEGER NOT NULL DEFAULT 0,        -- replies in it wait for another member
    declared_by TEXT NOT NULL DEFAULT '',
    declared_at INTEGER NOT NULL,
    next_update_at INTEGER,
    ended_at INTEGER,
    conversation_count INTEGER NOT NULL DEFAULT 0
);

-- One row holds all that the queue shows and all that a query can ask, so a list reads one table.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    remote_id TEXT NOT NULL,
    source TEXT NOT NULL,                       -- the source's name
    network TEXT NOT NULL,
    kind TEXT NOT NULL,                         -- of the newest inbound message
    status TEXT NOT NULL,
    -- who: the author of the newest inbound message
    author_id INTEGER REFERENCES authors(id) ON DELETE SET NULL,
    handle TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    followers INTEGER,
    role TEXT NOT NULL DEFAULT '',
    vip INTEGER NOT NULL DEFAULT 0,
    -- what they say
    preview TEXT NOT NULL DEFAULT '',           -- one line of the newest waiting message (else the newest one)
    title TEXT NOT NULL DEFAULT '',
    lang TEXT NOT NULL DEFAULT '',              -- '' when unknown
    sentiment REAL,                             -- NULL when unknown; the lowest of the waiting messages
    sentiment_class TEXT NOT NULL DEFAULT 'unknown',
    question INTEGER NOT NULL DEFAULT 0,
    edited INTEGER NOT NULL DEFAULT 0,
    is_reply INTEGER NOT NULL DEFAULT 0,        -- the newest inbound message answers another
    -- what it is worth
    priority INTEGER NOT NULL DEFAULT 0,
    reasons TEXT NOT NULL DEFAULT '[]',         -- [[points, rule, why], …]
    priority_by TEXT NOT NULL DEFAULT '',       -- the member who set it by hand; rules leave it alone then
    labels TEXT NOT NULL DEFAULT '[]',          -- sorted; the table `labels` says who put each there
    assignee TEXT NOT NULL DEFAULT '',          -- member handle
    assigned_by TEXT NOT NULL DEFAULT '',       -- 'member:<handle>' or 'rule:<name>'
    team TEXT NOT NULL DEFAULT '',
    crisis_id INTEGER REFERENCES crises(id) ON DELETE SET NULL,
    crisis TEXT NOT NULL DEFAULT '',            -- its name while it runs
    -- when
    created_at INTEGER NOT NULL,                -- of its first message
    newest_at INTEGER NOT NULL,                 -- of its newest message
    inbound_at INTEGER,                         -- of the newest inbound message
    outbound_at INTEGER,                        -- of the newest outbound message
    waiting_since INTEGER,                      -- of the oldest inbound message not yet answered
    cycle_at INTEGER,                           -- start of the running or last cycle
    first_reply_at INTEGER,                     -- first team reply in that cycle
    closed_at INTEGER,
    snoozed_until INTEGER,
    status_at INTEGER,                          -- of the last step that a person or the clock made
    sla TEXT NOT NULL DEFAULT '',               -- its name or rule
    sla_target INTEGER,                         -- milliseconds promised
    due_at INTEGER,                             -- waiting_since + target while somebody waits
    warned_at INTEGER,                          -- the warning before due_at was given
    rescore_at INTEGER,                         -- when time alone will change its priority
    -- how much
    messages INTEGER NOT NULL DEFAULT 0,
    inbound INTEGER NOT NULL DEFAULT 0,         -- not deleted
    waiting INTEGER NOT NULL DEFAULT 0,         -- unanswered inbound messages
    notes INTEGER NOT NULL DEFAULT 0,
    outbox TEXT NOT NULL DEFAULT '',            -- status of the newest reply that is not sent or cancelled
    gone INTEGER NOT NULL DEFAULT 0,            -- all its inbound messages were deleted on the network
    changed INTEGER NOT NULL,                   -- grows with every change of any row; screens ask for what is newer
    UNIQUE (source_id, remote_id)
);
-- The same expressions as in `store.paging`: rows without a time stand last.
CREATE INDEX conversations_priority
    ON conversations(status, gone, priority DESC, COALESCE(waiting_since, 4611686018427387904), id);
CREATE INDEX conversations_due ON conversations(status, gone, COALESCE(due_at, 4611686018427387904), id);
CREATE INDEX conversations_waiting ON conversations(status, gone, COALESCE(waiting_since, 4611686018427387904), id);
CREATE INDEX conversations_newest ON conversations(status, gone, newest_at DESC, id);
CREATE INDEX conversations_assignee
    ON conversations(assignee, status, gone, priority DESC, COALESCE(waiting_since, 4611686018427387904), id);
-- The same orders for queries that name no status.
CREATE INDEX conversations_all_priority
    ON conversations(gone, priority DESC, COALESCE(waiting_since, 4611686018427387904), id);
CREATE INDEX conversations_all_due ON conversations(gone, COALESCE(due_at, 4611686018427387904), id);
CREATE INDEX conversations_all_waiting ON conversations(gone, COALESCE(waiting_since, 4611686018427387904), id);
CREATE INDEX conversations_all_newest ON conversations(gone, newest_at DESC, id);
CREATE INDEX conversations_crisis ON conversations(crisis_id, status) WHERE crisis_id IS NOT NULL;
CREATE INDEX conversations_snoozed ON conversations(snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX conversations_rescore ON conversations(rescore_at) WHERE rescore_at IS NOT NULL;
-- How many are overdue is counted from the index alone.
CREATE INDEX conversations_running ON conversations(gone, due_at, status, waiting_since) WHERE due_at IS NOT NULL;
CREATE INDEX conversations_unwarned ON conversations(due_at - MIN(900000, sla_target / 10))
    WHERE due_at IS NOT NULL AND warned_at IS NULL AND sla_target IS NOT NULL;
CREATE INDEX conversations_vip ON conversations(id) WHERE vip <> 0;
CREATE INDEX conversations_followers ON conversations(followers) WHERE followers IS NOT NULL;
CREATE INDEX conversations_handle ON conversations(handle COLLATE NOCASE);
CREATE INDEX conversations_changed ON conversations(changed);
CREATE INDEX conversations_author ON conversations(author_id);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    remote_id TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    author_id INTEGER REFERENCES authors(id) ON DELETE SET NULL,
    parent TEXT,
    kind TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    text TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    lang TEXT NOT NULL DEFAULT '',
    lang_by TEXT NOT NULL DEFAULT '',           -- '', 'network', 'detected', 'member:<handle>'
    sentiment REAL,
    sentiment_class TEXT NOT NULL DEFAULT 'unknown',
    sentiment_by TEXT NOT NULL DEFAULT '',      -- '' or 'member:<handle>'
    vader REAL,
    created_at INTEGER NOT NULL,                -- the network's time
    fetched_at INTEGER NOT NULL,                -- ours
    edited_at INTEGER,
    deleted_at INTEGER,
    history INTEGER NOT NULL DEFAULT 0,         -- older than backfill at the first poll: opened nothing
    answerable INTEGER NOT NULL DEFAULT 1,
    visibility TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    extra TEXT NOT NULL DEFAULT '{}',
    member TEXT NOT NULL DEFAULT '',            -- outbound: who sent it through us; '' elsewhere
    reply_id INTEGER,
    written_at INTEGER,                         -- outbound through us: when its writer gave it to the outbox
    UNIQUE (source_id, remote_id)
);
CREATE INDEX messages_conversation ON messages(conversation_id, created_at, id, direction);
CREATE INDEX messages_created ON messages(created_at, direction);
CREATE INDEX messages_author ON messages(author_id);

-- Words are cut and folded by `text.fold`; the tokenizer only splits at spaces, so that the store and the memory
-- evaluation of a query share one idea of a word, in every script.
-- The first letters have an index of their own, so that `th*` does not gather thousands of words.
CREATE VIRTUAL TABLE message_words
    USING fts5(words, conversation_id UNINDEXED, tokenize = 'ascii', prefix = '1 2 3');

CREATE TABLE labels (
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    by TEXT NOT NULL,                           -- 'member:<handle>' or 'rule:<name>'
    removed INTEGER NOT NULL DEFAULT 0,         -- a person took it off: rules do not put it back
    PRIMARY KEY (conversation_id, label)
) WITHOUT ROWID;
CREATE INDEX labels_label ON labels(label, conversation_id);

CREATE TABLE members (
    handle TEXT PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT 'lead',
    teams TEXT NOT NULL DEFAULT '[]',
    seen_at INTEGER,
    away_until INTEGER
) WITHOUT ROWID;

CREATE TABLE claims (
    conversation_id INTEGER PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
    member TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL
);

CREATE TABLE presence (
    session TEXT NOT NULL,                      -- one screen
    member TEXT NOT NULL,
    conversation_id INTEGER NOT NULL,           -- 0: a screen is open, on no conversation
    doing TEXT NOT NULL CHECK (doing IN ('here', 'viewing', 'replying')),
    until INTEGER NOT NULL,
    PRIMARY KEY (session)
) WITHOUT ROWID;
CREATE INDEX presence_conversation ON presence(conversation_id, until);

CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    member TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
);
CREATE INDEX notes_conversation ON notes(conversation_id, created_at);

-- Append-only. What an action changed stands in event_items; undoing is an event of its own.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,                        -- 'member:<handle>', 'rule:<name>', 'engine', 'network'
    action TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '{}',
    count INTEGER NOT NULL DEFAULT 1,           -- conversations touched
    session TEXT NOT NULL DEFAULT '',
    undoes INTEGER REFERENCES events(id),
    undone_by INTEGER REFERENCES events(id)
);
CREATE INDEX events_at ON events(at);
CREATE INDEX events_session ON events(session, id);

CREATE TABLE event_items (
    event_id INTEGER NOT NULL REFERENCES events(id),
    conversation_id INTEGER NOT NULL,
    before TEXT NOT NULL DEFAULT '{}',
    after TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (event_id, conversation_id)
) WITHOUT ROWID;
CREATE INDEX event_items_conversation ON event_items(conversation_id, event_id);

-- What people and the clock did to a conversation's life; a step that was undone stays, marked. Replaying messages and
-- steps (`lifecycle.replay`) gives the conversation's state and its measures.
CREATE TABLE life_steps (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('opened', 'closed', 'snoozed', 'woke', 'spammed')),
    seen INTEGER NOT NULL,                      -- newest message of the conversation that was stored then
    until INTEGER,
    member TEXT NOT NULL DEFAULT '',
    event_id INTEGER,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX life_steps_conversation ON life_steps(conversation_id, at, id);

-- One row per finished measure, so that a report reads and never replays.
CREATE TABLE measures (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL,
    measure TEXT NOT NULL CHECK (measure IN ('first_response', 'reply', 'resolution')),
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    member TEXT NOT NULL DEFAULT '',            -- '' : nobody's credit
    sla_target INTEGER,                         -- the promise in force when it ended
    lang TEXT NOT NULL DEFAULT ''
);
CREATE INDEX measures_conversation ON measures(conversation_id);
CREATE INDEX measures_end ON measures(end_at, measure);
-- All that a report over everything reads.
CREATE INDEX measures_report ON measures(measure, source_id, member, lang, sla_target, start_at, end_at);

CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL,
    message_id INTEGER,                         -- the inbound message that it answers
    status TEXT NOT NULL,
    member TEXT NOT NULL,
    text TEXT NOT NULL,
    lang TEXT NOT NULL DEFAULT '',
    template TEXT NOT NULL DEFAULT '',
    key TEXT NOT NULL UNIQUE,                   -- the idempotency key, made with the reply
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
    bulk TEXT NOT NULL DEFAULT ''
);
CREATE INDEX replies_conversation ON replies(conversation_id, id);
CREATE INDEX replies_outbox ON replies(status, next_try_at) WHERE status NOT IN ('sent', 'draft', 'cancelled');
CREATE UNIQUE INDEX replies_draft ON replies(conversation_id, member) WHERE status = 'draft';

CREATE TABLE crisis_timeline (
    id INTEGER PRIMARY KEY,
    crisis_id INTEGER NOT NULL REFERENCES crises(id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    member TEXT NOT NULL DEFAULT '',
    what TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT ''
);
CREATE INDEX crisis_timeline_crisis ON crisis_timeline(crisis_id, id);

CREATE TABLE template_uses (
    template TEXT NOT NULL,
    member TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (template, member)
) WITHOUT ROWID;

CREATE TABLE engine (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    beat_at INTEGER NOT NULL,
    stopped_at INTEGER,
    by_hand INTEGER NOT NULL DEFAULT 0,
    doing TEXT NOT NULL DEFAULT '',
    problem TEXT NOT NULL DEFAULT ''            -- a broken rule file, a full disk: one line
);

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO settings (key, value) VALUES ('changed', '0');
