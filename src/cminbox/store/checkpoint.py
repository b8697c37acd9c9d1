"""When what was committed is moved from SQLite's log into the file (a checkpoint): not while a person waits for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import Connection


def by_hand(conn: Connection) -> None:
    """Have commits of this connection leave the log as it is: whoever writes much calls `now` in a pause."""
    conn.execute("PRAGMA wal_autocheckpoint = 0")


def rarely(conn: Connection) -> None:
    """Have commits of this connection move only a very long log into the file: the engine does so before.

    Else a person who acts while somebody writes much would wait for what that one wrote to be moved.
    """
    conn.execute("PRAGMA wal_autocheckpoint = 16000")


def now(path: Path) -> None:
    """Move what was committed into the file while others go on; where that cannot be, leave it."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=0)) as conn:
        conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
