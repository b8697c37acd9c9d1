-- Whose an account is that has not written here, by its handle alone.
CREATE INDEX contact_accounts_handle ON contact_accounts(handle);
