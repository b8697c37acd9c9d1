"""Conversations, messages and authors: their rows as the records of `model`, and back.

A column is declared in `model` alone (and in the migration that adds it): the fields whose default is False or True are
stored as 0 or 1, reasons, labels and what an adapter wants to see again as JSON, and the rest as it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cminbox.model import NO_EXTRA, Conversation, Reason, StoredAuthor, StoredMessage
from cminbox.store.broken_values import RowKinds, parsed
from cminbox.store.rows import Select, to_column, to_json
from cminbox.store.sqlite import Row

COLUMNS = Conversation._fields
MESSAGE_COLUMNS = tuple(
    "author_id" if name == "author" else name for name in StoredMessage._fields if name not in ("words", "asks")
)


def _flags(record: type[Conversation] | type[StoredMessage]) -> tuple[int, ...]:
    """The places of the fields that are stored as 0 or 1."""
    return tuple(n for n, name in enumerate(record._fields) if isinstance(record._field_defaults.get(name), bool))


_FLAGS, _MESSAGE_FLAGS = _flags(Conversation), _flags(StoredMessage)
_REASONS, _LABELS, _CRISES = (COLUMNS.index(name) for name in ("reasons", "labels", "crises"))
_KINDS, _MESSAGE_KINDS = RowKinds(Conversation, COLUMNS), RowKinds(StoredMessage, MESSAGE_COLUMNS)
_AUTHOR_ID, _EXTRA = MESSAGE_COLUMNS.index("author_id"), MESSAGE_COLUMNS.index("extra")

# Few rules make few different reasons and labels, so most rows share theirs.
_as_json = lru_cache(maxsize=4096)(to_json)


_NONE: list[Any] = []


@lru_cache(maxsize=4096)
def _reasons(text: str) -> tuple[Reason, ...]:
    try:
        return tuple(Reason(*given) for given in parsed(text, _NONE))
    except TypeError:
        return ()


@lru_cache(maxsize=4096)
def _labels(text: str) -> tuple[str, ...]:
    return tuple(label for label in parsed(text, _NONE) if isinstance(label, str))


def _conversation(row: Row) -> Conversation:
    values: list[Any] = list(row)
    _KINDS.mend(values)
    for place in _FLAGS:
        values[place] = bool(values[place])
    values[_REASONS], values[_LABELS] = _reasons(values[_REASONS]), _labels(values[_LABELS])
    values[_CRISES] = _labels(values[_CRISES])
    return Conversation._make(values)


def to_row(conversation: Conversation) -> list[Any]:
    """The values of `COLUMNS` as the database keeps them."""
    values: list[Any] = list(conversation)
    for place in _FLAGS:
        values[place] = int(values[place])
    values[_REASONS], values[_LABELS] = _as_json(conversation.reasons), _as_json(conversation.labels)
    values[_CRISES] = _as_json(conversation.crises)
    return values


def _author(row: Row | list[Any]) -> StoredAuthor:
    number, remote_id, handle, name, followers, url, vip, role = row
    return StoredAuthor(number, remote_id, handle, name, followers, url, bool(vip), role)


def _message(row: Row) -> StoredMessage:
    values: list[Any] = list(row)
    own = values[: len(MESSAGE_COLUMNS)]
    _MESSAGE_KINDS.mend(own)
    for place in _MESSAGE_FLAGS:
        own[place] = bool(own[place])
    own[_AUTHOR_ID] = _author(values[len(MESSAGE_COLUMNS) :])
    own[_EXTRA] = parsed(own[_EXTRA], {}) if own[_EXTRA] != "{}" else NO_EXTRA
    return StoredMessage(*own)


def message_to_row(message: StoredMessage) -> list[Any]:
    """The values of `MESSAGE_COLUMNS` as the database keeps them."""
    values: list[Any] = list(message[: len(MESSAGE_COLUMNS)])
    for place in _MESSAGE_FLAGS:
        values[place] = int(values[place])
    values[_AUTHOR_ID], values[_EXTRA] = message.author.id, to_column(message.extra)
    return values


CONVERSATIONS = Select(f"SELECT {', '.join(f'c.{name}' for name in COLUMNS)} FROM conversations AS c", _conversation)
_AUTHOR = (
    "a.id, COALESCE(a.remote_id, ''), COALESCE(a.handle, ''), COALESCE(a.name, ''), a.followers,"
    " COALESCE(a.url, ''), COALESCE(p.vip, 0), COALESCE(p.role, '')"
)
AUTHORS = Select(f"SELECT {_AUTHOR} FROM authors AS a LEFT JOIN contacts AS p ON p.id = a.contact_id", _author)
MESSAGES = Select(
    f"SELECT {', '.join(f'm.{name}' for name in MESSAGE_COLUMNS)}, {_AUTHOR} FROM messages AS m"
    " LEFT JOIN authors AS a ON a.id = m.author_id LEFT JOIN contacts AS p ON p.id = a.contact_id",
    _message,
)
