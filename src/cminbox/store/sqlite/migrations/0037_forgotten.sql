-- When its author was forgotten while they waited for an answer to it: it came, and nobody answered it.
ALTER TABLE messages ADD COLUMN forgotten_at INTEGER;
