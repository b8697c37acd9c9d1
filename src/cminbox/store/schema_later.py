"""The migrations after the first: narrow indexes and tables, so that queries are answered without reading wide rows."""

from __future__ import annotations

SECOND = """
-- Whose conversation a hit of the search is, without reading the message.
CREATE INDEX messages_home ON messages(id, conversation_id);
-- What a comparison or a name lists. Few writes touch them: most of what they hold never changes.
CREATE INDEX conversations_created ON conversations(created_at);
CREATE INDEX conversations_replied ON conversations(outbound_at) WHERE outbound_at IS NOT NULL;
CREATE INDEX conversations_sentiment ON conversations(sentiment);
CREATE INDEX conversations_lang ON conversations(lang COLLATE NOCASE);
CREATE INDEX conversations_network ON conversations(network COLLATE NOCASE);
CREATE INDEX conversations_kind ON conversations(kind) WHERE kind <> 'mention';
CREATE INDEX conversations_role ON conversations(role COLLATE NOCASE) WHERE role <> '';
CREATE INDEX conversations_team ON conversations(team COLLATE NOCASE) WHERE team <> '';
CREATE INDEX conversations_edited ON conversations(id) WHERE edited <> 0;
CREATE INDEX conversations_in_crisis ON conversations(crisis COLLATE NOCASE) WHERE crisis <> '';
-- Who is named is found among names alone; most words of a name stand within it, so no order of theirs helps.
CREATE INDEX conversations_name ON conversations(name) WHERE name <> '';
-- Most conversations are nobody's: a new one no longer writes here.
DROP INDEX conversations_assignee;
CREATE INDEX conversations_assignee ON conversations(assignee COLLATE NOCASE, status, gone) WHERE assignee <> '';
-- 1: an action on many that is under way, or was cut off.
ALTER TABLE events ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 0;
CREATE INDEX events_unfinished ON events(actor) WHERE unfinished = 1;
"""

THIRD = """
-- Whose conversation a hit of the search is. A table by itself is followed quicker than an index of wide rows.
CREATE TABLE message_homes (
    id INTEGER PRIMARY KEY,                     -- of the message
    conversation_id INTEGER NOT NULL
);
INSERT INTO message_homes (id, conversation_id) SELECT id, conversation_id FROM messages;
DROP INDEX messages_home;
CREATE TRIGGER messages_come AFTER INSERT ON messages BEGIN
    INSERT INTO message_homes (id, conversation_id) VALUES (new.id, new.conversation_id);
END;
CREATE TRIGGER messages_move AFTER UPDATE OF id, conversation_id ON messages BEGIN
    UPDATE message_homes SET id = new.id, conversation_id = new.conversation_id WHERE id = old.id;
END;
CREATE TRIGGER messages_go AFTER DELETE ON messages BEGIN
    DELETE FROM message_homes WHERE id = old.id;
END;
-- Whether a label was taken off stands in the index: to list one reads no row.
DROP INDEX labels_label;
CREATE INDEX labels_label ON labels(label, removed, conversation_id);
"""

FOURTH = """
-- Parts of the search's index are merged when there are eight of a size: each word is written again less often, and
-- there are about as many parts as with four.
INSERT INTO message_words (message_words, rank) VALUES ('automerge', 8);
-- How much came in, by what a report breaks it down by: to add it up from the conversations reads all of them.
CREATE TABLE volumes (
    source_id INTEGER NOT NULL,
    assignee TEXT NOT NULL,
    lang TEXT NOT NULL,
    inbound INTEGER NOT NULL,                   -- as the conversations count it
    PRIMARY KEY (source_id, assignee, lang)
) WITHOUT ROWID;
INSERT INTO volumes (source_id, assignee, lang, inbound)
    SELECT source_id, assignee, lang, sum(inbound) FROM conversations GROUP BY source_id, assignee, lang;
CREATE TRIGGER conversations_come AFTER INSERT ON conversations WHEN new.inbound <> 0 BEGIN
    INSERT INTO volumes (source_id, assignee, lang, inbound)
        VALUES (new.source_id, new.assignee, new.lang, new.inbound)
        ON CONFLICT DO UPDATE SET inbound = inbound + excluded.inbound;
END;
CREATE TRIGGER conversations_move AFTER UPDATE OF source_id, assignee, lang, inbound ON conversations
WHEN old.inbound <> new.inbound
    OR (old.source_id, old.assignee, old.lang) <> (new.source_id, new.assignee, new.lang)
BEGIN
    UPDATE volumes SET inbound = inbound - old.inbound
        WHERE source_id = old.source_id AND assignee = old.assignee AND lang = old.lang;
    INSERT INTO volumes (source_id, assignee, lang, inbound)
        VALUES (new.source_id, new.assignee, new.lang, new.inbound)
        ON CONFLICT DO UPDATE SET inbound = inbound + excluded.inbound;
END;
CREATE TRIGGER conversations_go AFTER DELETE ON conversations BEGIN
    UPDATE volumes SET inbound = inbound - old.inbound
        WHERE source_id = old.source_id AND assignee = old.assignee AND lang = old.lang;
END;
"""
