-- A crisis that has ended keeps a conversation that joined another one since.
ALTER TABLE conversations ADD COLUMN past_crises TEXT NOT NULL DEFAULT '[]';
CREATE INDEX conversations_past_crises ON conversations(id) WHERE past_crises <> '[]';
