"""SQLite's errors as ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cminbox.errors import CminboxError, Corrupt, Full, Locked, Stopped, StoreError

BUSY_SECONDS = 10.0
"""How long is waited for a lock that another program holds."""

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def translate(error: Exception, path: Path) -> CminboxError:
    """Our error for one of SQLite's or of the system's; other programs' mistakes (a wrong statement) stay so."""
    if isinstance(error, OSError):
        return Full(f"{path}: {error.strerror or error}", "check the folder, its owner and the free disk space")
    primary = _primary_code(error)
    if primary == sqlite3.SQLITE_INTERRUPT:
        return Stopped(f"{path}: the read was stopped")
    if primary in _LOCKED:
        return Locked(
            f"{path}: another program holds the store", f"it was tried for {BUSY_SECONDS:.0f} s; see who uses it"
        )
    if primary in _CORRUPT:
        hint = "put a backup in its place, or move it away; cminbox export writes what can still be read"
        return Corrupt(f"{path}: not a store, or a damaged one", hint)
    if primary == sqlite3.SQLITE_CANTOPEN:
        return Full(f"{path}: cannot be opened ({error})", "check who may read and write it, and its folder")
    if primary == sqlite3.SQLITE_READONLY:
        return Full(f"{path}: cannot be written ({error})", "check who may write it, and its folder: cminbox doctor")
    if primary in _FULL:
        return Full(f"{path}: cannot be written ({error})", "free some disk space and check who owns the folder")
    return StoreError(f"{path}: {error}")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds what this one wants."""
    return _primary_code(error) in _LOCKED


def is_undecodable(error: BaseException | None) -> bool:
    """Whether a text in the file is not UTF-8."""
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode to UTF-8")


def _primary_code(error: Exception) -> int:
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
