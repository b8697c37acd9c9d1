-- How the tries of a reply went, so that what may have arrived is told from what cannot.
ALTER TABLE replies ADD COLUMN first_try_at INTEGER;             -- when sending was first begun
ALTER TABLE replies ADD COLUMN try_ended_at INTEGER;             -- when the last try ended unsurely, or was found cut
ALTER TABLE replies ADD COLUMN cause TEXT NOT NULL DEFAULT '';   -- the error of the first try that did not go well
ALTER TABLE replies ADD COLUMN look_ups INTEGER NOT NULL DEFAULT 0; -- since it became unknown
ALTER TABLE replies ADD COLUMN seen TEXT NOT NULL DEFAULT '';    -- what a look-up saw there that may be it
ALTER TABLE replies ADD COLUMN seen_id TEXT NOT NULL DEFAULT ''; -- its id there
ALTER TABLE replies ADD COLUMN arrived_by TEXT NOT NULL DEFAULT ''; -- the member who said that it stands there
UPDATE replies SET first_try_at = created_at, try_ended_at = updated_at, cause = error
    WHERE status IN ('sending', 'unknown');
