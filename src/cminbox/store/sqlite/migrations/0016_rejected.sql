-- A draft that was given back by whoever should have approved it; its writer has not looked at it since.
ALTER TABLE replies ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0;
CREATE INDEX replies_rejected ON replies(member) WHERE rejected <> 0;
