-- People over several networks: what members know of them, lists of them, and who may be the same.
ALTER TABLE contacts ADD COLUMN role_by TEXT NOT NULL DEFAULT '';       -- 'member:<handle>', 'list:<name>', 'rule:<name>'
ALTER TABLE contacts ADD COLUMN interests TEXT NOT NULL DEFAULT '[]';
ALTER TABLE contacts ADD COLUMN writes_at TEXT NOT NULL DEFAULT '';     -- where they write: a paper, a blog
ALTER TABLE contacts ADD COLUMN follow_up TEXT NOT NULL DEFAULT '';     -- what is to be done at follow_up_at
ALTER TABLE contacts ADD COLUMN follow_up_by TEXT NOT NULL DEFAULT '';  -- a member's handle
ALTER TABLE contacts ADD COLUMN followed_up_at INTEGER;                 -- when that brought them back to the queue
ALTER TABLE contacts ADD COLUMN merged_into INTEGER REFERENCES contacts(id) ON DELETE CASCADE;
UPDATE contacts SET role_by = 'member:' WHERE role <> '';
CREATE INDEX contacts_follow_up ON contacts(follow_up_at)
    WHERE follow_up_at IS NOT NULL AND followed_up_at IS NULL AND merged_into IS NULL;
CREATE INDEX contacts_name ON contacts(name COLLATE NOCASE);
CREATE INDEX contacts_merged ON contacts(merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE contact_notes (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts(id) ON DELETE CASCADE,
    member TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
);
CREATE INDEX contact_notes_contact ON contact_notes(contact_id, created_at);

CREATE TABLE contact_lists (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role TEXT NOT NULL DEFAULT '',              -- of who is on it, where no person said another one
    settled_to INTEGER,                         -- the contact up to which that was brought about; NULL: of all
    created_at INTEGER NOT NULL
);
CREATE TABLE contact_list_entries (
    list_id INTEGER NOT NULL REFERENCES contact_lists(id) ON DELETE CASCADE,
    contact_id INTEGER NOT NULL REFERENCES contacts(id) ON DELETE CASCADE,
    PRIMARY KEY (list_id, contact_id)
) WITHOUT ROWID;
CREATE INDEX contact_list_entries_contact ON contact_list_entries(contact_id);

-- Accounts of contacts that have not written here yet; once they do, they are an author of that contact.
CREATE TABLE contact_accounts (
    network TEXT NOT NULL,
    handle TEXT NOT NULL COLLATE NOCASE,
    contact_id INTEGER NOT NULL REFERENCES contacts(id) ON DELETE CASCADE,
    PRIMARY KEY (network, handle)
) WITHOUT ROWID;
CREATE INDEX contact_accounts_contact ON contact_accounts(contact_id);

-- Two authors who may be the same person; one that was refused is not suggested again.
CREATE TABLE contact_suggestions (
    id INTEGER PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES authors(id) ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES authors(id) ON DELETE CASCADE,     -- the lower number of the two
    reason TEXT NOT NULL,                       -- 'account', 'link', 'handle', 'handle and name'
    refused_by TEXT NOT NULL DEFAULT '',
    UNIQUE (author_id, other_id)
);
CREATE INDEX contact_suggestions_other ON contact_suggestions(other_id);

-- The same expressions as in `store.contact_suggestions`.
CREATE INDEX authors_handle
    ON authors(replace(lower(substr(handle, 1, instr(handle || '@', '@') - 1)), '.bsky.social', ''))
    WHERE handle <> '';
CREATE INDEX authors_url
    ON authors(rtrim(replace(replace(replace(lower(url), 'https://', ''), 'http://', ''), 'www.', ''), '/'))
    WHERE url <> '';
