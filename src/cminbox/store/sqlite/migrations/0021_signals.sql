-- What a message does and wants, the words that say so, and the priority points of its service words.
ALTER TABLE messages ADD COLUMN signals TEXT NOT NULL DEFAULT '[]';
ALTER TABLE messages ADD COLUMN signal_words TEXT NOT NULL DEFAULT '{}';    -- for each signal its words
ALTER TABLE messages ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN urgent_words TEXT NOT NULL DEFAULT '[]';
ALTER TABLE messages ADD COLUMN judged_with INTEGER;        -- the message that a short one answers

-- The same of those who wait, as a list of conversations shows and asks it.
ALTER TABLE conversations ADD COLUMN signals TEXT NOT NULL DEFAULT '[]';
ALTER TABLE conversations ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN urgent_words TEXT NOT NULL DEFAULT '[]';
ALTER TABLE conversations ADD COLUMN mood_direction TEXT NOT NULL DEFAULT '';

-- Which conversations have a signal, kept by the store itself.
CREATE TABLE signals (
    signal TEXT NOT NULL,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (signal, conversation_id)
) WITHOUT ROWID;
CREATE TRIGGER signals_come AFTER INSERT ON conversations WHEN new.signals <> '[]' BEGIN
    INSERT OR IGNORE INTO signals (signal, conversation_id)
        SELECT j.value, new.id FROM json_each(iif(json_valid(new.signals), new.signals, '[]')) AS j;
END;
CREATE TRIGGER signals_change AFTER UPDATE OF id, signals ON conversations
WHEN old.signals <> new.signals OR old.id <> new.id BEGIN
    DELETE FROM signals WHERE conversation_id = old.id
        AND signal IN (SELECT j.value FROM json_each(iif(json_valid(old.signals), old.signals, '[]')) AS j);
    INSERT OR IGNORE INTO signals (signal, conversation_id)
        SELECT j.value, new.id FROM json_each(iif(json_valid(new.signals), new.signals, '[]')) AS j;
END;
CREATE TRIGGER signals_go AFTER DELETE ON conversations BEGIN
    DELETE FROM signals WHERE conversation_id = old.id
        AND signal IN (SELECT j.value FROM json_each(iif(json_valid(old.signals), old.signals, '[]')) AS j);
END;

-- What was taken in before is read again by the next engine.
INSERT OR IGNORE INTO settings (key, value) SELECT 'analysed_by', '' WHERE EXISTS (SELECT 1 FROM messages);
