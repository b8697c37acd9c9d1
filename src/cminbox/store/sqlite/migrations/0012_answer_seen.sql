-- The newest answer of our side that whoever sent the reply again had seen; what was asked meanwhile, its text does not
-- know.
ALTER TABLE replies ADD COLUMN answer_seen_id INTEGER NOT NULL DEFAULT 0;
