-- Who gave up a delivery that failed, or of which nobody knows: nothing is to be decided of it any more.
ALTER TABLE deliveries ADD COLUMN given_up_by TEXT NOT NULL DEFAULT '';
CREATE INDEX deliveries_not_told ON deliveries(id) WHERE status IN ('failed', 'unknown') AND given_up_by = '';
