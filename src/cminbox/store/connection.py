"""Connections to a SQLite store: one writer thread in a process, read-only readers, migrations, clear errors.

The writer owns the only read-write connection of its process; whoever wants to write hands it a function, which runs
within one `BEGIN IMMEDIATE` transaction. Readers are opened `mode=ro`, one for each thread that asks.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

from cminbox.errors import CminboxError, Corrupt, Full, Locked, Stopped, StoreError, TooNew
from cminbox.store import permissions
from cminbox.store.schema import VERSION
from cminbox.store.search import functions

T = TypeVar("T")
Connection = sqlite3.Connection

BUSY_SECONDS = 10.0
_ASK_AGAIN = 0.002
"""Seconds between two tries to get the write lock."""
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def translate(error: Exception, path: Path) -> CminboxError:
    """Our error for one of the database library's; other programs' mistakes (a wrong statement) stay what they are."""
    code = getattr(error, "sqlite_errorcode", 0) or 0
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_INTERRUPT:
        return Stopped(f"{path}: the read was stopped")
    if primary in _LOCKED:
        return Locked(
            f"{path}: another program holds the store", f"it was tried for {BUSY_SECONDS:.0f} s; see who uses it"
        )
    if primary in _CORRUPT:
        return Corrupt(f"{path}: not a store, or a damaged one", "put a backup in its place, or move it away")
    if primary in _FULL:
        return Full(f"{path}: cannot be written ({error})", "free some disk space and check who owns the folder")
    return StoreError(f"{path}: {error}")


class _Rows(sqlite3.Cursor):
    """A reader's cursor: what goes wrong halfway through a result is told as ours too."""

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        # In portions: a call for each row would cost more than the row.
        while rows := _told(self.connection, self.fetchmany, 256):
            yield from rows

    def fetchone(self) -> Any:
        return _told(self.connection, super().fetchone)

    def fetchall(self) -> list[Any]:
        return _told(self.connection, super().fetchall)


class _Reader(sqlite3.Connection):
    """A read-only connection whose errors are ours: whoever reads knows no database library."""

    path = Path()
    given_up: Callable[[], bool] | None = None
    """Says whether nobody wants the answer any more: between two statements there is nothing to interrupt."""

    def execute(self, *statement: Any) -> sqlite3.Cursor:
        return _told(self, self.cursor(_Rows).execute, *statement)


def _told(conn: Connection, work: Callable[..., T], *given: Any) -> T:
    if isinstance(conn, _Reader) and conn.given_up is not None and conn.given_up():
        raise Stopped(f"{conn.path}: the read was stopped")
    try:
        return work(*given)
    except sqlite3.Error as error:
        raise translate(error, conn.path if isinstance(conn, _Reader) else Path()) from error


