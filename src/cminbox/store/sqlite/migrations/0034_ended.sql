-- What ended since a handover, without reading what ended long before.
CREATE INDEX promises_ended ON promises(ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX questions_answered ON questions(answered_at) WHERE answered_at IS NOT NULL;
