"""A store in a SQLite file: opened, brought up to date, read by any thread and written by one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Self, TypeVar

from cminbox.errors import Corrupt, Locked, StoreError, TooNew
from cminbox.store.sqlite import errors, permissions, schema
from cminbox.store.sqlite.connection import Connection, ReadConnection, connect, connect_read_only, read_only_uri
from cminbox.store.sqlite.file_watch import FileWatch, inode
from cminbox.store.sqlite.writer import Writer

T = TypeVar("T")


class Store:
    """A store that is open. Made by `Store.open`.

    Whoever wants to write hands over a function, which runs on the writer's thread within one `BEGIN IMMEDIATE`
    transaction. Each thread that reads has a read-only connection of its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._watch = FileWatch(path, keep=True)
        self._writer = Writer(self._watch)
        self._local = threading.local()
        self._readers: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, group: str | None = None) -> Self:
        """Open the store, making or migrating it where needed.

        Args:
            path: the file; its folder is made (0700, or 2770 with a group).
            group: the Unix group that shares the store, or None.

        Raises:
            TooNew, Locked, Corrupt, Full, NotPermitted, StoreError
            ConfigError: this host has no such group.
        """
        permissions.check(group)
        try:
            if _version(path) < schema.VERSION:
                _bring_up_to_date(path, group)
            permissions.settle(path, group)
        except (sqlite3.Error, OSError) as error:
            raise errors.translate(error, path) from error
        return cls(path)

    def read(self) -> Connection:
        """This thread's read-only connection; the same one at each call. Rows are `sqlite3.Row`."""
        conn: Connection | None = getattr(self._local, "reader", None)
        if conn is None or self._closed:
            conn = self._local.reader = self.new_reader()
        return conn

    def new_reader(self) -> ReadConnection:
        """A read-only connection of its own, for work that may be interrupted; closed with the store."""
        if self._closed:
            raise StoreError(f"{self.path}: the store is closed")
        conn = connect_read_only(self.path)
        with self._lock:
            self._readers.append(conn)
        return conn

    def data_version(self) -> int:
        """A number that changes when another connection has committed; asked by this thread's reader. Cheap."""
        version = int(self.read().execute("PRAGMA data_version").fetchone()[0])
        self._watch.note_log()
        return version

    def check_file(self) -> None:
        """Look whether the file that was opened is still the one at its path. Cheap.

        Raises:
            Replaced: it was replaced or removed: reading goes on with the old one, and writing is refused.
        """
        self._watch.check()

    def inode(self) -> str:
        """What tells the store's file from a copy that is put in its place."""
        return inode(self.path)

    def made_at(self) -> str:
        """When the store was made, to the microsecond, which tells stores apart. A copy has its original's."""
        row = self.read().execute("SELECT applied_at FROM _sqlite_migrations ORDER BY id LIMIT 1").fetchone()
        return str(row[0]) if row else ""

    def damage(self) -> str:
        """What is wrong with the store's file; empty if nothing. Reads all of it."""
        found = [str(row[0]) for row in self.read().execute("PRAGMA quick_check(3)")]
        return "" if found == ["ok"] else "; ".join(found)

    def write(self, work: Callable[[Connection], T], *, durable: bool = True, late: bool = False) -> T:
        """Run `work` in one transaction on the writer thread and return what it returns, once committed.

        Args:
            work: gets the connection; whatever it raises rolls everything back and is raised here.
            durable: survive a power cut (what a person wrote). Pages from a network can be fetched again.
            late: let others write until `work` writes for the first time. Did anybody, `work` is run once more, so it
                must not keep what it read.

        Raises:
            Replaced: another file stands at its path; nothing was written into that.
            Locked, Full, NotPermitted, Corrupt, StoreError; and what `work` raises.
        """
        return self._writer.submit(work, durable=durable, late=late).result()

    async def awrite(self, work: Callable[[Connection], T], *, durable: bool = True, late: bool = False) -> T:
        """`write` for asynchronous callers: waits without blocking the loop."""
        import asyncio

        return await asyncio.wrap_future(self._writer.submit(work, durable=durable, late=late))

    def close(self) -> None:
        """Finish the writes that were handed in and close every connection."""
        self._closed = True
        self._writer.close()
        with self._lock:
            for conn in self._readers:
                conn.close()
            self._readers.clear()
        self._watch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _version(path: Path) -> int:
    """How many migrations a store has; 0 where there is none yet."""
    if not path.exists() or path.stat().st_size == 0:
        return 0
    with closing(sqlite3.connect(read_only_uri(path), uri=True, timeout=errors.BUSY_SECONDS)) as conn:
        version = int(conn.execute("PRAGMA user_version").fetchone()[0])
        if version == 0 and conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            names = {row[0] for row in conn.execute("SELECT name FROM sqlite_master")}
            if "conversations" not in names and "_sqlite_migrations" not in names:
                raise Corrupt(f"{path}: a database, but not a store of cminbox", "name another data folder")
    if version > schema.VERSION:
        raise TooNew(
            f"{path}: written by a newer version (store version {version}, this program knows {schema.VERSION})",
            "update cminbox, or name another data folder with --data",
        )
    return version


def _bring_up_to_date(path: Path, group: str | None) -> None:
    """Make or migrate a store, while no other program does."""
    from filelock import FileLock, Timeout

    # Nobody else may look into it before `permissions.settle` says so.
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(f"{path}.migrating", timeout=errors.BUSY_SECONDS * 6, mode=permissions.file_mode(group))
    try:
        with lock:
            _bring_up_to_date_alone(path, group)
    except Timeout:
        raise Locked(
            f"{path}: another program is bringing the store up to date", "wait for it, then try again"
        ) from None


def _bring_up_to_date_alone(path: Path, group: str | None) -> None:
    before = _version(path)
    if before >= schema.VERSION:
        return
    if before > 0:
        _copy(path, path.with_name(f"{path.name}.before-{schema.VERSION}"), group)
    else:
        path.touch(mode=0o600)
        permissions.protect(path, group)
    with closing(connect(path)) as conn:
        (schema.migrate if before > 0 else schema.make)(conn)


def _copy(path: Path, copy: Path, group: str | None) -> None:
    copy.touch(mode=0o600)
    permissions.protect(copy, group)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
