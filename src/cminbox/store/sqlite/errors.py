"""SQLite's errors as ours."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from cminbox.errors import CminboxError, Corrupt, Full, Locked, NotPermitted, Stopped, StoreError

BUSY_SECONDS = 10.0
"""How long is waited for a lock that another program holds."""

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_PERMITTED = {errno.EACCES, errno.EPERM}
_WHO = "check who owns it and its folder, and which account this is: cminbox doctor"
_MOUNT = "mount its disk so that it can be written, or name another folder with --data"
_ROOM = "free some disk space; where there is some, look at the disk"


def translate(error: Exception, path: Path) -> CminboxError:
    """Our error for one of SQLite's or of the system's; other programs' mistakes (a wrong statement) stay so."""
    if isinstance(error, OSError):
        return of_system(error, path)
    code = getattr(error, "sqlite_errorcode", 0) or 0
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
    # It says so too of a file that cannot grow beyond what this account may have.
    if primary == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_WRITE:
        return Full(f"{path}: cannot be written ({error})", _ROOM)
    if primary == sqlite3.SQLITE_READONLY:
        return NotPermitted(f"{path}: cannot be written ({error})", _WHO)
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR) and (what := _no_file(path)):
        return StoreError(f"{path}: {what}, and no store", "move it away, or name another folder with --data")
    if primary == sqlite3.SQLITE_CANTOPEN:
        if _is_read_only(path.parent):
            return NotPermitted(f"{path}: cannot be opened, for its disk is read-only", _MOUNT)
        if _is_closed_to_us(path):
            return NotPermitted(f"{path}: cannot be opened by this account ({error})", _WHO)
        return StoreError(f"{path}: cannot be opened ({error})", "look what stands there, and at its folder")
    if primary == sqlite3.SQLITE_IOERR:
        return StoreError(
            f"{path}: the disk failed ({error})", "look at the disk and at what the system's log says of it"
        )
    return StoreError(f"{path}: {error}")


def of_system(error: OSError, path: Path) -> StoreError:
    """Our error for one of the system's about the store, or a file or folder of its own."""
    named = error.filename if isinstance(error.filename, str) and error.filename != str(path) else ""
    what = f"{path}: {error.strerror or error}" + (f" ({named})" if named else "")
    if error.errno in _NOT_PERMITTED:
        return NotPermitted(what, _WHO)
    if error.errno == errno.EROFS:
        return NotPermitted(what, _MOUNT)
    if error.errno in _NO_ROOM:
        return Full(what, _ROOM)
    return StoreError(what, "look what stands there, and at its folder")


def _no_file(path: Path) -> str:
    """What stands at a place, where that is no file; empty where it is one, or nothing, or nobody may look."""
    with suppress(OSError):
        if path.exists() and not path.is_file():
            return "a folder" if path.is_dir() else "no plain file"
    return ""


def _is_read_only(folder: Path) -> bool:
    """Whether a folder is on a disk that nobody may write to."""
    with suppress(OSError):
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    return False


def _is_closed_to_us(path: Path) -> bool:
    """Whether this account may not read the store, a file beside it, or its folder."""
    parts = (path.parent, path, *(Path(f"{path}{end}") for end in ("-wal", "-shm")))
    with suppress(OSError):
        return any(
            part.exists() and not os.access(part, os.X_OK | os.R_OK if part.is_dir() else os.R_OK) for part in parts
        )
    return True


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds what this one wants."""
    return _primary_code(error) in _LOCKED


def is_undecodable(error: BaseException | None) -> bool:
    """Whether a text in the file is not UTF-8."""
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode to UTF-8")


def _primary_code(error: Exception) -> int:
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
