"""A store that an older program made is brought up to date and answers as a new one does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

import pytest
from store_rows import add_random

from cminbox import query
from cminbox.model import StoredAuthor, StoredMessage
from cminbox.query import Context
from cminbox.store import Store, conversations, search, sources
from cminbox.store.intake import IntakeWriter
from cminbox.store.sqlite import schema

NOW = 1_770_000_000_000


def old_store(path: Path) -> Store:
    """A store as version 1 made it."""
    with pytest.MonkeyPatch.context() as patch:
        first = schema.scripts()[:1]
        patch.setattr(schema, "scripts", lambda: first)
        patch.setattr(schema, "VERSION", 1)
        return Store.open(path)


RENAMED = {"replies": "outgoing"}
"""Tables that have another name since."""


def make_old(path: Path, newer: Path) -> None:
    """Make a store of version 1 that holds the same as a newer one, as far as that has a place for it."""
    old_store(path).close()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("ATTACH ? AS newer", (str(newer),))
        tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT GLOB '*sqlite_*'"
        for (table,) in conn.execute(tables).fetchall():
            if table.startswith("message_words_"):
                continue  # the search index keeps these for itself
            now_in = RENAMED.get(table, table)
            there = [
                {row[1] for row in conn.execute(f"PRAGMA {side}.table_info({name})")}
                for side, name in (("main", table), ("newer", now_in))
            ]
            columns = ", ".join(["rowid"] * (table == "message_words") + sorted(set.intersection(*there)))
            conn.execute(f"DELETE FROM main.{table}")  # noqa: S608 - names of our own tables
            conn.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{now_in}")  # noqa: S608
        conn.commit()


def schema_of(store: Store) -> dict[str, str]:
    """Everything that a migration makes, and how."""
    made = store.read().execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%words%'")
    return {row["name"]: row["sql"] for row in made}


def say(store: Store, start: int, count: int) -> None:
    """Messages in the first conversations."""

    def work(conn: Connection) -> None:
        writer = IntakeWriter(conn)
        for number in range(start, start + count):
            said = {"source_id": 1, "remote_id": f"m{number}", "conversation_id": number % 19 + 1, "kind": "mention",
                    "direction": "in", "text": "a refund, please", "created_at": NOW, "fetched_at": NOW}  # fmt: skip
            writer.messages.append(StoredMessage(id=writer.new_id("messages"), author=StoredAuthor(None), **said))
        writer.flush()

    store.write(work)


def homes(store: Store) -> list[tuple[int, int]]:
    return [tuple(row) for row in store.read().execute("SELECT id, conversation_id FROM message_homes ORDER BY id")]


def test_a_store_of_the_first_version_gets_what_queries_need(tmp_path: Path) -> None:
    with Store.open(tmp_path / "new.db") as store:
        store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
        add_random(store, 60, seed=3)
        say(store, 0, 40)
        fresh = schema_of(store)
        wanted = found(store)
    make_old(tmp_path / "old.db", tmp_path / "new.db")
    with closing(sqlite3.connect(tmp_path / "old.db")) as conn:
        (made,) = conn.execute("SELECT sql FROM sqlite_master WHERE name = 'labels_label'").fetchone()
    assert "removed" not in made
    with Store.open(tmp_path / "old.db") as store:
        assert schema_of(store) == fresh
        assert found(store) == wanted
        assert any(wanted.values())


@pytest.mark.parametrize("old", [False, True])
def test_whose_conversation_a_message_is_in_is_known_whatever_becomes_of_it(tmp_path: Path, old: bool) -> None:
    with Store.open(tmp_path / ("newer.db" if old else "store.db")) as store:
        store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
        add_random(store, 20, seed=5)
        say(store, 0, 100)
    if old:
        make_old(tmp_path / "store.db", tmp_path / "newer.db")
    with Store.open(tmp_path / "store.db") as store:
        say(store, 100, 100)

        def some_go_and_move(conn: Connection) -> None:
            conn.execute("UPDATE messages SET conversation_id = 1 WHERE id % 3 = 0")
            conn.execute("UPDATE messages SET id = id + 1000 WHERE id % 5 = 0")
            conn.execute("DELETE FROM messages WHERE id % 7 = 0")
            conn.execute("DELETE FROM conversations WHERE id = 5")

        store.write(some_go_and_move)
        said = store.read().execute("SELECT id, conversation_id FROM messages ORDER BY id")
        assert homes(store) == [tuple(row) for row in said]
        assert len(homes(store)) > 100


def found(store: Store) -> dict[str, list[int]]:
    conn, answers = store.read(), {}
    for text in ("is:open is:mine", "label:billing", "priority:>2 is:unassigned", "sentiment:<0", "lang:es", "refund"):
        where = search.to_sql(query.parse(text), Context(NOW, "ana"), conversations.counter(conn))
        answers[text] = [row.id for row in conversations.page(conn, where, "newest")]
    return answers


@pytest.mark.parametrize("old", [False, True])
def test_how_much_came_in_is_known_whatever_becomes_of_it(tmp_path: Path, old: bool) -> None:
    with Store.open(tmp_path / ("newer.db" if old else "store.db")) as store:
        store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
        store.write(lambda conn: sources.ensure(conn, "forum", "rss"))
        add_random(store, 30, seed=5)
        store.write(lambda conn: conn.execute("UPDATE conversations SET inbound = id % 4"))
    if old:
        make_old(tmp_path / "store.db", tmp_path / "newer.db")
    with Store.open(tmp_path / "store.db") as store:
        add_random(store, 30, seed=6)

        def check(statement: str) -> None:
            store.write(lambda conn: conn.execute(statement))
            kept = store.read().execute("SELECT source_id, assignee, lang, inbound FROM volumes WHERE inbound <> 0")
            added = store.read().execute(
                "SELECT source_id, assignee, lang, sum(inbound) FROM conversations GROUP BY source_id, assignee, lang"
                " HAVING sum(inbound) <> 0"
            )
            rows = {tuple(row) for row in added}
            assert {tuple(row) for row in kept} == rows
            assert len(rows) > 5

        for statement in (
            "UPDATE conversations SET inbound = inbound + id % 3",
            "UPDATE conversations SET lang = 'xx', inbound = 7 WHERE id % 5 = 0",
            "UPDATE conversations SET assignee = 'zoe' WHERE id % 3 = 0",
            "UPDATE conversations SET assignee = assignee, priority = priority + 1",
            "UPDATE conversations SET source_id = 2 WHERE id % 4 = 0",
            "UPDATE conversations SET inbound = 0 WHERE id % 6 = 0",
            "DELETE FROM conversations WHERE id % 7 = 0",
            "DELETE FROM sources WHERE id = 2",
        ):
            check(statement)


def test_what_an_older_store_knows_of_waits_and_ends_is_kept(tmp_path: Path) -> None:
    """Answers as they were measured, who waits now, and closings as answered only where somebody was."""
    path = tmp_path / "old.db"
    with Store.open(tmp_path / "new.db") as store:
        store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
    make_old(path, tmp_path / "new.db")
    states = [
        ("open", 10, None),
        ("closed", None, 90),
        ("closed", None, 80),
        ("pending", None, None),
        ("closed", None, 95),
    ]
    with closing(sqlite3.connect(path)) as conn:
        for number, (status, waiting, closed) in enumerate(states, start=1):
            conn.execute(
                "INSERT INTO conversations (id, source_id, remote_id, source, network, kind, status, created_at,"
                " newest_at, changed, waiting_since, closed_at, sla_target, due_at)"
                " VALUES (?, 1, ?, 'brand', 'mastodon', 'mention', ?, 10, 10, 1, ?, ?, 100, ?)",
                (number, f"c{number}", status, waiting, closed, waiting and waiting + 100),
            )
            conn.execute(
                "INSERT INTO messages (id, source_id, remote_id, conversation_id, kind, direction, text, created_at,"
                " fetched_at) VALUES (?, 1, ?, ?, 'mention', 'in', 'hello', 10, 10)",
                (number, f"m{number}", number),
            )
        conn.executemany(
            "INSERT INTO messages (source_id, remote_id, conversation_id, kind, direction, text, created_at,"
            " fetched_at) VALUES (1, ?, ?, 'mention', ?, 'hello', ?, 10)",
            [("o2", 2, "out", 30), ("o4", 4, "out", 40), ("o5", 5, "out", 30), ("again", 5, "in", 50)],
        )
        measured = [(2, "first_response", 30), (2, "reply", 30), (2, "resolution", 90), (3, "resolution", 80),
                    (4, "first_response", 40), (4, "reply", 40), (5, "first_response", 30), (5, "reply", 30),
                    (5, "resolution", 95)]  # fmt: skip
        conn.executemany(
            "INSERT INTO measures (conversation_id, source_id, measure, start_at, end_at, member, sla_target)"
            " VALUES (?, 1, ?, 10, ?, 'ana', 100)",
            measured,
        )
        conn.commit()
    with Store.open(path) as store:
        conn = store.read()
        waits = conn.execute("SELECT conversation_id, start_at, due_at, end_at, outcome FROM waits ORDER BY 1, 2")
        assert [tuple(row) for row in waits] == [
            (1, 10, 110, None, ""),
            (2, 10, 110, 30, "answered"),
            (3, 10, 110, 80, "unanswered"),
            (4, 10, 110, 40, "answered"),
            (5, 10, 110, 30, "answered"),
            (5, 50, 150, 95, "unanswered"),
        ]
        ends = conn.execute("SELECT conversation_id, end_at, end FROM cycle_ends ORDER BY 1")
        assert [tuple(row) for row in ends] == [(2, 90, "answered"), (3, 80, "unanswered"), (5, 95, "unanswered")]
        assert [row[0] for row in conn.execute("SELECT end FROM conversations ORDER BY id")] == [
            "",
            "answered",
            "unanswered",
            "",
            "unanswered",
        ]
        resolved = conn.execute("SELECT conversation_id FROM measures WHERE measure = 'resolution'").fetchall()
        assert [row[0] for row in resolved] == [2]
        first = conversations.get(conn, 1)
        assert first is not None
        assert first.needs_since == 10
