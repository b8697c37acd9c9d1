-- What is told through channels: an outbox of its own, one row for each message to one channel.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,                      -- the [[channel]] of the configuration
    address TEXT NOT NULL DEFAULT '',           -- mail to this address; empty: to whoever the channel reaches
    member TEXT NOT NULL DEFAULT '',            -- whom it tells; empty: whoever reads the channel
    urgent INTEGER NOT NULL DEFAULT 0,          -- waits for no quiet hours and no digest
    status TEXT NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled')),
    created_at INTEGER NOT NULL,
    next_try_at INTEGER,                        -- when the engine looks at it again; NULL: nothing is to be done
    tries INTEGER NOT NULL DEFAULT 0,
    first_try_at INTEGER,
    sending_at INTEGER,                         -- when the last try began
    sent_at INTEGER,                            -- when it was known to be delivered
    error TEXT NOT NULL DEFAULT '',
    message_id TEXT NOT NULL DEFAULT '',        -- of mail: by it the message is looked up
    look_ups INTEGER NOT NULL DEFAULT 0,
    updated_at INTEGER NOT NULL
);
CREATE INDEX deliveries_waiting ON deliveries(channel, next_try_at) WHERE status IN ('queued', 'sending', 'unknown');
CREATE INDEX deliveries_target ON deliveries(channel, address, member, id);

-- Which notices a delivery carries, and who acknowledged them.
CREATE TABLE told (
    notice_id INTEGER NOT NULL,
    delivery_id INTEGER NOT NULL REFERENCES deliveries(id) ON DELETE CASCADE,
    acknowledged_at INTEGER,
    acknowledged_by TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (notice_id, delivery_id)
) WITHOUT ROWID;
CREATE INDEX told_delivery ON told(delivery_id);

-- How each channel is.
CREATE TABLE channels (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    tried_at INTEGER,
    told_at INTEGER,                            -- when something was last delivered
    problem TEXT NOT NULL DEFAULT '',           -- why nothing can be delivered now; empty: it can
    hint TEXT NOT NULL DEFAULT '',
    since INTEGER,                              -- since when it has that problem
    retry_at INTEGER                            -- nothing is tried before; NULL: at once
);
