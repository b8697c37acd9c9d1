"""A store that is full, in use, damaged or from another time: one clear line, and nothing is lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
from shell import cminbox, limited, lines_of, write

from cminbox import paths
from cminbox.store import Store
from cminbox.store.sqlite import schema

IMPATIENT = limited("from cminbox.store.sqlite import errors\nerrors.BUSY_SECONDS = 0.2")
HOLDER = (
    "import sqlite3, sys\n"
    "conn = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    "conn.execute('BEGIN IMMEDIATE')\n"
    "print(flush=True)\n"
    "sys.stdin.read()\n"
)


@pytest.fixture
def store(home, tmp_path):
    """A store with three conversations; its path."""
    assert cminbox("import", str(write(tmp_path / "first.jsonl", lines_of(3)))).status == 0
    return paths.find().store


def statuses() -> list[str]:
    return [row["status"] for row in cminbox("list", "", "--json").json()]


def test_a_store_of_a_newer_version_is_left_alone(store):
    with sqlite3.connect(store) as conn:
        conn.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    conn.close()
    before = store.read_bytes()
    for words in (["list"], ["poll", "--once"], ["do", "close", "1"]):
        done = cminbox(*words)
        assert (done.status, done.out) == (1, "")
        assert "newer version" in done.lines[-1]
        assert "update cminbox" in done.lines[-1]
    assert store.read_bytes() == before


@pytest.mark.parametrize("raw", [b"Dear diary, today I was no database.\n" * 200, b"\x00" * 9000])
def test_what_is_no_store_is_left_alone(home, raw):
    path = paths.find().store
    path.parent.mkdir()
    path.write_bytes(raw)
    done = cminbox("list")
    assert (done.status, done.out) == (1, "")
    assert str(path) in done.line
    assert "put a backup in its place" in done.line
    assert path.read_bytes() == raw


def test_a_damaged_store_is_told_by_whatever_reads_it(store):
    Store.open(store).close()
    raw = bytearray(store.read_bytes())
    raw[8192:] = b"\x7f" * (len(raw) - 8192)
    store.write_bytes(bytes(raw))
    for words in (["list"], ["report"], ["show", "1"], ["do", "close", "1"], ["export"]):
        done = cminbox(*words)
        assert (done.status, done.out) == (1, ""), words
        assert "damaged" in done.line, words
        assert ("cminbox export" in done.line) == (words != ["export"]), words


def test_a_store_that_another_program_holds_is_read_and_written_to_later(store, tmp_path):
    more = str(write(tmp_path / "more.jsonl", lines_of(5)))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        for words in (["do", "close", "1"], ["import", more]):
            done = cminbox(*words, start=IMPATIENT)
            assert (done.status, done.out) == (1, "")
            assert "another program holds the store" in done.line
        assert statuses() == ["open"] * 3
        holder.stdin.close()
    assert cminbox("import", more).out == "2 new, 3 known\n"
    assert cminbox("do", "close", "1").out == "1 closed, unanswered\n"


def test_a_full_disk_is_told_and_what_did_not_fit_comes_when_there_is_room(store, tmp_path):
    """No file may grow over a bound, as on a disk without room; the log cannot be written then either."""
    bound = store.stat().st_size + 200_000
    full = limited(f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({bound}, {bound}))")
    many = str(write(tmp_path / "many.jsonl", lines_of(3000, lang="en", url="https://x.example/" + "y" * 500)))
    done = cminbox("import", many, start=full)
    assert done.status == 1
    assert "cannot be written" in done.lines[-1]
    assert "free some disk space" in done.lines[-1]
    kept = len(cminbox("list", "", "--json", "--limit", "5000").json())
    again = cminbox("import", many)
    assert (again.status, again.out) == (0, f"{3000 - kept:,} new, {kept:,} known\n")


def test_a_folder_that_cannot_be_made_is_told(home):
    write(paths.find().data, "a file in its place")
    done = cminbox("list")
    assert (done.status, done.out) == (1, "")
    assert str(paths.find().data) in done.line
