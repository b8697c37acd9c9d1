"""Which process holds the lock that elects the engine, without taking it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

UNNAMED = 0
"""Somebody holds it who cannot be named: in another container, or on a system that does not tell."""


def holder(lock: Path, *, look_only: bool = False) -> int | None:
    """The process that holds a lock file, `UNNAMED`, or None where nobody does.

    Args:
        look_only: do not even try the lock, as is done for a moment where the system names nobody.
    """
    try:
        inode = lock.stat().st_ino
    except OSError:
        return None
    found = _named(inode)
    if found is not None or look_only:
        return found
    return UNNAMED if _is_held(lock) else None


def is_ours(pid: int) -> bool:
    """Whether a process runs this program; True where the system does not tell what it runs."""
    try:
        return b"cminbox" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return not Path("/proc/self/cmdline").exists() and exists(pid)
    except OSError:
        return True


def exists(pid: int) -> bool:
    """Whether a process of this host is alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _named(inode: int) -> int | None:
    try:
        lines = Path("/proc/locks").read_text("ascii", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        # 1: FLOCK  ADVISORY  WRITE 1234 08:01:393 0 EOF
        words = line.split()
        if len(words) > 5 and words[1] == "FLOCK" and words[5].rpartition(":")[2] == str(inode):
            return max(int(words[4]), UNNAMED)
    return None


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
