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
