"""Connections to a SQLite file: one that writes, and read-only ones whose errors are ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

from cminbox.errors import Stopped
from cminbox.store.sqlite import errors, functions

T = TypeVar("T")
Connection = sqlite3.Connection


class ReadConnection(sqlite3.Connection):
    """A read-only connection whose errors are ours: whoever reads knows no database library."""

    path = Path()
    given_up: Callable[[], bool] | None = None
    """Says whether nobody wants the answer any more: between two statements there is nothing to interrupt."""

    def execute(self, *statement: Any) -> sqlite3.Cursor:
        return self.ours(self.cursor(_Rows).execute, *statement)

    def ours(self, step: Callable[..., T], *given: Any) -> T:
        """What a step of a read gives, unless nobody wants it any more; SQLite's errors as ours."""
        if self.given_up is not None and self.given_up():
            raise Stopped(f"{self.path}: the read was stopped")
        try:
            return step(*given)
        except sqlite3.Error as error:
            raise errors.translate(error, self.path) from error


class _Rows(sqlite3.Cursor):
    """The cursor of a `ReadConnection`: what goes wrong halfway through a result is ours too."""

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        # In portions: a call for each row would cost more than the row.
        while rows := self._conn.ours(self.fetchmany, 256):
            yield from rows

    def fetchone(self) -> Any:
        return self._conn.ours(super().fetchone)

    def fetchall(self) -> list[Any]:
        return self._conn.ours(super().fetchall)

    @property
    def _conn(self) -> ReadConnection:
        return cast(ReadConnection, self.connection)


def connect(path: Path) -> Connection:
    """A read-write connection, for one thread after the other. Rows are `sqlite3.Row`."""
    conn = sqlite3.connect(path, timeout=errors.BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.execute("PRAGMA cache_size = -32000")
    functions.register(conn)
    return conn


def connect_read_only(path: Path) -> ReadConnection:
    """A read-only connection, for one thread after the other. Rows are `sqlite3.Row`."""
    try:
        conn = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=errors.BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            factory=ReadConnection,
        )
        conn.path = path
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA query_only = ON")
        # Small: the system keeps the file in memory anyway, and a screen should not grow with the store.
        conn.execute("PRAGMA cache_size = -1500")
        functions.register(conn)
    except sqlite3.Error as error:
        raise errors.translate(error, path) from error
    return conn
