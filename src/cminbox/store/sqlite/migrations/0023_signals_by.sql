-- Who corrected what a message does and wants: '' or 'member:<handle>'.
ALTER TABLE messages ADD COLUMN signals_by TEXT NOT NULL DEFAULT '';
