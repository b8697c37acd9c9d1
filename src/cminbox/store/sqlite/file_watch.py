"""Whether the file that was opened is still the one at its path.

A file that is replaced or removed lives on for whoever has it open: what is written into it nobody reads again. The
same holds for its write-ahead log (`-wal`), which lives as long as any connection is open.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cminbox.errors import Replaced

_Identity = tuple[int, int]


class FileWatch:
    """Knows the file at a path since it was made, by device and inode.

    Args:
        path: of the file.
        keep: hold on to the file until `close`, so that no other can get its inode.
    """

    def __init__(self, path: Path, *, keep: bool = False) -> None:
        self.path = path
        self._kept: int | None = None
        if keep and hasattr(os, "O_PATH"):  # closing another kind of descriptor would end SQLite's locks on the file
            with suppress(OSError):
                self._kept = os.open(path, os.O_PATH)
        self._log_path = Path(f"{path}-wal")
        self._file = _identity(path)
        self._log: _Identity | None = None

    def check(self) -> None:
        """Look whether it is still there. Cheap: two calls of the system.

        Raises:
            Replaced: another file stands there, or none, or its log was removed.
        """
        found = _identity(self.path)
        if found != self._file:
            raise Replaced(self.path, "was removed" if found is None else "was replaced by another file")
        if self._log is not None and _identity(self._log_path) != self._log:
            raise Replaced(self.path, f"lost its log ({self._log_path.name} was removed)")

    def close(self) -> None:
        """Let go of the file."""
        if self._kept is not None:
            os.close(self._kept)
            self._kept = None

    def note_log(self) -> None:
        """A connection is open and has read: from now on the log stays until it is closed."""
        if self._log is None:
            self._log = _identity(self._log_path)

    @property
    def log_was_removed(self) -> bool:
        """Whether the file is the same, but what was written last stands in a log that nobody else can find."""
        return self._log is not None and _identity(self.path) == self._file and _identity(self._log_path) is None


def is_whole(path: Path) -> bool:
    """Whether a file that nobody of this process has open is as long as it says of itself: a copy may be under way."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
        size = path.stat().st_size
    except OSError:
        return False
    if len(head) < 100:
        return False
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0
    return size >= pages * (65536 if page == 1 else page)


def inode(path: Path) -> str:
    """What tells a file from another that is put in its place; empty where there is none."""
    found = _identity(path)
    return "" if found is None else str(found[1])


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
