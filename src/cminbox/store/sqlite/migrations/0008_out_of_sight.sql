-- Replies that wait for a person. A draft does not hide one that failed, or that awaits approval.
CREATE INDEX conversations_outbox ON conversations(outbox) WHERE outbox <> '';
UPDATE conversations SET outbox = COALESCE((SELECT status FROM replies WHERE conversation_id = conversations.id
    AND status NOT IN ('sent', 'cancelled') ORDER BY CASE status WHEN 'unknown' THEN 0 WHEN 'failed' THEN 1
    WHEN 'awaiting approval' THEN 2 WHEN 'draft' THEN 4 ELSE 3 END, id DESC LIMIT 1), '') WHERE outbox <> '';
-- The other conversations of a person, newest first.
DROP INDEX conversations_author;
CREATE INDEX conversations_author ON conversations(author_id, newest_at);
