"""A copy of a store while others use it: whole, checked, and there in one step or not at all."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from cminbox.errors import CminboxError, Corrupt
from cminbox.store.sqlite import errors


def back_up(store: Path, target: Path, *, force: bool = False) -> None:
    """Copy a store to a file that only its owner can read.

    Args:
        force: replace a file that is there.

    Raises:
        CminboxError: the file is there already, is one of the store's own, or cannot be written.
        Corrupt: the copy is damaged, because the store is; nothing is kept of it.
    """
    if target.is_dir():
        raise CminboxError(f"{target} is a folder", "name a file in it")
    if _is_beside(store, target):
        raise CminboxError(
            f"{target} belongs to the store itself", f"name a file that does not begin with {store.name}"
        )
    if os.path.lexists(target):
        if target.exists() and target.samefile(store):
            raise CminboxError(f"{target} is the store itself", "name another file")
        if not (target.is_file() or target.is_symlink()):
            raise CminboxError(f"{target} is no plain file", "name another file")
        if not force:
            raise CminboxError(f"{target} is there already", "name another file, or replace it with --force")
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise CminboxError(f"{target} cannot be written: {error.strerror}", "name another place") from error
    try:
        _copy(store, fresh)
        _sync(fresh)
        os.replace(fresh, target)
        _sync(target.parent)
    except OSError as error:
        raise CminboxError(f"{target} cannot be written: {error.strerror}", "name another place") from error
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                Path(f"{fresh}{end}").unlink()


def _is_beside(store: Path, target: Path) -> bool:
    """Whether a file is one that SQLite and we keep beside the store: its log, its locks, copies of before."""
    real, place = Path(os.path.realpath(store)), Path(os.path.realpath(target.parent), target.name)
    return place.parent == real.parent and place != real and place.name.startswith(real.name)


def _copy(store: Path, fresh: Path) -> None:
    try:
        uri = f"{store.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=errors.BUSY_SECONDS)) as source,
            closing(sqlite3.connect(fresh, isolation_level=None)) as copy,
        ):
            source.backup(copy)  # in one step: what others write meanwhile neither waits nor comes into it
    except sqlite3.Error as error:
        raise errors.translate(error, store) from error
    try:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
            found = [str(row[0]) for row in copy.execute("PRAGMA integrity_check(3)")]
    except sqlite3.Error as error:
        found = [str(error)]
    if found != ["ok"]:
        raise Corrupt(
            f"{store}: damaged, and so would be the copy: {'; '.join(found)}", "cminbox export saves the rest"
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
