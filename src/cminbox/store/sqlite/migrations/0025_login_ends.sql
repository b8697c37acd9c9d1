-- When what renews the token ends, so that a person has to log in again; none where the network says none.
ALTER TABLE sources ADD COLUMN login_ends_at INTEGER;
