"""Making a store's file as small as what is in it, and free of what was erased."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cminbox.errors import Locked
from cminbox.store.sqlite import errors
from cminbox.store.sqlite.connection import Connection, connect


def erase_for_good(conn: Connection) -> None:
    """Have what this connection deletes overwritten at once."""
    conn.execute("PRAGMA secure_delete = ON")


def compact(path: Path) -> None:
    """Write the file anew without what was deleted, and empty its log. Others can read meanwhile, and wait to write.

    Raises:
        Locked: others use the store: what was erased may be found in its free pages and its log until they close.
        Full: there is no room for a second copy of it meanwhile.
    """
    try:
        with closing(connect(path)) as conn:
            conn.execute("PRAGMA temp_store = FILE")
            erase_for_good(conn)
            # The search index forgets words only where its parts are merged.
            conn.execute("INSERT INTO message_words (message_words) VALUES ('optimize')")
            conn.execute("VACUUM")
            busy = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        raise errors.translate(error, path) from error
    if busy:
        raise Locked(f"{path}: somebody reads it, so its log could not be emptied", "close the screens and try again")
