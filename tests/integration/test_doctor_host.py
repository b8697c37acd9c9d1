"""What `doctor` sees of the host: modes of files, the engine, the clock, the keyring, the store."""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from shell import START, cminbox, limited, lines_of, write

from cminbox import members, paths
from cminbox.model import HOUR, MINUTE, now
from cminbox.store import Store, engine, events, sources
from cminbox.store.sqlite import schema

ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another account")


@pytest.fixture
def store(home: Path, tmp_path: Path) -> Path:
    write(
        home / "config" / "config.toml",
        '[[source]]\nname = "shop"\nnetwork = "mastodon"\nbase_url = "http://127.0.0.1:9"\n',
    )
    (home / "config").chmod(0o700)
    assert cminbox("import", str(write(tmp_path / "a.jsonl", lines_of(2)))).status == 0
    return paths.find().store


def found(what: str, start: list[str] | None = None) -> list[tuple[str, str, str]]:
    """The doctor's lines about something: state, text, hint."""
    done = cminbox("doctor", "--offline", "--json", **({"start": start} if start else {}))
    assert done.status in (0, 1, 3), done.err
    import json

    return [(c["state"], c["text"], c["hint"] or "") for c in json.loads(done.out) if c["check"] == what]


def set_engine(store: Path, **columns: object) -> None:
    """An engine said of itself what an engine of this host says, but for these columns."""
    with Store.open(store) as opened:

        def work(conn: sqlite3.Connection) -> None:
            engine.start(conn, os.getpid(), socket.gethostname(), "0.1.0", now(), by_hand=True)
            for name, value in columns.items():
                conn.execute(f"UPDATE engine SET {name} = ?", (value,))  # noqa: S608

        opened.write(work)


