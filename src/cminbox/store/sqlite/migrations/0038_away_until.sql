-- When a member is away is said by `:duty`, in a table of its own.
ALTER TABLE members DROP COLUMN away_until;
