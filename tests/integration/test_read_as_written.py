"""Imports and stores with what strangers write: other encodings, times that are none, one zone for everything."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from shell import cminbox, lines_of, message, write

from cminbox import paths

TEXTS = ("hello there", "the cup", "señor, mañana")
LINES = "".join(json.dumps(message(n, text), ensure_ascii=False) + "\n" for n, text in enumerate(TEXTS))


def imported(path: Path, raw: bytes) -> tuple[int, list[str], int]:
    """Exit status, what was said, and how many messages are stored."""
    path.write_bytes(raw)
    done = cminbox("import", str(path))
    return done.status, done.lines, len(cminbox("export").out.splitlines())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (LINES.encode("utf-16"), "is UTF-16, not JSON Lines in UTF-8; nothing was stored"),
        (b"\xfe\xff" + LINES.encode("utf-16-be"), "is UTF-16,"),
        (LINES.encode("utf-16-le"), "is UTF-16 without a byte order mark"),
        (b"\0" * 5000, "is binary data, not JSON Lines in UTF-8; nothing was stored — give it a file of JSON Lines"),
        (LINES.encode("utf-16-be"), "iconv -f UTF-16BE -t UTF-8"),
        (LINES.encode("utf-32"), "is UTF-32,"),
        (gzip.compress(LINES.encode(), mtime=0), "is compressed (gzip)"),
        (b"PK\x03\x04" + LINES.encode(), "is an archive (zip)"),
        (b"SQLite format 3\x00" + zlib.compress(b"x"), "is a database (SQLite)"),
    ],
    ids=["utf-16", "utf-16 be", "utf-16 le, no mark", "nul", "utf-16 be, no mark", "utf-32", "gzip", "zip", "sqlite"],
)
def test_a_file_that_is_something_else_is_told_in_one_line_and_nothing_of_it_is_taken(tmp_path, raw, says):
    status, told, stored = imported(tmp_path / "in.jsonl", raw)
    assert (status, stored, len(told)) == (1, 0, 1)
    assert says in told[0]


@pytest.mark.parametrize(
    ("raw", "stored", "says"),
    [
        (LINES.encode("latin-1"), 2, "in.jsonl:3: byte 0xf1 is not UTF-8"),
        (LINES.encode().replace("ñor".encode(), b"\x81"), 2, "in.jsonl:3: byte 0x81 is not UTF-8"),
        (LINES.encode() + b"\x00" * 40 + b"\n", 3, "in.jsonl:4: not JSON: it has NUL bytes"),
        (LINES.encode() + b"x" * 50_000_000 + b"\n" + lines_of(5).encode(), 5, "in.jsonl:4: longer than"),
    ],
    ids=["latin-1", "one byte", "nul", "50 MB"],
)
def test_a_bad_line_is_told_by_its_number_and_the_others_are_taken(tmp_path, raw, stored, says):
    status, told, count = imported(tmp_path / "in.jsonl", raw)
    assert (status, count, len(told)) == (3, stored, 1)
    assert says in told[0]


@pytest.mark.parametrize("raw", [LINES.encode("utf-8-sig"), LINES.replace("\n", "\r\n").encode()], ids=["mark", "crlf"])
def test_what_is_utf8_is_taken_with_its_mark_and_with_line_ends_of_windows(tmp_path, raw):
    assert imported(tmp_path / "in.jsonl", raw) == (0, [], 3)


def test_standard_input_is_looked_at_too(tmp_path):
    command = [sys.executable, "-m", "cminbox", "import", "-"]
    done = subprocess.run(command, input=LINES.encode("utf-16"), capture_output=True, check=False)
    assert done.returncode == 1
    assert b"standard input is UTF-16" in done.stderr
    done = subprocess.run(command, input=LINES.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"3 new, 0 known\n")


@pytest.mark.skipif(sys.platform != "linux", reason="there is no such file elsewhere")
def test_a_file_that_cannot_be_read_is_told_in_one_line():
    done = cminbox("import", "/proc/self/mem")
    assert done.status == 1
    assert done.line.startswith("mem cannot be read: ")


NO_TIMES = (
    *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.9999999Z"),
    *("1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1989-12-31T23:59:59Z", "2999-01-01T00:00:00Z"),
)


def test_times_that_stand_for_none_are_told_and_skipped(tmp_path):
    bad = [message(n, created_at=time) for n, time in enumerate(NO_TIMES)]
    good = [message(100), message(101, created_at="2016-12-31T23:59:60Z"), message(102, created_at="2026-05-01T24:00Z")]
    file = write(tmp_path / "in.jsonl", "".join(json.dumps(one) + "\n" for one in (*bad, *good)))
    done = cminbox("import", str(file))
    assert (done.status, done.out) == (3, f"3 new, 0 known, {len(bad)} bad\n")
    assert done.lines[0] == "in.jsonl:1: 'created_at' is before 1990: 0001-01-01T00:00:00Z; skipped"
    assert done.lines[2] == "in.jsonl:3: 'created_at' is in the future: 9999-12-31T23:59:59Z; skipped"
    times = {json.loads(line)["created_at"] for line in cminbox("export").out.splitlines()}
    assert times == {"2026-05-01T00:01:40+00:00", "2017-01-01T00:00:00+00:00", "2026-05-02T00:00:00+00:00"}


RULE = '[[rule]]\nname = "day"\nwhen = "created:2026-05-02"\nlabels = ["second"]\n'
CALENDAR = '[calendar]\nzone = "Europe/Madrid"\nmon = ["09:00-18:00"]\n'


@pytest.mark.parametrize("when", [-62_135_596_800_000, 253_402_300_799_999, -(2**62), 2**62])
def test_a_store_that_has_an_impossible_time_can_be_read(tmp_path, when):
    write(paths.find().config / "config.toml", CALENDAR)
    assert cminbox("import", str(write(tmp_path / "in.jsonl", lines_of(2)))).status == 0
    with sqlite3.connect(paths.find().store) as conn:
        conn.execute("UPDATE messages SET created_at = ? WHERE id = 1", (when,))
        columns = ("created_at", "newest_at", "inbound_at", "waiting_since", "cycle_at", "snoozed_until", "due_at")
        for name in columns:
            conn.execute(f"UPDATE conversations SET {name} = ? WHERE id = 1", (when,))  # noqa: S608 - our own names
    commands = [
        *(["list", ""], ["list", "", "--json"], ["list", "created:2026-05-01"], ["list", "is:overdue"]),
        *(["show", "1"], ["show", "1", "--json"], ["show", "2"], ["why", "1"], ["export"]),
        *(["report"], ["report", "--json"], ["report", "--format", "markdown"], ["report", "--format", "csv"]),
        *(["do", "close", "1"], ["do", "reopen", "1"], ["do", "snooze", "2h", "1"], ["do", "note", "x", "1"]),
    ]
    for command in commands:
        done = cminbox(*command)
        assert done.status == 0, (command, done.err)


def test_snooze_queries_and_shown_times_have_the_calendars_zone(tmp_path):
    write(paths.find().config / "config.toml", CALENDAR)
    write(paths.find().config / "rules" / "days.toml", RULE)
    late = message(1, created_at="2026-05-01T22:30:00Z")  # the 2nd in Madrid
    assert cminbox("import", str(write(tmp_path / "in.jsonl", json.dumps(late) + "\n"))).status == 0
    (found,) = cminbox("list", "created:2026-05-02", "--json").json()
    assert "second" in found["labels"]
    assert cminbox("list", "created:2026-05-01", "--json").json() == []
    assert cminbox("do", "snooze", "tomorrow", "9:00", "1").status == 0
    row = cminbox("show", "1", "--json").json()
    assert re.search(r"T0[78]:00:00\+00:00$", row["snoozed_until"])
    shown = cminbox("show", "1").out
    assert re.search(r"snoozed until \d{4}-\d\d-\d\d 09:00", shown)
    assert "2026-05-02 00:30" in shown
    period = ["report", "--since", "2026-05-02", "--until", "2026-05-02", "--format", "text"]
    assert cminbox(*period).out.startswith("2026-05-02 00:00 to 2026-05-03 00:00")
