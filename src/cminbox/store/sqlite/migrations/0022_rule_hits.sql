-- Which rules match a conversation, and how many conversations each rule began to match in an hour.
ALTER TABLE conversations ADD COLUMN rules TEXT NOT NULL DEFAULT '[]';
CREATE TABLE rule_hits (
    hour INTEGER NOT NULL,      -- since the epoch
    rule TEXT NOT NULL,
    hits INTEGER NOT NULL,
    PRIMARY KEY (hour, rule)
) WITHOUT ROWID;
