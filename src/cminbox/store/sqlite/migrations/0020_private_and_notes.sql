ALTER TABLE outgoing ADD COLUMN private INTEGER NOT NULL DEFAULT 0;  -- a reply to a public message, for its author alone
ALTER TABLE notes ADD COLUMN message_id INTEGER;                     -- the message that it is about, if it is about one
