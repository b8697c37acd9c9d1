"""The one thread of a process that writes: it owns the only read-write connection, and runs what it is handed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from cminbox.errors import StoreError
from cminbox.store.sqlite import errors
from cminbox.store.sqlite.connection import Connection, connect, decoded
from cminbox.store.sqlite.file_watch import FileWatch

T = TypeVar("T")

_ASK_AGAIN = 0.002
"""Seconds between two tries to get the write lock."""


class Writer:
    """Runs transactions one after the other. Its connection is opened when something is written for the first time."""

    def __init__(self, watch: FileWatch) -> None:
        self._watch = watch
        self._path = watch.path
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-writer")
        self._conn: Connection | None = None

    def submit(self, work: Callable[[Connection], T], *, durable: bool, late: bool) -> Future[T]:
        """Hand in a transaction, as `Store.write` does."""
        try:
            return self._pool.submit(self._run, work, durable, late)
        except RuntimeError:
            raise StoreError(f"{self._path}: the store is closed") from None

    def close(self) -> None:
        """Finish what was handed in, and close the connection."""
        self._pool.shutdown()
        if self._conn is not None:
            if self._watch.log_was_removed:
                # Nobody can find that log any more: what stands in it goes into the file.
                with suppress(sqlite3.Error):
                    self._conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._conn.close()

    def _run(self, work: Callable[[Connection], T], durable: bool, late: bool) -> T:
        self._watch.check()
        try:
            if self._conn is None:
                self._conn = connect(self._path)
                self._watch.check()
            try:
                result = _transaction(self._conn, work, durable, late)
            except sqlite3.OperationalError as error:
                if not errors.is_undecodable(error) or self._conn.text_factory is not str:
                    raise
                self._conn.text_factory = decoded
                result = _transaction(self._conn, work, durable, late)
        except sqlite3.Error as error:
            raise errors.translate(error, self._path) from None
        self._watch.note_log()
        self._watch.check()  # else it was written into a file that went away meanwhile
        return result


def _transaction(conn: Connection, work: Callable[[Connection], T], durable: bool, late: bool) -> T:
    conn.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    if late:
        conn.execute("BEGIN")
        try:
            return _committed(conn, work)
        except sqlite3.OperationalError as error:
            if not errors.is_busy(error):
                raise  # else somebody wrote since `work` began to read
    _begin(conn)
    return _committed(conn, work)


def _begin(conn: Connection) -> None:
    """Begin to write, as soon as nobody else does.

    SQLite's own waiting sleeps longer and longer, and misses the gaps that a busy writer leaves.
    """
    deadline = time.monotonic() + errors.BUSY_SECONDS
    conn.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                conn.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not errors.is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(_ASK_AGAIN)
            else:
                return
    finally:
        conn.execute(f"PRAGMA busy_timeout = {round(errors.BUSY_SECONDS * 1000)}")


def _committed(conn: Connection, work: Callable[[Connection], T]) -> T:
    try:
        result = work(conn)
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    return result
