-- The account of the process in which a member acted: it may speak for somebody else.
ALTER TABLE events ADD COLUMN account TEXT NOT NULL DEFAULT '';
-- 1: its text was erased (purge, forget). The row stays: figures count it, and a network that shows it again brings
-- nothing back.
ALTER TABLE messages ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
