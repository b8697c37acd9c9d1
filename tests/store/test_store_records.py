"""A record and its table are one: the columns, their types, and what stands in a column that nobody named."""

from __future__ import annotations

import json
from types import NoneType, UnionType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from store_rows import store_in

from cminbox.model import Conversation, Instant, Reason
from cminbox.store import conversations, records
from cminbox.store.changes import ConversationChanges

FIXED = {"id", "source_id", "remote_id", "source", "network"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with store_in(tmp_path_factory.mktemp("records")) as store:
        yield store


def affinity(hint: object) -> str:
    """The type of the column in which values of a type are kept."""
    if isinstance(hint, UnionType):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) in (Literal, tuple) or hint is str:
        return "TEXT"
    return "REAL" if hint is float else "INTEGER"


def test_the_table_of_conversations_is_as_its_record_declares(store):
    hints, defaults = get_type_hints(Conversation), Conversation._field_defaults
    table = {row["name"]: row for row in store.read().execute("PRAGMA table_info(conversations)")}
    assert table.keys() == hints.keys()
    for name, hint in hints.items():
        column, optional = table[name], NoneType in get_args(hint)
        assert column["type"] == affinity(hint), name
        assert bool(column["notnull"] or column["pk"]) == (not optional), name
        stored = None if name not in defaults else records.to_column(defaults[name])
        in_table = None if column["dflt_value"] is None else json.loads(column["dflt_value"].replace("'", '"'))
        assert (json.dumps(in_table) if isinstance(in_table, list) else in_table) == stored, name


def test_changes_are_typed_as_the_record_is(store):
    hints = get_type_hints(Conversation)
    assert get_type_hints(ConversationChanges) == {name: hint for name, hint in hints.items() if name not in FIXED}


def test_a_conversation_comes_back_as_it_was_written(store):
    row = Conversation(
        *(7, 1, "c7", "brand", "mastodon", "dm", "open", Instant(1), Instant(2), 3),
        vip=True,
        sentiment=-0.5,
        reasons=(Reason(35, "refund words", "reembolso"), Reason(-3, "calm")),
        labels=("angry", "रिफंड"),
        gone=True,
    )
    store.write(lambda conn: conversations.insert(conn, row._asdict()))
    assert conversations.get(store.read(), 7) == row
    store.write(lambda conn: conversations.update(conn, 7, {"gone": False, "labels": (), "reasons": ()}))
    assert conversations.get(store.read(), 7) == row._replace(gone=False, labels=(), reasons=())
