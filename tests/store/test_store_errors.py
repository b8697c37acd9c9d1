"""What the system and SQLite refuse, by what to do next: make room, become another account, look at the disk."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cminbox.errors import Full, NotPermitted, StoreError
from cminbox.store import Store
from cminbox.store.sqlite.errors import translate

PATH = Path("/there/cminbox.db")


def of_sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("number", "kind", "hint"),
    [
        (errno.EACCES, NotPermitted, "which account"),
        (errno.EPERM, NotPermitted, "which account"),
        (errno.EROFS, NotPermitted, "mount its disk"),
        (errno.ENOSPC, Full, "free some disk space"),
        (errno.EDQUOT, Full, "free some disk space"),
        (errno.EFBIG, Full, "free some disk space"),
        (errno.ENOTDIR, StoreError, "look what stands there"),
        (errno.EIO, StoreError, "look what stands there"),
        (errno.ENOENT, StoreError, "look what stands there"),
    ],
)
def test_the_systems_refusals_have_their_own_kinds(number: int, kind: type[StoreError], hint: str) -> None:
    error = translate(OSError(number, os.strerror(number), "/there"), PATH)
    assert type(error) is kind
    assert error.message == f"{PATH}: {os.strerror(number)} (/there)"
    assert hint in error.hint
    assert kind is Full or "space" not in error.hint


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, Full),
        (sqlite3.SQLITE_IOERR_WRITE, Full),
        (sqlite3.SQLITE_IOERR_READ, StoreError),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreError),
        (sqlite3.SQLITE_READONLY, NotPermitted),
        (sqlite3.SQLITE_READONLY_DIRECTORY, NotPermitted),
        (sqlite3.SQLITE_CANTOPEN, StoreError),
    ],
)
def test_sqlites_refusals_have_their_own_kinds(code: int, kind: type[StoreError], tmp_path: Path) -> None:
    error = translate(of_sqlite(code), tmp_path / "cminbox.db")
    assert type(error) is kind
    assert error.message.startswith(f"{tmp_path / 'cminbox.db'}: ")
    assert kind is Full or "space" not in error.hint


@pytest.mark.parametrize(("make", "what"), [(Path.mkdir, "a folder"), (os.mkfifo, "no plain file")])
def test_what_stands_in_the_place_of_a_store_is_named(
    make: Callable[[Path], object], what: str, tmp_path: Path
) -> None:
    path = tmp_path / "cminbox.db"
    make(path)
    for code in (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_CANTOPEN):
        error = translate(of_sqlite(code), path)
        assert error.message == f"{path}: {what}, and no store"
        assert "move it away" in error.hint


def test_a_disk_that_is_read_only_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_flag=os.ST_RDONLY))
    error = translate(of_sqlite(sqlite3.SQLITE_CANTOPEN), tmp_path / "cminbox.db")
    assert isinstance(error, NotPermitted)
    assert "its disk is read-only" in error.message
    assert "mount its disk" in error.hint


OTHER_ACCOUNT = textwrap.dedent(
    """
    import os, sys
    import urllib.parse  # pathlib imports it late, and the other account may not read root's Python then
    from pathlib import Path
    from cminbox import config, paths
    from cminbox.engine.loop import Engine
    from cminbox.errors import StoreError
    from cminbox.store import Store
    import cminbox.store.sqlite.writer
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
    for opened in (Store.open, lambda path: Store(path).read()):
        try:
            opened(Path(sys.argv[1]))
        except StoreError as error:
            print(type(error).__name__, error.line())
    """
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_store_of_another_account_is_no_full_disk() -> None:
    # Not below pytest's folder: each pytest that starts meanwhile closes that to others.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "data" / "cminbox.db"
        Store.open(path).close()
        script = [sys.executable, "-c", OTHER_ACCOUNT, str(path)]
        done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    for line in done.stdout.splitlines():
        assert line.startswith(f"NotPermitted {path}: ")
        assert "check who owns it" in line
