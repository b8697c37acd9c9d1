-- A notice that only its recipients are told, whatever the configuration says of its kind.
ALTER TABLE notices ADD COLUMN named_only INTEGER NOT NULL DEFAULT 0;
-- Who took over the shift of who asked: whoever has the conversation is told of the answer, else they.
ALTER TABLE questions ADD COLUMN handed_to TEXT NOT NULL DEFAULT '';
