"""A store in which something is broken: one clear line, and the rest is there."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from shell import cminbox, cminbox_each, lines_of, write

from cminbox import paths

COUNT = 400


@pytest.fixture
def store(home: Path, tmp_path: Path) -> Path:
    """A store with 400 messages, each a conversation; its path."""
    text = "where is my refund? " + "please answer " * 20
    assert cminbox("import", str(write(tmp_path / "first.jsonl", lines_of(COUNT, text=text)))).status == 0
    path = paths.find().store
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def changed(store: Path, *statements: str) -> None:
    with closing(sqlite3.connect(store)) as conn:
        for statement in statements:
            conn.execute(statement)
        conn.commit()


BROKEN = {
    "a text that is not UTF-8": "UPDATE messages SET text = CAST(x'66ff6f' AS TEXT) WHERE id = 7",
    "a preview that is not UTF-8": "UPDATE conversations SET preview = CAST(x'66ff6f' AS TEXT) WHERE id = 7",
    "bytes for a text": "UPDATE messages SET text = x'00ff' WHERE id = 7",
    "bytes for a preview": "UPDATE conversations SET preview = x'00ff', handle = x'ff' WHERE id = 7",
    "a word for a time": "UPDATE conversations SET waiting_since = 'soon', newest_at = 'x' WHERE id = 7",
    "a word for a message's time": "UPDATE messages SET created_at = 'soon' WHERE id = 7",
    "labels that are no JSON": "UPDATE conversations SET labels = '[\"a', reasons = '{' WHERE id = 7",
    "reasons of another form": "UPDATE conversations SET reasons = '[[1,2,3,4],7]', labels = '{\"a\": 1}' WHERE id = 7",
    "a priority that is no number": "UPDATE conversations SET priority = 'much' WHERE id = 7",
    "extra that is no JSON": "UPDATE messages SET extra = 'x' WHERE id = 7",
    "an author's name that is not UTF-8": "UPDATE authors SET name = CAST(x'ff' AS TEXT) WHERE id = 7",
    "a source's limits": "UPDATE sources SET limits = 'x'",
    "a source's times": "UPDATE sources SET last_poll_at = 'x', next_poll_at = x'ff', taken = x'ff', failures = '{'",
    "a reply's times": "INSERT INTO outgoing (conversation_id, source_id, status, member, text, key, created_at,"
    " updated_at, next_try_at, try_ended_at) VALUES (7, 1, 'unknown', 'ana', 'hi', 'k', 'x', x'ff', '', '{')",
    "an event's time": "INSERT INTO events (at, actor, action) VALUES ('soon', 'engine', 'wake'), ('{', 'engine', 'x')",
    "the end of a cycle": "INSERT INTO cycle_ends (conversation_id, source_id, member, start_at, end_at, end)"
    " VALUES (7, 'x', 'ana', '[1', 1795000000000, 'answered'), (7, 99, 'ana', 5, 1795000000000, 'answered')",
    "an event's detail": "INSERT INTO events (at, actor, action, detail) VALUES (1, 'engine', 'wake', '{')",
}


READING = (
    ["list", ""],
    ["show", "7"],
    ["show", "7", "--json"],
    ["why", "7"],
    ["report"],
    ["report", "--json"],
    ["log"],
    ["log", "--json"],
    ["sources", "list", "--json"],
    ["doctor", "--offline"],
)
"""Commands that read, and may leave out what is broken."""


@pytest.mark.parametrize("broken", BROKEN)
def test_one_broken_row_keeps_nobody_from_the_rest(store: Path, broken: str) -> None:
    changed(store, BROKEN[broken])
    rows, *read, exported, closed = cminbox_each(["list", "", "--json"], *READING, ["export"], ["do", "close", "8"])
    assert len(rows.json()) == COUNT
    for words, done in zip(READING, read, strict=True):
        assert done.status in (0, 3), (words, done.err)
        assert done.lines is not None
    assert exported.status in (0, 3)
    assert len(exported.out.splitlines()) >= COUNT - 1
    assert all(json.loads(line) for line in exported.out.splitlines())
    assert closed.status == 0


def test_what_a_terminal_would_obey_is_spelled_in_json(store: Path) -> None:
    """A text of the store that did not come through our own door, as from another program."""
    odd = "a\x9b2J\x7f\u202eb\x1b]0;c\x07"
    changed(
        store,
        "UPDATE messages SET text = 'a' || char(155) || '2J' || char(127) || char(8238) || 'b' || char(27)"
        " || ']0;c' || char(7) WHERE id = 7",
        "UPDATE conversations SET name = char(155) || 'x' WHERE id = 7",
    )
    said = [cminbox(*words) for words in (["show", "7", "--json"], ["list", "", "--json"], ["export"])]
    assert not any(char in done.out for done in said for char in "\x9b\x7f\u202e\x1b\x07")
    assert said[0].json()["messages"][0]["text"] == odd
    assert json.loads(said[2].out.splitlines()[6])["text"] == odd


def test_a_text_that_is_not_utf8_is_exported_with_marks_and_told(store: Path) -> None:
    changed(store, "UPDATE messages SET text = CAST(x'66ff6f' AS TEXT) WHERE id = 7")
    done = cminbox("export")
    assert done.status == 3
    assert "not UTF-8" in done.line
    assert sum(json.loads(line)["text"] == "f�o" for line in done.out.splitlines()) == 1


def page_of(store: Path, table: str) -> list[int]:
    """The pages of a table's leaves."""
    with closing(sqlite3.connect(store)) as conn:
        try:
            rows = conn.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,)).fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite cannot say which page is whose")
    return [row[0] for row in rows]


def break_page(store: Path, number: int) -> None:
    with closing(sqlite3.connect(store)) as conn:
        size = conn.execute("PRAGMA page_size").fetchone()[0]
    with store.open("r+b") as file:
        file.seek((number - 1) * size)
        file.write(os.urandom(size))


@pytest.mark.parametrize("table", ["messages", "conversations"])
def test_a_broken_page_takes_only_its_own_rows_along(store: Path, table: str) -> None:
    pages = page_of(store, table)
    break_page(store, pages[len(pages) // 2])
    done = cminbox("export")
    assert done.status == 3
    found = [json.loads(line) for line in done.out.splitlines()]
    assert COUNT * 0.8 < len(found) < COUNT
    assert done.lines
    doctor = cminbox("doctor", "--offline")
    assert doctor.status == 3
    assert "is damaged" in doctor.out or "damaged one" in doctor.out


@pytest.mark.parametrize(
    "command", [["list", ""], ["show", "1"], ["report"], ["do", "close", "1"], ["backup", "copy.db"]]
)
def test_no_command_ends_in_a_traceback_on_a_damaged_store(
    store: Path, command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in page_of(store, "conversations")[:3]:
        break_page(store, number)
    done = cminbox(*command)
    assert done.status in (0, 1, 3)
    assert all("a mistake of ours" not in line for line in done.lines)
    assert not (tmp_path / "copy.db").exists()


def test_a_conversation_that_is_broken_is_shown_in_the_queue(store: Path) -> None:
    changed(store, BROKEN["a word for a time"], BROKEN["labels that are no JSON"].replace("7", "9"))
    rows = {row["id"]: row for row in cminbox("list", "", "--json").json()}
    assert (rows[7]["id"], rows[9]["labels"]) == (7, [])
