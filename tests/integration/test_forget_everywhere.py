"""`forget`, byte by byte: of a person of two networks nothing is left in the data folder, whatever table it was in."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from shell import cminbox, message, write

from cminbox import paths

TOKENS = ("zafirah", "quill", "zafi_k9", "id-88123", "id-99321", "quinoa", "9911xq")
"""Names, handles, ids and words of theirs, of ours to them and of ours about them."""


def said(number: int, text: str, **more: Any) -> str:
    return json.dumps({**message(number, text), **more}, ensure_ascii=False) + "\n"


@pytest.fixture
def store(home: Path, tmp_path: Path) -> Path:
    """A person of two networks with something of theirs in every table, and in files beside the store; its path."""
    one = {"author": {"id": "id-88123", "handle": "zafi_k9", "name": "Zafirah Quill"}, "source": "shop"}
    two = {"author": {"id": "id-99321", "handle": "quillz.art", "name": "Quillz"}, "source": "pics"}
    us = {"author": {"id": "us", "handle": "shop"}, "direction": "out", "source": "shop"}
    bo = {"author": {"id": "bo", "handle": "bo"}, "source": "shop"}
    text = (
        said(1, "quinoa in my tea", **one, conversation="c1", url="https://x.example/@zafi_k9/1", lang="en")
        + said(2, "9911xq: we refund your quinoa today", **us, conversation="c1", parent="m1")
        + said(3, "more quinoa", **two, conversation="c3")
        + said(4, "our rice is fresh, see @zafi_k9", **bo, conversation="c4")
        + said(5, "I ask too", **one, conversation="c4", parent="m4")
        + said(6, "9911xq we are sorry", **us, conversation="c4", parent="m5")
        + said(7, "and bo is right", **us, conversation="c4", parent="m4")
    )
    assert cminbox("import", str(write(tmp_path / "said.jsonl", text))).status == 0
    store = paths.find().store
    people = (
        "name,tags,interests,writes_at,lists,accounts,follow_up,follow_up_at,notes\n"
        "Zafirah Quill,quinoafan,quinoa soup,Quinoa Daily,Friends of Zafirah Quill,"
        f"{network(store)}:zafi_k9;tiktok:zafi_k9x,call about quinoa,2099-01-01T10:00Z,allergic to quinoa\n"
    )
    assert cminbox("contacts", "import", str(write(tmp_path / "people.csv", people))).out.startswith("1 new")
    assert cminbox("contacts", "merge", "contact:1", "id-99321").status == 0
    with closing(sqlite3.connect(store)) as conn:
        number, mixed = (conversation(conn, key) for key in ("c1", "c4"))
        asked = conn.execute("SELECT id FROM messages WHERE remote_id = 'm5'").fetchone()[0]
    for words in (["note", "quinoa lawyer"], ["role", "troll"], ["label", "billing"]):
        assert cminbox("do", *words, str(number)).status == 0
    assert cminbox("do", "note", f"message:{asked}", "quinoa here too", str(mixed)).status == 0
    sign = ("handover", "sign", "--worries", "Zafirah Quill may sue", "--must-not", "write to @zafi_k9")
    assert cminbox(*sign).status == 0
    assert cminbox("do", "close", "--query", "from:@quillz.art OR quinoa OR rice").status in (0, 3)  # nobody waits
    with closing(sqlite3.connect(store)) as conn:
        fill(conn, number, mixed)
        conn.commit()
    state = paths.find().state
    state.mkdir(parents=True, exist_ok=True)
    write(state / f"unsent-root-{number}.txt", "to @zafi_k9\n\nyour quinoa 9911xq\n")
    write(state / f"unsent-root-note-{number}.txt", f"Note, conversation {number}\n\n9911xq\n")
    write(state / "unsent-root-99.txt", "to @bo\n\nas Zafirah Quill said\n")
    typed = {"commands": ["note 9911xq"], "queries": ["9911xq"], "search": "9911xq", "filter": "from:@zafi_k9"}
    write(state / "queue-ana.json", json.dumps({"view": "Mine", "query": "from:@zafi_k9", **typed}))
    write(paths.find().log, "skipped: a mention of @zafi_k9\nother\n")
    return store


def network(store: Path) -> str:
    with closing(sqlite3.connect(store)) as conn:
        return str(conn.execute("SELECT network FROM sources WHERE name = 'shop'").fetchone()[0])


def conversation(conn: sqlite3.Connection, key: str) -> int:
    return int(conn.execute("SELECT id FROM conversations WHERE remote_id = ?", (key,)).fetchone()[0])


def fill(conn: sqlite3.Connection, number: int, mixed: int) -> None:
    """Something about a conversation of theirs alone in each table that can have it, and replies in another one."""
    theirs = dict(conn.execute("SELECT remote_id, id FROM messages").fetchall())
    outgoing = (
        "INSERT INTO outgoing (conversation_id, source_id, message_id, status, member, text, key, error, seen,"
        " created_at, updated_at) VALUES (?, 1, ?, ?, 'ana', '9911xq your quinoa', ?, 'quinoa', 'quinoa', 1, 1)"
    )
    replies = ((number, "m1", "draft"), (number, "m1", "failed"), (number, "m1", "sent"), (mixed, "m5", "sent"))
    for place, (home, answers, status) in enumerate(replies):
        conn.execute(outgoing, (home, theirs[answers], status, f"k{place}"))
    about = (
        # An open one would be withdrawn: nobody is left to whom it could be kept.
        "INSERT INTO promises (conversation_id, text, due_at, owner, made_by, made_at, word, status, ended_at)"
        " VALUES (:c, 'refund the quinoa', 9999999999999, 'ana', 'ana', 1, 'quinoa', 'kept', 2)",
        "UPDATE conversations SET promise = 'refund the quinoa', promise_at = 9999999999999 WHERE id = :c",
        "INSERT INTO questions (token, conversation_id, expert, text, asked_by, asked_at)"
        " VALUES ('t', :c, 'anna', 'is the quinoa recalled?', 'ana', 1)",
        "INSERT INTO notices (at, kind, key, title, text, conversation_id)"
        " VALUES (1, 'assigned', 'n1', 'quinoa is yours', 'quinoa', :c)",
        "INSERT INTO handover_items (handover_id, part, place, key, kind, level, line, note, conversation_id)"
        " VALUES (1, 'stands', 99, 'x:1', 'vip', 'watch', 'quinoa waits', 'quinoa', :c)",
        "INSERT INTO handover_plans (key, conversation_id, text, by, at) VALUES ('x:1', :c, 'if quinoa', 'ana', 1)",
        "INSERT INTO contact_notes (contact_id, member, text, created_at) VALUES (1, 'ana', 'quinoa', 1)",
        "INSERT INTO contact_suggestions (author_id, other_id, reason)"
        " SELECT MAX(id), MIN(id), 'handle' FROM authors WHERE contact_id = 1",
        "INSERT INTO contact_accounts (network, handle, contact_id) VALUES ('x', 'zafirahquill', 1)",
        "INSERT INTO spool (source_id, received_at, digest, method, body)"
        """ SELECT 1, 1, 'd', 'POST', CAST('{"name": "zafi_k9", "text": "quinoa"}' AS BLOB)""",
        "INSERT INTO events (at, actor, action, detail) VALUES"
        """ (1, 'member:ana', 'contact set', '{"contact": 1, "was": {"name": "Quinoa"}, "made": {}}'),"""
        """ (1, 'engine', 'follow-up', '{"contact": 1, "what": "call about quinoa", "of": "ana"}')""",
    )
    for sql in about:
        conn.execute(sql, {"c": number})


def bytes_of(store: Path) -> dict[str, bytes]:
    """The files of the data and of the state folder, in lower case."""
    folders = {store.parent, paths.find().state}
    found = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return {path.name: path.read_bytes().lower() for path in found}


def traces(store: Path) -> set[tuple[str, str]]:
    return {(name, token) for name, raw in bytes_of(store).items() for token in TOKENS if token.encode() in raw}


def places(store: Path) -> set[tuple[str, str]]:
    """The tables that have a trace, with the text."""
    with closing(sqlite3.connect(store)) as conn:
        return {(line.split("(")[0], line[:400]) for line in conn.iterdump() if any(t in line.lower() for t in TOKENS)}


def figures() -> dict[str, Any]:
    """The report, but for what grows older while one looks."""
    found = cminbox("report", "--json").json()
    return {key: value for key, value in found.items() if key not in ("since", "until", "waiting", "by")}


def times(store: Path) -> list[Any]:
    with closing(sqlite3.connect(store)) as conn:
        return conn.execute("SELECT id, created_at, direction, member, author_id FROM messages ORDER BY id").fetchall()


def test_no_byte_of_a_person_is_left_in_the_data_folder(store: Path) -> None:
    counts, written = figures(), times(store)
    copy = write(store.parent / f"{store.name}.before-7", "Zafirah Quill")
    assert len({token for _, token in traces(store)}) == len(TOKENS)
    done = cminbox("forget", "contact:1", "--yes")
    assert done.status == 0, done.err
    assert f"copies of the store still have it: {copy.name}, and backups" in done.err
    copy.unlink()
    assert places(store) == set()
    assert traces(store) == set()
    left = b"".join(bytes_of(store).values())
    for kept in (b"our rice is fresh", b"and bo is right", b"other", b'"view": "mine"'):
        assert kept in left, kept
    with closing(sqlite3.connect(store)) as conn:
        asked = conn.execute("SELECT status FROM questions").fetchall()
        assert asked == [("withdrawn",)], "a colleague would be reminded of nothing"
    assert (figures(), times(store)) == (counts, written)
    assert cminbox("poll", "--once").status == 0
    assert figures() == counts
    assert cminbox("contacts", "list", "--json").json() == []
    for command in (["log"], ["show", "1"], ["show", "2"], ["contacts", "export"], ["handover", "show", "1"]):
        assert cminbox(*command).status == 0


def test_what_was_answered_to_them_does_not_come_back(store: Path, tmp_path: Path) -> None:
    assert cminbox("forget", "contact:1", "--yes").status == 0
    assert cminbox("import", str(tmp_path / "said.jsonl")).status == 0
    assert ("cminbox.db", "9911xq") not in traces(store)


@pytest.mark.parametrize("who", ["id-88123", "quillz.art", "Zafirah Quill", "zafi_k9x"])
def test_by_any_name_of_theirs_the_whole_person_is_forgotten(store: Path, who: str) -> None:
    assert cminbox("forget", who, "--yes").status == 0
    assert traces(store) == set()
