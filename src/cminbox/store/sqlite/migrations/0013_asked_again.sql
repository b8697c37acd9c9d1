-- Messages of theirs that were edited, and whose new text needs an answer: each asks once more.
CREATE TABLE asked_again (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
    at INTEGER NOT NULL,                        -- the network's time of the edit
    learnt_at INTEGER NOT NULL,
    seen INTEGER NOT NULL,                      -- newest message of the conversation that was stored then
    step INTEGER NOT NULL,                      -- newest step of the conversation then; 0 for none
    needed INTEGER NOT NULL                     -- whether the text before it needed an answer
);
CREATE INDEX asked_again_conversation ON asked_again(conversation_id);
CREATE INDEX asked_again_message ON asked_again(message_id, id);
ALTER TABLE messages ADD COLUMN asked_at INTEGER;   -- of the newest edit by which it asks once more
ALTER TABLE replies ADD COLUMN looked_at INTEGER;   -- when its writer last looked at the conversation
