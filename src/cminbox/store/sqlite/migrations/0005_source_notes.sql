-- What went wrong in a poll that cost no more than an item: one line, and when.
ALTER TABLE sources ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN noted_at INTEGER;
-- Messages that the network took back are read again now and then: it may have them after all.
CREATE INDEX messages_deleted ON messages(source_id, id) WHERE deleted_at IS NOT NULL;
