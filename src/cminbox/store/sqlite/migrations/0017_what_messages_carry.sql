-- What people comment on: a post, film, advertisement or article.
CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL,
    remote_id TEXT NOT NULL,                    -- the network's id
    title TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    UNIQUE (source_id, remote_id)
);

-- What a message carries beside its text.
ALTER TABLE messages ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]';     -- [kind, address, alt text, gone] each
ALTER TABLE messages ADD COLUMN stars INTEGER;              -- of a review
ALTER TABLE messages ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN ad INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN post_id INTEGER;            -- posts.id
ALTER TABLE messages ADD COLUMN can TEXT;                   -- verbs; NULL for all that the network has
ALTER TABLE messages ADD COLUMN done TEXT NOT NULL DEFAULT '[]';            -- verbs of ours that stand
ALTER TABLE messages ADD COLUMN answer_until INTEGER;

-- The same, as a list of conversations shows and asks it.
ALTER TABLE conversations ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN ad INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN stars INTEGER;
ALTER TABLE conversations ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]';
ALTER TABLE conversations ADD COLUMN post TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN answer_until INTEGER;
ALTER TABLE conversations ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;      -- of a listening source, not lifted
UPDATE conversations SET deleted = 1 WHERE id IN
    (SELECT conversation_id FROM messages WHERE deleted_at IS NOT NULL AND direction = 'in');

-- Each is rare; a list of them is short.
CREATE INDEX conversations_held ON conversations(id) WHERE held <> 0;
CREATE INDEX conversations_hidden ON conversations(id) WHERE hidden <> 0;
CREATE INDEX conversations_ad ON conversations(id) WHERE ad <> 0;
CREATE INDEX conversations_deleted ON conversations(id) WHERE deleted <> 0;
CREATE INDEX conversations_stars ON conversations(stars) WHERE stars IS NOT NULL;
CREATE INDEX conversations_heard ON conversations(newest_at) WHERE heard <> 0;
