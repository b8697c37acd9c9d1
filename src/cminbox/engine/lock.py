"""The lock by which one engine serves a store."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from cminbox.errors import Replaced, StoreError
from cminbox.store import Store, engine
from cminbox.store.sqlite.errors import of_system
from cminbox.store.sqlite.file_watch import FileWatch


class AnotherRuns(StoreError):
    """An engine already serves this store."""


class EngineLock:
    """A store's lock, held in a file beside it.

    Args:
        group: whether the accounts of the file's group may run engines too.
    """

    def __init__(self, store: Store, *, group: bool) -> None:
        path = Path(f"{store.path}.engine")
        self._store = store
        self._lock = FileLock(path, timeout=0, mode=0o660 if group else 0o600)
        self._watch = FileWatch(path)

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            AnotherRuns: another process holds it.
        """
        path = self._store.path
        try:
            self._lock.acquire()
        except Timeout:
            row = engine.get(self._store.read())
            who = f" (process {row.pid} on {row.host})" if row else ""
            raise AnotherRuns(f"an engine already serves {path}{who}", "it polls and sends; nothing is to do") from None
        except OSError as error:
            raise of_system(error, self._watch.path) from error
        self._watch = FileWatch(self._watch.path)

    def release(self) -> None:
        """Let the next engine have it."""
        self._lock.release()

    def check(self) -> None:
        """Look whether the store and the lock are still the ones that this engine began with.

        Raises:
            Replaced: another engine may serve what stands there now.
        """
        self._store.check_file()
        try:
            self._watch.check()
        except Replaced:
            raise Replaced(self._store.path, "lost the lock of its engine") from None
