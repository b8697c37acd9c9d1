"""Who may open the store's files: its owner alone, or a group of the host that shares it."""

from __future__ import annotations

import errno
import grp
import os
import stat
from pathlib import Path

from cminbox.errors import ConfigError


def file_mode(group: str | None) -> int:
    """The mode of a store's files."""
    return 0o660 if group else 0o600


def check(group: str | None) -> None:
    """Whether there is such a group, before anything is made for it.

    Raises:
        ConfigError: this host has no such group.
    """
    if group:
        _gid(group)


def protect(path: Path, group: str | None, mode: int | None = None) -> None:
    """Give a file of ours its mode (or this one) and, where one shares the store, its group.

    Raises:
        ConfigError: this host has no such group.
        OSError: it may not be changed.
    """
    if group:
        os.chown(path, -1, _gid(group))
    os.chmod(path, file_mode(group) if mode is None else mode)  # after chown, which takes the setgid bit away


def settle(path: Path, group: str | None) -> None:
    """Bring what is there to what the configuration says now: the store may have become a shared one since.

    Files of another account are left to it; a folder that is not shared, to whoever made it.

    Raises:
        ConfigError: this host has no such group.
        OSError: it may not be changed.
    """
    gid = _gid(group) if group else None
    wanted = [(Path(f"{path}{end}"), file_mode(group)) for end in ("", "-wal", "-shm", ".migrating", ".engine")]
    if group:
        wanted.insert(0, (path.parent, 0o2770))
    for part, mode in wanted:
        try:
            found = part.stat()
        except FileNotFoundError:
            continue
        right = stat.S_IMODE(found.st_mode) == mode and gid in (None, found.st_gid)
        # One that its owner may not write was closed on purpose, and is read only.
        if right or found.st_uid != os.geteuid() or not found.st_mode & stat.S_IWUSR:
            continue
        try:
            protect(part, group, mode)
        except OSError as error:
            if error.errno != errno.EROFS:
                raise


def _gid(group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        hint = "name another as group under [store] in config.toml, or none"
        raise ConfigError(f"this host has no group {group!r}", hint=hint) from None
