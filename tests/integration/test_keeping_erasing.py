"""`backup`, `purge`, `forget`: a copy that is whole, what is old thinned out, a person erased for good."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from shell import cminbox, lines_of, message, write

from cminbox import paths
from cminbox.store import Store, erasing, reporting

SECRET = "my order 4711 never arrived and I want my money"
OTHERS = "has anybody heard of @zafirah_k9? Zafirah Quill wrote the same"


def said(number: int, text: str, **more: Any) -> str:
    return json.dumps({**message(number, text), **more}, ensure_ascii=False) + "\n"


@pytest.fixture
def store(home: Path, tmp_path: Path) -> Path:
    """A store in which one person wrote, was quoted, and is spoken of; its path."""
    person = {"author": {"id": "zafirah_k9", "handle": "zafirah_k9", "name": "Zafirah Quill"}}
    us = {"author": {"id": "us", "handle": "shop"}, "direction": "out"}
    text = (
        said(1, SECRET, **person, conversation="c1", url="https://x.example/@zafirah_k9/1", title="Zafirah complains")
        + said(2, f"Hi Zafirah!\n> {SECRET}\nwe are sorry", **us, conversation="c1", parent="m1")
        + said(3, "hello there", **person, conversation="c3")
        + said(4, OTHERS, conversation="c4")
        + said(5, "nothing to do with it", conversation="c5")
    )
    assert cminbox("import", str(write(tmp_path / "said.jsonl", text))).status == 0
    assert cminbox("do", "note", "Zafirah is a lawyer", "1").status == 0
    assert cminbox("do", "vip", "1").status == 0
    signed = cminbox("handover", "sign", "--worries", "Zafirah Quill may sue", "--must-not", "write to @zafirah_k9")
    assert signed.status == 0
    assert cminbox("do", "close", "1", "2").status == 0
    return paths.find().store


def files(store: Path) -> bytes:
    """Every byte of the files of the store, and of what stands beside it."""
    return b"".join(path.read_bytes() for path in sorted(store.parent.rglob("*")) if path.is_file())


def rows(store: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(store)) as conn:
        return conn.execute(sql).fetchall()


def figures() -> dict[str, Any]:
    """The report, but for what grows older while one looks."""
    found = cminbox("report", "--json").json()
    return {key: value for key, value in found.items() if key not in ("since", "until", "waiting", "by")}


# log


def test_the_log_has_heads_and_says_of_which_conversation_it_speaks(store: Path) -> None:
    head, *_, last = cminbox("log").out.splitlines()
    assert head.split() == ["when", "who", "what", "conversation", "detail"]
    closed, noted = (
        next(line for line in cminbox("log").out.splitlines() if f" {what} " in line) for what in ("close", "note")
    )
    assert "1 @zafirah_k9 +1" in closed
    assert noted.rstrip().endswith("1 @zafirah_k9")
    assert last
    done = cminbox("log", "verify")
    assert (done.status, done.line) == (
        2,
        "this version cannot check the log yet — cminbox log [ID] lists it, of one conversation with its id",
    )
    done = cminbox("log", "zafirah")
    assert done.status == 2
    assert "zafirah is no id of a conversation" in done.line


def test_the_log_shows_times_as_people_read_them(store: Path) -> None:
    assert cminbox("do", "snooze", "2h", "3").status == 0
    shown = cminbox("log").out
    assert "snooze" in shown
    assert not re.search(r"\d{10}", shown)


# backup


def test_a_backup_is_whole_private_and_can_be_put_back(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    told = cminbox("backup", str(copy), "--json").json()
    assert told == {"file": str(copy), "bytes": copy.stat().st_size, "messages": 5, "conversations": 4}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "said.jsonl"]
    before = cminbox("export").out
    assert cminbox("purge", "--before", "0s", "--yes").status == 0
    for end in ("-wal", "-shm"):
        Path(f"{store}{end}").unlink(missing_ok=True)
    copy.replace(store)
    assert cminbox("export").out == before


def test_a_backup_overwrites_nothing_unless_it_is_told_to(store: Path, tmp_path: Path) -> None:
    there = write(tmp_path / "there.db", "mine")
    done = cminbox("backup", str(there))
    assert done.status == 1
    assert "is there already" in done.line
    assert "--force" in done.line
    assert there.read_text() == "mine"
    assert cminbox("backup", str(there), "--force").status == 0
    assert len(rows(there, "SELECT 1 FROM messages")) == 5
    assert "is the store itself" in cminbox("backup", str(store), "--force").line
    assert "is a folder" in cminbox("backup", str(tmp_path)).line
    assert "is no plain file" in cminbox("backup", os.devnull, "--force").line
    assert cminbox("backup", "-").status == 2
    assert cminbox("backup", str(tmp_path / "no" / "such.db")).status == 1
    nowhere = tmp_path / "nowhere.db"
    nowhere.symlink_to(tmp_path / "gone.db")
    assert "is there already" in cminbox("backup", str(nowhere)).line
    assert nowhere.is_symlink()


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal", ".engine", ".migrating", ".before-7"])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_backup_takes_no_place_beside_the_store(
    store: Path, tmp_path: Path, end: str, force: tuple[str, ...]
) -> None:
    folder = tmp_path / "same"
    folder.symlink_to(store.parent)
    done = cminbox("backup", str(folder / f"{store.name}{end}"), *force)
    assert done.status == 1
    assert "belongs to the store itself" in done.line
    assert len(cminbox("list", "", "--json").json()) == 4


def test_a_backup_replaces_no_file_of_the_configuration(home: Path, store: Path) -> None:
    file = write(home / "config" / "config.toml", "")
    assert "among the files of the configuration" in cminbox("backup", str(file), "--force").line
    assert file.read_text() == ""


def test_a_backup_while_somebody_writes(store: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "many.jsonl", lines_of(4000, source="many"))
    writing = subprocess.Popen([sys.executable, "-m", "cminbox", "import", str(file)], stdout=subprocess.DEVNULL)
    try:
        for number in range(3):
            copy = tmp_path / f"copy{number}.db"
            assert cminbox("backup", str(copy)).status == 0
            with Store.open(copy) as opened:
                assert opened.damage() == ""
    finally:
        assert writing.wait(60) == 0


# purge


def test_a_purge_erases_texts_and_keeps_the_figures(store: Path, tmp_path: Path) -> None:
    report = figures()
    shown = cminbox("purge", "--before", "0s", "--dry-run")
    assert "would erase 3 messages in 2 conversations, 1 note" in shown.out
    assert SECRET.encode() in files(store)
    done = cminbox("purge", "--before", "0s", "--yes")
    assert done.status == 0
    assert "erased 3 messages in 2 conversations, 1 note" in done.out
    assert "MB →" in done.out
    left = files(store)
    for gone in (SECRET, "hello there", "lawyer", "we are sorry"):
        assert gone.encode() not in left
    assert b"nothing to do with it" in left  # it is open
    assert figures() == report
    assert len(cminbox("list", "is:closed", "--json").json()) == 2
    assert [m["erased"] for m in cminbox("show", "1", "--json").json()["messages"]] == [True, True]
    assert "would erase 0 messages" in cminbox("purge", "--before", "0s", "--dry-run").out
    event = cminbox("log", "--json").json()[-1]
    assert (event["action"], event["detail"]["messages"]) == ("purge", 3)


def test_what_was_purged_does_not_come_back(store: Path, tmp_path: Path) -> None:
    assert cminbox("purge", "--before", "0s", "--yes").status == 0
    again = cminbox("import", str(tmp_path / "said.jsonl"), "--json").json()
    assert again == {"new": 0, "edited": 0, "known": 5, "bad": 0}
    assert SECRET.encode() not in files(store)
    assert cminbox("export").out.count("\n") == 2


def test_a_purge_spares_what_is_not_over(store: Path) -> None:
    assert cminbox("purge", "--before", "2020-01-01", "--yes", "--json").json()["messages"] == 0
    assert cminbox("do", "reopen", "1").status == 0
    assert cminbox("purge", "--before", "0s", "--yes", "--json").json()["conversations"] == 1
    assert SECRET.encode() in files(store)


@pytest.mark.parametrize("command", [["purge", "--before", "0s"], ["forget", "zafirah_k9"]])
def test_nothing_is_erased_unless_somebody_agrees(store: Path, command: list[str]) -> None:
    done = cminbox(*command)
    assert done.status == 2
    assert "--yes" in done.line
    assert SECRET.encode() in files(store)


@pytest.mark.parametrize("command", [["purge", "--before", "0s"], ["forget", "zafirah_k9"]])
def test_pictures_that_were_looked_at_are_erased_too(home: Path, store: Path, command: list[str]) -> None:
    folder = paths.find().pictures
    folder.mkdir(parents=True)
    (folder / "one").write_bytes(SECRET.encode())
    assert cminbox(*command, "--dry-run").status == 0
    assert folder.exists()
    assert cminbox(*command, "--yes").status == 0
    assert not folder.exists()


def test_a_date_that_is_none_is_told(store: Path) -> None:
    done = cminbox("purge", "--before", "never", "--yes")
    assert (done.status, "is no time" in done.line) == (2, True)


# forget


WORDS_OF_OURS = {
    "authors": {"remote_id", "handle", "name", "url"},  # a person's own rows are emptied
    "contacts": {"role", "follow_up_by"},
    "contact_accounts": {"network", "handle"},  # of others than who is forgotten
    "contact_lists": {"role"},
    "contact_notes": {"member"},
    "contact_suggestions": {"reason", "refused_by"},
    "conversations": {"source", "network", "kind", "status", "handle", "name", "role", "lang", "sentiment_class"}
    | {
        "priority_by",
        "rules",
        "labels",
        "assignee",
        "assigned_by",
        "team",
        "sla",
        "outbox",
        "end",
        "signals",
        "mood_direction",
        "promise_owner",
        "back_why",
        "watchers",
    },
    "crises": {"status", "lead", "declared_by"},
    "crisis_timeline": {"member", "what"},
    "cursors": {"stream", "cursor"},
    "cycle_ends": {"end", "member", "lang"},
    "engine": {"host", "version", "doing"},
    "event_items": {"before", "after"},  # with their conversations
    "events": {"actor", "action", "session", "account"},
    "handovers": {"leaving", "next", "status", "figures", "taken_by"},
    "handover_items": {"part", "key", "kind", "level", "owner", "about", "query", "ids", "ticked_by"},
    "handover_words": {"member", "next"},
    "handover_plans": {"key", "by"},
    "labels": {"label", "by"},
    "life_steps": {"step", "member"},
    "measures": {"measure", "member", "lang"},
    "messages": {
        "kind",
        "direction",
        "lang",
        "lang_by",
        "sentiment_class",
        "sentiment_by",
        "signals_by",
        "visibility",
        "member",
    }
    | {"needs_by", "can", "done", "signals"},
    "notes": {"member"},
    "outgoing": {"kind", "status", "member", "lang", "template", "key", "approved_by", "bulk", "arrived_by", "verb"},
    "allowances": {"name"},
    "sources": {"name", "network", "base_url", "account_id", "account_handle", "limits", "health"}
    | {"told", "off", "paused_by", "silence"},
    "signals": {"signal"},
    "spool": {"digest", "method", "headers"},
    "rule_hits": {"rule"},
    "notices": {"kind", "key", "by", "people", "recipients"},
    "duty": {"member", "by"},
    "deliveries": {"channel", "address", "member", "status", "message_id", "given_up_by"},
    "told": {"acknowledged_by"},
    "channels": {"name"},
    "promises": {"owner", "made_by", "status", "ended_by"},
    "watchers": {"member"},
    "questions": {"handed_to", "token", "expert", "asked_by", "status"},
    "answer_mails": {"message_id", "outcome"},
}
"""Columns that hold words of the program or of the team, or that are emptied with the row; whole tables are below."""
TABLES_OF_OURS = {
    *(
        "assignments",
        "claims",
        "members",
        "presence",
        "settings",
        "template_uses",
        "turns",
        "visits",
        "volumes",
        "waits",
    ),
}


def test_every_column_that_may_hold_what_somebody_said_is_known(store: Path) -> None:
    """A new column of texts has to be named in `store.erasing`, or here."""
    known = {(table, column) for table, columns in erasing.TEXT_COLUMNS for column in columns}
    known |= {*erasing.ID_COLUMNS, *((table, name) for table, names in WORDS_OF_OURS.items() for name in names)}
    tables = rows(store, "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%fts5%'")
    found = {
        (table, column[1])
        for (table,) in tables
        if table not in TABLES_OF_OURS and not table.startswith(("message_words", "_sqlite", "sqlite"))
        for column in rows(store, f"PRAGMA table_info({table})")
        if column[2] == "TEXT"
    }
    assert found == known


@pytest.mark.parametrize("name", ["zafirah_k9", "@zafirah_k9", "@ZAFIRAH_K9", "contact:1"])
def test_a_person_who_is_forgotten_is_found_nowhere(store: Path, name: str) -> None:
    counts = figures()
    paths.find().log.write_text("skipped: a mention of @zafirah_k9\nother\n")
    done = cminbox("forget", name, "--yes")
    assert done.status == 0, done.err
    assert "forgotten: 2 messages in 2 conversations, 1 note" in done.out
    left = files(store).lower()
    for gone in ("zafirah", "quill", SECRET, "hello there", "order 4711", "lawyer"):
        assert gone.lower().encode() not in left, gone
    assert b"nothing to do with it" in left
    assert b"we are sorry" not in left
    assert b"other" in left
    assert cminbox("poll", "--once").status == 0  # nothing is judged anew for want of a text
    assert figures() == counts
    assert len(cminbox("list", "", "--json").json()) == 4
    assert cminbox("list", "refund zafirah", "--json").json() == []
    assert cminbox("forget", name, "--yes").status == 1
    for number in ("1", "2", "3"):
        assert cminbox("show", number).status == 0


def test_who_is_forgotten_waits_no_more_and_what_was_late_stays_missed(store: Path, tmp_path: Path) -> None:
    person = {"author": {"id": "zafirah_k9", "handle": "zafirah_k9", "name": "Zafirah Quill"}}
    now = time.time()

    def at(hours: float) -> str:
        return datetime.fromtimestamp(now - 3600 * hours, UTC).isoformat()

    text = (
        said(21, "where is my parcel?", **person, conversation="c21", created_at=at(6))
        + said(22, "where is my refund?", **person, conversation="c22", created_at=at(1))
        + said(23, "where is my answer?", **person, conversation="c23", created_at=at(2))
        + said(24, "and where is mine?", conversation="c23", created_at=at(0.5))
    )
    assert cminbox("import", str(write(tmp_path / "more.jsonl", text))).status == 0
    home = dict(rows(store, "SELECT remote_id, id FROM conversations"))
    late, soon, both = home["c21"], home["c22"], home["c23"]
    assert cminbox("do", "label", "seen", str(late), str(soon)).status == 0

    def waits(columns: str) -> dict[int, tuple[Any, ...]]:
        found = rows(store, f"SELECT conversation_id, {columns} FROM waits")  # noqa: S608
        return {row[0]: row[1:] for row in found if row[0] in (late, soon)}

    def counted() -> dict[str, Any]:
        found = cminbox("report", "--json").json()
        sums = ("volume", "answer_rate", "ends", "first_act", "touches", "answers", "first_response", "reply")
        return {name: found[name] for name in sums} | {
            f"{group} {name}": {key: each[key] for key in sums} for group in ("source", "member")
            for name, each in found["by"][group].items()
        }  # fmt: skip

    def hours() -> list[tuple[int, int]]:
        """Of each hour how many messages came, and how many were answered."""
        with Store.open(store) as opened:
            return [(one.inbound, one.answered) for one in reporting.hours(opened.read(), 0, int(now * 1000) + 1)]

    before, decided = waits("message_id, start_at, due_at"), cminbox("report", "--json").json()["sla"]
    assert len(before) == 2
    report, came = counted(), hours()
    assert cminbox("forget", "zafirah_k9", "--yes").status == 0
    told, after = report["answer_rate"], counted()
    # Where somebody else wrote too, they wait on their own now, beside who is forgotten.
    needed, answered = told["needed"] + 1, told["answered"]
    assert (after["answer_rate"]["needed"], after["answer_rate"]["answered"]) == (needed, answered)
    assert after["answer_rate"]["rate"] <= told["rate"]
    for figure in report:
        if " " not in figure and figure != "answer_rate":
            assert after[figure] == report[figure], figure
    assert report["first_act"]["wall"]["count"] >= 2
    assert {key: one["volume"] for key, one in after.items() if " " in key} == {
        key: one["volume"] for key, one in report.items() if " " in key
    }
    assert [inbound for inbound, _ in hours()] == [inbound for inbound, _ in came]
    assert sum(answered for _, answered in hours()) <= sum(answered for _, answered in came)
    left = {row["id"]: row for row in cminbox("list", "is:open", "--json").json()}
    assert not {late, soon} & {*left}
    assert both in left
    assert waits("message_id, start_at, due_at") == before
    assert waits("outcome, end_at > due_at") == {late: ("gone", 1), soon: ("gone", 0)}
    rest = rows(store, "SELECT id, waiting, due_at - needs_since FROM conversations WHERE waiting > 0")
    assert (both, 1, 4 * 3_600_000) in rest
    sla = cminbox("report", "--json").json()["sla"]
    assert (sla["hit"], sla["missed"]) == (decided["hit"], decided["missed"])


def test_words_of_others_stay(store: Path) -> None:
    assert cminbox("forget", "zafirah_k9", "--yes").status == 0
    (text,) = [line["text"] for line in map(json.loads, cminbox("export").out.splitlines()) if line["id"] == "m4"]
    assert text == "has anybody heard of [erased]? [erased] wrote the same"
    assert [row["id"] for row in cminbox("list", "anybody", "--json").json()] == [3]


LONG = "the kettle with the blue lid that you sent me on Monday leaks at its handle"


def test_who_is_quoted_where_they_never_wrote_is_not_found_there(store: Path, tmp_path: Path) -> None:
    person = {"author": {"id": "zafirah_k9", "handle": "zafirah_k9", "name": "Zafirah Quill"}}
    ids = {"conversation": "zafirah_k9-1", "id": "zafirah_k9-1"}
    text = (
        said(11, LONG, **person, **ids)
        + said(12, "mine too", conversation="zafirah_k9-1", parent="zafirah_k9-1")
        + said(13, f"RT zafirah_k9: {LONG}", conversation="c13")
        + said(14, "see https://x.example/users/zafirah_k9", conversation="c14")
        + said(15, "the lid that you sent me is fine", conversation="c15")
    )
    assert cminbox("import", str(write(tmp_path / "quoted.jsonl", text))).status == 0
    assert cminbox("forget", "zafirah_k9", "--yes").status == 0
    left = files(store).lower()
    assert b"zafirah" not in left
    assert b"kettle" not in left
    assert b"the lid that you sent me is fine" in left
    (parent,) = rows(store, "SELECT parent FROM messages WHERE text = 'mine too'")
    assert (*parent,) in rows(store, "SELECT remote_id FROM messages")


def test_who_is_meant_has_to_be_clear(store: Path, tmp_path: Path) -> None:
    twin = said(9, "hello", source="blog", author={"id": "other", "handle": "zafirah_k9"})
    assert cminbox("import", str(write(tmp_path / "twin.jsonl", twin))).status == 0
    done = cminbox("forget", "@zafirah_k9", "--yes")
    assert done.status == 2
    assert "2 people are called @zafirah_k9" in done.line
    assert SECRET.encode() in files(store)
    assert cminbox("forget", "@zafirah_k9", "--source", "blog", "--yes").status == 0
    assert SECRET.encode() in files(store)
    done = cminbox("forget", "nobody", "--yes")
    assert (done.status, "nobody here is called nobody" in done.line) == (1, True)


def test_somebody_with_the_name_of_a_member_takes_nothing_of_theirs_along(home: Path, tmp_path: Path) -> None:
    write(home / "config" / "config.toml", '[[member]]\nhandle = "ana"\nlogin = "somebody"\n')
    text = said(1, "hi", author={"id": "7", "handle": "ana", "name": "Ana"}) + said(2, "ask @ana")
    assert cminbox("import", str(write(tmp_path / "said.jsonl", text))).status == 0
    store = paths.find().store
    with closing(sqlite3.connect(store)) as conn:
        conn.execute("INSERT INTO members (handle, name) VALUES ('ana', 'Ana')")
        conn.execute("UPDATE conversations SET assignee = 'ana' WHERE id = 2")
        conn.commit()
    assert cminbox("forget", "7", "--yes").status == 0
    assert rows(store, "SELECT assignee FROM conversations WHERE id = 2") == [("ana",)]
    assert rows(store, "SELECT text FROM messages WHERE id = 2") == [("ask @ana",)]


def test_a_person_who_waits_for_a_reply_is_not_forgotten_under_it(home: Path, tmp_path: Path, store: Path) -> None:
    with closing(sqlite3.connect(store)) as conn:
        conn.execute(
            "INSERT INTO outgoing (conversation_id, source_id, status, member, text, key, created_at, updated_at)"
            " VALUES (1, 1, 'queued', 'ana', 'x', 'k', 1, 1)"
        )
        conn.commit()
    done = cminbox("forget", "zafirah_k9", "--yes")
    assert (done.status, "on the way" in done.line) == (1, True)


def test_while_somebody_reads_the_file_cannot_be_clean_and_this_is_said(store: Path) -> None:
    with closing(sqlite3.connect(store, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM messages").fetchone()
        prelude = "from cminbox.store.sqlite import errors\nerrors.BUSY_SECONDS = 0.3"
        from shell import limited

        done = cminbox("forget", "zafirah_k9", "--yes", start=limited(prelude))
    assert done.status == 3
    assert "not clean yet" in done.lines[0]


def test_a_date_in_the_future_erases_nothing(store):
    refused = cminbox("purge", "--before", "2999-01-01", "--yes")
    assert refused.status == 2
    assert "--before 2999-01-01 is in the future" in refused.line
    assert rows(store, "SELECT COUNT(*) FROM messages WHERE erased = 1") == [(0,)]
