-- A crisis that has ended keeps its conversations in sight, also those that joined another one since.
ALTER TABLE conversations ADD COLUMN crises TEXT NOT NULL DEFAULT '[]';
UPDATE conversations SET crises = (SELECT json_array('#' || id, name) FROM crises WHERE crises.id = crisis_id)
    WHERE crisis_id IN (SELECT id FROM crises);
CREATE INDEX conversations_crises ON conversations(id) WHERE crises <> '[]';
