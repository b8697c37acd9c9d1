"""A record and its table are one: the columns, their types, and what stands in a column that nobody named."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from store_rows import store_in

from cminbox.model import Content, Conversation, Instant, Reason, StoredMessage
from cminbox.store import conversations, records
from cminbox.store.changes import ConversationChanges, MessageChanges
from cminbox.store.crises import Crisis, CrisisChanges

FIXED = {"id", "source_id", "remote_id", "source", "network"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with store_in(tmp_path_factory.mktemp("records")) as store:
        yield store


def affinity(hint: object) -> str:
    """The type of the column in which values of a type are kept."""
    if isinstance(hint, UnionType):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) in (Literal, tuple, frozenset, Mapping) or hint is str:
        return "TEXT"
    return "REAL" if hint is float else "INTEGER"


def agrees(table: dict[str, sqlite3.Row], columns: dict[str, object], defaults: dict[str, object]) -> None:
    """Every column has the name, the type, the default and the freedom to be missing that the record gives it."""
    assert table.keys() == columns.keys()
    for name, hint in columns.items():
        column, optional = table[name], NoneType in get_args(hint)
        assert column["type"] == affinity(hint), name
        assert bool(column["notnull"] or column["pk"]) == (not optional), name
        wanted = None if name not in defaults else records.to_column(defaults[name])
        written = column["dflt_value"] and column["dflt_value"].strip("'")
        assert written == (None if wanted is None else str(wanted)), name


def table(store, name: str) -> dict[str, sqlite3.Row]:
    return {row["name"]: row for row in store.read().execute(f"PRAGMA table_info({name})")}


def test_the_table_of_conversations_is_as_its_record_declares(store):
    hints = get_type_hints(Conversation) | get_type_hints(Content)
    del hints["content"]
    agrees(table(store, "conversations"), hints, Conversation._field_defaults | Content._field_defaults)


def test_the_table_of_messages_is_as_its_record_declares(store):
    hints = get_type_hints(StoredMessage) | {"author_id": int | None, "post_id": int | None}
    columns = {name: hints[name] for name in records.MESSAGE_COLUMNS}
    agrees(table(store, "messages"), columns, StoredMessage._field_defaults | {"post_id": None})
    assert set(StoredMessage._fields) - set(columns) == {"author", "post", "words"}


def test_changes_are_typed_as_the_record_is(store):
    hints = get_type_hints(Conversation)
    assert get_type_hints(ConversationChanges) == {name: hint for name, hint in hints.items() if name not in FIXED}
    of_crises = {
        name: hint for name, hint in get_type_hints(Crisis).items() if name not in ("id", "conversation_count")
    }
    assert get_type_hints(CrisisChanges) == of_crises


def test_a_conversation_comes_back_as_it_was_written(store):
    row = Conversation(
        *(7, 1, "c7", "brand", "mastodon", "dm", "open", Instant(1), Instant(2), 3),
        vip=True,
        sentiment=-0.5,
        reasons=(Reason(35, "refund words", "reembolso"), Reason(-3, "calm")),
        labels=("angry", "रिफंड"),
        gone=True,
        content=Content(
            True, held=True, stars=3, attachments=("film", "picture: чай"), post="Sale", answer_until=9
        )._replace(
            signals=("refund", "thanks"), urgency=9, urgent_words=("money back",), mood_direction="getting worse"
        ),
    )
    store.write(lambda conn: conversations.insert(conn, [row]))
    assert conversations.get(store.read(), 7) == row
    store.write(lambda conn: conversations.update(conn, 7, {"gone": False, "labels": (), "reasons": ()}))
    assert conversations.get(store.read(), 7) == row._replace(gone=False, labels=(), reasons=())
    store.write(lambda conn: conversations.update(conn, 7, {"content": Content(hidden=True)}))
    assert conversations.get(store.read(), 7).content == Content(hidden=True)


def test_changes_of_messages_are_typed_as_the_record_is():
    hints = get_type_hints(StoredMessage)
    changes = get_type_hints(MessageChanges)
    assert changes == {name: hints[name] for name in changes}


def test_the_store_itself_lists_who_has_a_signal(store):
    def listed() -> list[tuple[str, int]]:
        return [tuple(row) for row in store.read().execute("SELECT signal, conversation_id FROM signals")]

    row = Conversation(
        *(31, 1, "c31", "brand", "mastodon", "dm", "open", Instant(1), Instant(2), 3),
        content=Content(signals=("refund", "thanks")),
    )
    store.write(lambda conn: conversations.insert(conn, [row]))
    assert listed() == [("refund", 31), ("thanks", 31)]
    store.write(lambda conn: conversations.update(conn, 31, {"content": Content(signals=("safety", "thanks"))}))
    assert listed() == [("safety", 31), ("thanks", 31)]
    store.write(lambda conn: conn.execute("UPDATE conversations SET signals = 'no list' WHERE id = 31"))
    assert listed() == []
    assert conversations.get(store.read(), 31).content.signals == ()
    store.write(lambda conn: conversations.update(conn, 31, {"content": Content(signals=("refund",))}))
    store.write(lambda conn: conn.execute("DELETE FROM conversations WHERE id = 31"))
    assert listed() == []