class Store:
    """A store that is open. Made by `Store.open`."""

    def __init__(self, path: Path, group: str | None = None) -> None:
        self.path = path
        self.group = group
        self._local = threading.local()
        self._readers: list[Connection] = []
        self._readers_lock = threading.Lock()
        self._work: queue.SimpleQueue[tuple[Callable[[Connection], Any], bool, bool, Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._writer: threading.Thread | None = None
        self._writer_lock = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, group: str | None = None) -> Self:
        """Open the store, making or migrating it where needed.

        Args:
            path: the file; its folder is made (0700, or 2770 with a group).
            group: the Unix group that shares the store, or None.

        Raises:
            TooNew, Locked, Corrupt, Full, StoreError
            ConfigError: this host has no such group.
        """
        permissions.check(group)
        store = cls(path, group)
        try:
            if store._version() < VERSION:
                store._migrate()
            permissions.settle(path, group)
        except (sqlite3.Error, OSError) as error:
            raise translate(error, path) if isinstance(error, sqlite3.Error) else _unusable(path, error) from error
        return store

    def _version(self) -> int:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return 0
        conn = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        try:
            version = int(conn.execute("PRAGMA user_version").fetchone()[0])
            if version == 0 and conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                names = {row[0] for row in conn.execute("SELECT name FROM sqlite_master")}
                if "conversations" not in names and "_sqlite_migrations" not in names:
                    raise Corrupt(f"{self.path}: a database, but not a store of cminbox", "name another data folder")
        finally:
            conn.close()
        if version > VERSION:
            raise TooNew(
                f"{self.path}: written by a newer version (store version {version}, this program knows {VERSION})",
                "update cminbox, or name another data folder with --data",
            )
        return version

    def _migrate(self) -> None:
        from filelock import FileLock, Timeout

        permissions.make_folder(self.path.parent)
        lock = FileLock(f"{self.path}.migrating", timeout=BUSY_SECONDS * 6, mode=permissions.file_mode(self.group))
        try:
            with lock:
                self._migrate_alone()
        except Timeout:
            raise Locked(
                f"{self.path}: another program is bringing the store up to date", "wait for it, then try again"
            ) from None

    def _migrate_alone(self) -> None:
        from cminbox.store import migrations

        before = self._version()
        if before >= VERSION:
            return
        if before > 0:
            self._copy(self.path.with_name(f"{self.path.name}.before-{VERSION}"))
        else:
            self.path.touch(mode=0o600)
            permissions.protect(self.path, self.group)
        conn = self._connect()
        try:
            (migrations.apply if before > 0 else migrations.make)(conn)
        finally:
            conn.close()

    def _copy(self, copy: Path) -> None:
        copy.touch(mode=0o600)
        permissions.protect(copy, self.group)
        source, target = sqlite3.connect(self.path), sqlite3.connect(copy)
        try:
            source.backup(target)
        finally:
            target.close()
            source.close()

    def _connect(self) -> Connection:
        """A read-write connection as the writer wants it."""
        conn = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA temp_store = MEMORY")
        conn.execute("PRAGMA cache_size = -32000")
        functions.register(conn)
        return conn

    def read(self) -> Connection:
        """This thread's read-only connection; the same one at each call. Rows are `sqlite3.Row`."""
        conn: Connection | None = getattr(self._local, "reader", None)
        if conn is None or self._closed:
            conn = self.new_reader()
            self._local.reader = conn
        return conn

    def new_reader(self) -> Connection:
        """A read-only connection of its own, for work that may be interrupted; closed with the store."""
        if self._closed:
            raise StoreError(f"{self.path}: the store is closed")
        try:
            conn = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                factory=_Reader,
            )
            conn.path = self.path
            conn.row_factory = sqlite3.Row
            conn.execute("PRAGMA query_only = ON")
            # Small: the system keeps the file in memory anyway, and a screen should not grow with the store.
            conn.execute("PRAGMA cache_size = -1500")
            functions.register(conn)
        except sqlite3.Error as error:
            raise translate(error, self.path) from error
        with self._readers_lock:
            self._readers.append(conn)
        return conn

    def data_version(self) -> int:
        """A number that changes when another connection has committed; asked by this thread's reader. Cheap."""
        return int(self.read().execute("PRAGMA data_version").fetchone()[0])

    def write(self, work: Callable[[Connection], T], *, durable: bool = True, late: bool = False) -> T:
        """Run `work` in one transaction on the writer thread and return what it returns, once committed.

        Args:
            work: gets the connection; whatever it raises rolls everything back and is raised here.
            durable: survive a power cut (what a person wrote). Pages from a network can be fetched again.
            late: let others write until `work` writes for the first time. Did anybody, `work` is run once more, so it
                must not keep what it read.

        Raises:
            Locked, Full, Corrupt, StoreError; and what `work` raises.
        """
        return self._submit(work, durable, late).result()

    async def awrite(self, work: Callable[[Connection], T], *, durable: bool = True, late: bool = False) -> T:
        """`write` for asynchronous callers: waits without blocking the loop."""
        import asyncio

        return await asyncio.wrap_future(self._submit(work, durable, late))

    def _submit(self, work: Callable[[Connection], T], durable: bool, late: bool) -> Future[T]:
        future: Future[T] = Future()
        with self._writer_lock:
            if self._closed:
                raise StoreError(f"{self.path}: the store is closed")
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_loop, name="store-writer", daemon=True)
                self._writer.start()
            self._work.put((work, durable, late, future))
        return future

    def _write_loop(self) -> None:
        conn: Connection | None = None
        while (item := self._work.get()) is not None:
            work, durable, late, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                conn = conn or self._connect()
                future.set_result(self._transaction(conn, work, durable, late))
            except sqlite3.Error as error:
                future.set_exception(translate(error, self.path))
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever handed the work in
                future.set_exception(error)
            work = future = item = None  # type: ignore[assignment]
        if conn is not None:
            conn.close()

    @staticmethod
    def _transaction(conn: Connection, work: Callable[[Connection], T], durable: bool, late: bool) -> T:
        conn.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        if late:
            conn.execute("BEGIN")
            try:
                return _committed(conn, work)
            except sqlite3.OperationalError as error:
                if not _busy(error):
                    raise  # else somebody wrote since `work` began to read
        _begin(conn)
        return _committed(conn, work)

    def close(self) -> None:
        """Finish the writes that were handed in and close every connection."""
        with self._writer_lock:
            if self._closed:
                return
            self._closed = True
            writer = self._writer
            self._work.put(None)
        if writer is not None:
            writer.join()
        with self._readers_lock:
            for conn in self._readers:
                conn.close()
            self._readers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _begin(conn: Connection) -> None:
    """Begin to write, as soon as nobody else does.

    SQLite's own waiting sleeps longer and longer, and misses the gaps that a busy writer leaves.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    conn.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                conn.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not _busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(_ASK_AGAIN)
            else:
                return
    finally:
        conn.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")


def _busy(error: sqlite3.OperationalError) -> bool:
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in _LOCKED


def _committed(conn: Connection, work: Callable[[Connection], T]) -> T:
    try:
        result = work(conn)
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    return result


def _unusable(path: Path, error: OSError) -> StoreError:
    return Full(f"{path}: {error.strerror or error}", "check the folder, its owner and the free disk space")


def next_changed(conn: Connection) -> int:
    """The number that rows changed in this transaction carry; grows with every call."""
    row = conn.execute(
        "UPDATE settings SET value = CAST(value AS INTEGER) + 1 WHERE key = 'changed' RETURNING CAST(value AS INTEGER)"
    ).fetchone()
    return int(row[0])


def reach_changed(conn: Connection, number: int) -> None:
    """Have the change numbers go on after this one, which rows carry already."""
    conn.execute(
        "UPDATE settings SET value = MAX(CAST(value AS INTEGER), ?) WHERE key = 'changed'",
        (number,),
    )
