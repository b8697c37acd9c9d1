"""Connections to a SQLite file: one that writes, and read-only ones whose errors are ours."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from cminbox.errors import Stopped, StoreError
from cminbox.store.sqlite import errors, functions

T = TypeVar("T")
Connection = sqlite3.Connection


class ReadConnection(sqlite3.Connection):
    """A read-only connection whose errors are ours: whoever reads knows no database library."""

    path = Path()
    given_up: Callable[[], bool] | None = None
    """Says whether nobody wants the answer any more: between two statements there is nothing to interrupt."""

    def execute(self, *statement: Any) -> sqlite3.Cursor:
        return self.ours(self.cursor(_Rows).run, *statement)

    def show_undecodable(self) -> None:
        """From now on what is not UTF-8 is read with marks in its place."""
        self.text_factory = decoded

    @property
    def met_undecodable(self) -> bool:
        """Whether a text was read that is not UTF-8."""
        return self.text_factory is not str

    def ours(self, step: Callable[..., T], *given: Any) -> T:
        """What a step of a read gives, unless nobody wants it any more; SQLite's errors as ours."""
        if self.given_up is not None and self.given_up():
            raise Stopped(f"{self.path}: the read was stopped")
        try:
            return step(*given)
        except sqlite3.Error as error:
            raise errors.translate(error, self.path) from error


class _Rows(sqlite3.Cursor):
    """The cursor of a `ReadConnection`: what goes wrong halfway through a result is ours too.

    Where a text is not UTF-8, the statement is run once more, and what cannot be read of it has marks in its place.
    """

    def run(self, *statement: Any) -> sqlite3.Cursor:
        """Execute a statement, and remember it."""
        self._statement, self._given = statement, 0
        return self.execute(*statement)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        # In portions: a call for each row would cost more than the row.
        while rows := self._next(self.fetchmany, 256):
            self._given += len(rows)
            yield from rows

    def fetchone(self) -> Any:
        row = self._next(super().fetchone)
        self._given += 1
        return row

    def fetchall(self) -> list[Any]:
        return self._next(super().fetchall)

    def _next(self, step: Callable[..., T], *given: Any) -> T:
        try:
            return self._conn.ours(step, *given)
        except StoreError as error:
            if not errors.is_undecodable(error.__cause__) or self._conn.text_factory is not str:
                raise
        self._conn.show_undecodable()
        self._conn.ours(self.execute, *self._statement)
        for _ in range(self._given):
            self._conn.ours(super().fetchone)
        return self._conn.ours(step, *given)

    @property
    def _conn(self) -> ReadConnection:
        return cast(ReadConnection, self.connection)


def plain_rows(conn: Connection, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
    """Rows as plain tuples, a good deal quicker than named ones; errors as ours."""
    cursor = conn.cursor()
    cursor.row_factory = None
    try:
        yield from cursor.execute(sql, values)
    except sqlite3.Error as error:
        raise errors.translate(error, getattr(conn, "path", Path())) from error


def decoded(raw: bytes) -> str:
    """A text of the file, with a mark in place of each byte that is not UTF-8."""
    return raw.decode("utf-8", "replace")


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


def read_only_uri(path: Path) -> str:
    """The address by which a store is opened to be read."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    # SQLite makes files beside it even to read, unless it is told that nobody can change it.
    nobody_writes = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    return f"{uri}&immutable=1" if nobody_writes else uri


def connect_read_only(path: Path) -> ReadConnection:
    """A read-only connection, for one thread after the other. Rows are `sqlite3.Row`."""
    try:
        conn = sqlite3.connect(
            read_only_uri(path),
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
