"""Rows of the database as the records of `model`, and back.

Booleans are stored as 0 or 1, tuples and maps as JSON, everything else as it is. Which is which the records' own
defaults say, so a column is declared in `model` alone (and in the migration that adds it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cminbox.model import NO_EXTRA, Conversation, Reason, StoredAuthor, StoredMessage
from cminbox.store.sqlite import Row

COLUMNS = Conversation._fields
SELECT = "SELECT " + ", ".join(f"c.{name}" for name in COLUMNS) + " FROM conversations AS c"

MESSAGE_COLUMNS = tuple(
    "author_id" if name == "author" else name for name in StoredMessage._fields if name not in ("words", "asks")
)
_AUTHOR = "a.id, COALESCE(a.remote_id, ''), COALESCE(a.handle, ''), COALESCE(a.name, ''), a.followers, "
_AUTHOR += "COALESCE(a.url, ''), COALESCE(p.vip, 0), COALESCE(p.role, '')"
AUTHOR_SELECT = f"SELECT {_AUTHOR} FROM authors AS a LEFT JOIN contacts AS p ON p.id = a.contact_id"
MESSAGE_SELECT = (
    f"SELECT {', '.join(f'm.{name}' for name in MESSAGE_COLUMNS)}, {_AUTHOR} FROM messages AS m"
    " LEFT JOIN authors AS a ON a.id = m.author_id LEFT JOIN contacts AS p ON p.id = a.contact_id"
)


def _flags(record: type[Conversation] | type[StoredMessage]) -> tuple[int, ...]:
    """The places of the fields that are stored as 0 or 1."""
    return tuple(n for n, name in enumerate(record._fields) if isinstance(record._field_defaults.get(name), bool))


_FLAGS, _MESSAGE_FLAGS = _flags(Conversation), _flags(StoredMessage)
_REASONS, _LABELS = COLUMNS.index("reasons"), COLUMNS.index("labels")
_AUTHOR_ID, _EXTRA = MESSAGE_COLUMNS.index("author_id"), MESSAGE_COLUMNS.index("extra")


@lru_cache(maxsize=4096)
def _reasons(text: str) -> tuple[Reason, ...]:
    """The reasons of a row. Few rules make few different ones, so most rows share theirs."""
    return tuple(Reason(*given) for given in json.loads(text))


@lru_cache(maxsize=4096)
def _labels(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=4096)
def _as_json(values: tuple[Reason | str, ...]) -> str:
    """Reasons or labels; a reason is a tuple, and JSON has it as a list."""
    return json.dumps(values, ensure_ascii=False)


def from_row(row: Row) -> Conversation:
    """A conversation from a row of `SELECT`."""
    values: list[Any] = list(row)
    for place in _FLAGS:
        values[place] = bool(values[place])
    values[_REASONS], values[_LABELS] = _reasons(values[_REASONS]), _labels(values[_LABELS])
    return Conversation._make(values)


def to_row(conversation: Conversation) -> list[Any]:
    """The values of `COLUMNS` as the database keeps them."""
    values: list[Any] = list(conversation)
    for place in _FLAGS:
        values[place] = int(values[place])
    values[_REASONS], values[_LABELS] = _as_json(conversation.reasons), _as_json(conversation.labels)
    return values


def author_from_row(row: Row | list[Any]) -> StoredAuthor:
    """An author from a row of `AUTHOR_SELECT`."""
    number, remote_id, handle, name, followers, url, vip, role = row
    return StoredAuthor(number, remote_id, handle, name, followers, url, bool(vip), role)


def message_from_row(row: Row) -> StoredMessage:
    """A message from a row of `MESSAGE_SELECT`."""
    values: list[Any] = list(row)
    own = values[: len(MESSAGE_COLUMNS)]
    for place in _MESSAGE_FLAGS:
        own[place] = bool(own[place])
    own[_AUTHOR_ID] = author_from_row(values[len(MESSAGE_COLUMNS) :])
    own[_EXTRA] = json.loads(own[_EXTRA]) if own[_EXTRA] != "{}" else NO_EXTRA
    return StoredMessage(*own)


def message_to_row(message: StoredMessage) -> list[Any]:
    """The values of `MESSAGE_COLUMNS` as the database keeps them."""
    values: list[Any] = list(message[: len(MESSAGE_COLUMNS)])
    for place in _MESSAGE_FLAGS:
        values[place] = int(values[place])
    values[_AUTHOR_ID], values[_EXTRA] = message.author.id, _map(message.extra)
    return values


def _map(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), ensure_ascii=False) if values else "{}"


def to_column(value: Any) -> Any:
    """The value of one field as the database keeps it; a list stands for a tuple."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple | list):
        return _as_json(tuple(value))
    return _map(value) if isinstance(value, Mapping) else value