@contextmanager
def locked(store: Path) -> Iterator[int]:
    """Another process holds the engine's lock."""
    code = (
        "import fcntl, os, sys\nfd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "fcntl.flock(fd, fcntl.LOCK_EX)\nprint(flush=True)\nsys.stdin.read()"
    )
    command = [sys.executable, "-c", code, f"{store}.engine"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdin
        process.stdout.readline()
        yield process.pid
        process.stdin.close()


def test_a_healthy_host(store: Path) -> None:
    assert found("data folder") == [("ok", str(store.parent), "")]
    assert [state for state, _, _ in found("store")] == ["ok"]
    assert found("engine")[0][0] == "ok"
    assert found("clock") == []
    assert found("member")[0][:2] == ("ok", f"{members.account_name()}, lead, by the account {members.account_name()}")


def test_a_data_folder_that_others_can_read(store: Path) -> None:
    store.parent.chmod(0o755)
    assert found("data folder") == [
        ("warn", f"{store.parent} can be read by others (mode 755)", f"chmod 700 {store.parent}")
    ]


def test_a_store_and_a_folder_that_are_read_only(store: Path) -> None:
    store.chmod(0o444)
    state, text, hint = found("store")[0]
    assert (state, text) == ("fail", f"{store} is read-only (mode 444)")
    assert f"chmod 600 {store}" in hint
    assert store.stat().st_mode & 0o777 == 0o444  # looking changes nothing
    store.chmod(0o600)
    store.parent.chmod(0o500)
    assert ("fail", f"{store.parent} is read-only (mode 500)") in [one[:2] for one in found("store")]
    store.parent.chmod(0o700)


@ROOT_ONLY
def test_another_account_reads_what_it_may_and_is_told_what_not(store: Path) -> None:
    folder = store.parent
    for path in (*folder.parents[:2], folder):
        path.chmod(0o755)
    store.chmod(0o444)
    (paths.find().config).chmod(0o755)
    as_nobody = limited("import os\nos.setgid(65534)\nos.setuid(65534)")
    if subprocess.run([*as_nobody, "--version"], capture_output=True, timeout=60).returncode:
        pytest.skip("another account cannot run this checkout")
    assert len(cminbox("list", "", "--json", start=as_nobody).json()) == 2
    done = cminbox("do", "close", "1", start=as_nobody)
    assert done.status == 1
    assert "cannot be written" in done.line
    assert found("store", as_nobody)[0][0] == "fail"


def test_an_engine_that_was_killed(store: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    set_engine(store, pid=gone.pid)
    state, text, _ = found("engine")[0]
    assert (state, "is gone" in text) == ("warn", True)


def test_an_engine_whose_number_another_program_has(store: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        set_engine(store, pid=other.pid)
        state, text, _ = found("engine")[0]
        other.kill()
    assert (state, "another program" in text) == ("warn", True)


def test_an_engine_that_hangs(store: Path) -> None:
    with locked(store) as holder:
        set_engine(store, pid=holder, beat_at=now() - 5 * MINUTE)
        state, text, _ = found("engine")[0]
    assert (state, "has not been heard of for 5m" in text or "another program" in text) == ("warn", True)


def test_an_engine_that_serves_a_file_that_is_gone(store: Path) -> None:
    """It holds the lock, and the store knows of none: its own store is another file."""
    with locked(store) as holder:
        state, text, hint = found("engine")[0]
    assert state == "fail"
    assert "its file was replaced" in text
    assert hint == f"end it: kill {holder}"


def test_a_store_that_was_put_back(store: Path) -> None:
    with Store.open(store) as opened:
        opened.write(lambda conn: events.add(conn, now() - HOUR, "engine", "store put back", count=0))
    assert any("replaced by a copy 1h ago" in text for _, text, _ in found("store"))


def test_a_clock_that_was_set_back(store: Path) -> None:
    set_engine(store, beat_at=now() + 2 * HOUR)
    state, text, _ = found("engine")[0]
    assert (state, "in the future" in text) == ("warn", True)
    with Store.open(store) as opened:

        def work(conn: sqlite3.Connection) -> None:
            row = sources.ensure(conn, "shop", "mastodon", base_url="http://127.0.0.1:9")
            sources.update(conn, row.id, {"last_poll_at": now() + 2 * HOUR})

        opened.write(work)
    assert any("shop" in text and "polled 2h in the future" in text for _, text, _ in found("clock"))


def test_a_keyring_that_cannot_be_read(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path / "broken_keyring.py",
        "from keyring.backend import KeyringBackend\nfrom keyring.errors import KeyringLocked\n"
        "class Keyring(KeyringBackend):\n    priority = 9\n"
        "    def get_password(self, service, name):\n        raise KeyringLocked('locked,\\nask somebody')\n"
        "    set_password = delete_password = get_password\n",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "broken_keyring.Keyring")
    # The folders that Python looks in are read once, when it starts.
    state, text, hint = found("keyring", START)[0]
    assert (state, text) == ("warn", "it cannot be read: KeyringLocked: locked, ask somebody")
    assert "CMINBOX_SECRET_SHOP" in hint
    monkeypatch.setenv("CMINBOX_SECRET_SHOP", "x")
    assert found("keyring") == []


def test_little_room_on_the_disk(store: Path) -> None:
    small = limited(
        "from cminbox.cli import store_checks\nstore_checks._NO_SPACE = store_checks._LITTLE_SPACE = 1 << 60"
    )
    assert found("disk", small)[0][0] == "fail"


def test_a_store_of_a_newer_version(store: Path) -> None:
    with closing(sqlite3.connect(store)) as conn:
        conn.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    state, text, hint = found("store")[-1]
    assert (state, "newer version" in text, "update" in hint) == ("fail", True, True)


def test_an_account_without_a_name(store: Path) -> None:
    nameless = limited("import pwd\ndef nobody(uid):\n    raise KeyError(uid)\npwd.getpwuid = nobody")
    state, text, hint = found("member", nameless)[0]
    assert (state, "no name" in text, "/etc/passwd" in hint) == ("warn", True, True)


def test_looking_writes_nothing(store: Path) -> None:
    before = store.read_bytes()
    assert cminbox("doctor", "--offline").status in (0, 3)
    assert cminbox("sources", "test", "shop").status == 1
    assert store.read_bytes() == before
    with open(f"{store}.engine", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
