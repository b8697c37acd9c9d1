"""When what was committed is moved from SQLite's log into the file (a checkpoint): not while a person waits for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import Connection

_MUCH_PAGES, _MUCH_PAGES_ALONE = 16_384, 49_152
_MUCH_CACHE_KIB = 131_072


def by_hand(conn: Connection) -> None:
    """Have commits of this connection leave the log as it is: whoever writes much calls `now` in a pause."""
    conn.execute("PRAGMA wal_autocheckpoint = 0")


def rarely(conn: Connection) -> None:
    """Have commits of this connection move only a very long log into the file: the engine does so before.

    Else a person who acts while somebody writes much would wait for what that one wrote to be moved.
    """
    conn.execute("PRAGMA wal_autocheckpoint = 16000")


def expect_much(conn: Connection, *, alone: bool = False) -> None:
    """Prepare a connection for writing very much: fewer checkpoints, and more of the indexes kept in memory.

    Args:
        alone: nobody reads, whom a long log would slow down.
    """
    conn.execute(f"PRAGMA wal_autocheckpoint = {_MUCH_PAGES_ALONE if alone else _MUCH_PAGES}")
    conn.execute(f"PRAGMA cache_size = -{_MUCH_CACHE_KIB}")


def now(path: Path) -> None:
    """Move what was committed into the file while others go on; where that cannot be, leave it."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=0)) as conn:
        conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
