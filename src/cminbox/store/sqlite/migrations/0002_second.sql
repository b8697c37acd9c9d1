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
