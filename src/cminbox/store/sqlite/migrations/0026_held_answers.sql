-- Sent replies of which something is to be told still: that the network holds them.
CREATE INDEX outgoing_told ON outgoing(source_id, id) WHERE kind = 'reply' AND status = 'sent' AND error <> '';
