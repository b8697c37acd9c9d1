-- Open conversations that a member has, kept by the triggers below whatever writes the conversation.
CREATE TABLE assignments (
    conversation_id INTEGER PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
    member TEXT NOT NULL,
    since INTEGER,                              -- when the engine first saw it; NULL: not yet
    event_id INTEGER NOT NULL,                  -- the newest event by then: what they do later takes it up
    taken_up_at INTEGER                         -- when they first did something to it, or it was found that they had
);
CREATE INDEX assignments_new ON assignments(conversation_id) WHERE since IS NULL;
CREATE INDEX assignments_member ON assignments(member, since);
CREATE INDEX assignments_untouched ON assignments(member, since) WHERE taken_up_at IS NULL;

CREATE TRIGGER assignments_come AFTER INSERT ON conversations
WHEN new.assignee <> '' AND new.status = 'open' AND new.gone = 0 BEGIN
    INSERT OR REPLACE INTO assignments (conversation_id, member, event_id)
        VALUES (new.id, new.assignee, (SELECT COALESCE(MAX(id), 0) FROM events));
END;
CREATE TRIGGER assignments_change AFTER UPDATE OF assignee, status, gone ON conversations
WHEN old.assignee <> new.assignee
    OR (old.status = 'open' AND old.gone = 0) <> (new.status = 'open' AND new.gone = 0) BEGIN
    DELETE FROM assignments WHERE conversation_id = new.id;
    INSERT INTO assignments (conversation_id, member, event_id)
        SELECT new.id, new.assignee, (SELECT COALESCE(MAX(id), 0) FROM events)
        WHERE new.assignee <> '' AND new.status = 'open' AND new.gone = 0;
END;
INSERT INTO assignments (conversation_id, member, event_id)
    SELECT id, assignee, (SELECT COALESCE(MAX(id), 0) FROM events) FROM conversations
    WHERE assignee <> '' AND status = 'open' AND gone = 0;

-- When work last came back from a member who was there: until they do something they are given none by turns.
ALTER TABLE members ADD COLUMN returned_at INTEGER;

-- Whose turn it is where the members of a team are given conversations one after the other.
CREATE TABLE turns (
    team TEXT NOT NULL,
    member TEXT NOT NULL,
    turn INTEGER NOT NULL,                      -- grows; who has the lowest is next
    PRIMARY KEY (team, member)
) WITHOUT ROWID;
