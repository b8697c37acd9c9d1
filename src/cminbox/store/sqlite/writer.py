"""The one thread of a process that writes: it owns the only read-write connection, and runs what it is handed."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from cminbox.errors import StoreError
from cminbox.store.sqlite import errors

T = TypeVar("T")

_ASK_AGAIN = 0.002
"""Seconds between two tries to get the write lock."""


class Task(NamedTuple):
    """A transaction that was handed in, and where its result goes; its parts are those of `Store.write`."""

    work: Callable[[sqlite3.Connection], Any]
    durable: bool
    late: bool
    result: Future[Any]


class Writer:
    """Runs transactions one after the other.

    Args:
        path: the store's file, for errors.
        connect: opens the connection; called on the thread, when something is written for the first time.
    """

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._conn: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: Callable[[sqlite3.Connection], T], *, durable: bool, late: bool) -> Future[T]:
        """Hand in a transaction, as `Store.write` does."""
        result: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._path}: the store is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
                self._thread.start()
            self._tasks.put(Task(work, durable, late, result))
        return result

    def close(self) -> None:
        """Finish what was handed in, and close the connection."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._tasks.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._run_next():
            pass
        if self._conn is not None:
            self._conn.close()

    def _run_next(self) -> bool:
        """Wait for a transaction and run it, keeping nothing of it afterwards; False once there will be no more."""
        task = self._tasks.get()
        if task is None:
            return False
        if task.result.set_running_or_notify_cancel():
            try:
                self._conn = self._conn or self._connect()
                task.result.set_result(_transaction(self._conn, task))
            except sqlite3.Error as error:
                task.result.set_exception(errors.translate(error, self._path))
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever handed the work in
                task.result.set_exception(error)
        return True


def _transaction(conn: sqlite3.Connection, task: Task) -> Any:
    conn.execute(f"PRAGMA synchronous = {'FULL' if task.durable else 'NORMAL'}")
    if task.late:
        conn.execute("BEGIN")
        try:
            return _committed(conn, task.work)
        except sqlite3.OperationalError as error:
            if not errors.is_busy(error):
                raise  # else somebody wrote since `work` began to read
    _begin(conn)
    return _committed(conn, task.work)


def _begin(conn: sqlite3.Connection) -> None:
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


def _committed(conn: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    try:
        result = work(conn)
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    return result
