-- What is only heard is counted from this index alone: of a listening source there may be more than of all others.
DROP INDEX conversations_heard;
CREATE INDEX conversations_heard ON conversations(gone, status) WHERE heard <> 0;
