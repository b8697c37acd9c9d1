"""Conversations, messages and authors: their rows as the records of `model`, and back.

A column is declared in `model` alone (and in the migration that adds it): the fields whose default is False or True are
stored as 0 or 1, lists and what an adapter wants to see again as JSON, and the rest as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cminbox.model import (
    ATTACHMENT_KINDS,
    NO_EXTRA,
    NO_WORDS,
    NOTHING_DONE,
    VERBS,
    Attachment,
    Content,
    Conversation,
    Reason,
    StoredAuthor,
    StoredMessage,
    StoredPost,
    Verb,
)
from cminbox.store.broken_values import RowKinds, parsed
from cminbox.store.rows import Select, to_column, to_json
from cminbox.store.sqlite import Row

_CONTENT = Conversation._fields.index("content")
_CONTENT_END = _CONTENT + len(Content._fields)
COLUMNS = (*Conversation._fields[:_CONTENT], *Content._fields, *Conversation._fields[_CONTENT + 1 :])
_POINTERS = {"author": "author_id", "post": "post_id"}
MESSAGE_COLUMNS = tuple(_POINTERS.get(name, name) for name in StoredMessage._fields if name != "words")


def _flags(columns: Sequence[str], defaults: Mapping[str, object]) -> tuple[int, ...]:
    """The places of the columns that are stored as 0 or 1."""
    return tuple(n for n, name in enumerate(columns) if isinstance(defaults.get(name), bool))


_FLAGS = _flags(COLUMNS, Conversation._field_defaults | Content._field_defaults)
_MESSAGE_FLAGS = _flags(MESSAGE_COLUMNS, StoredMessage._field_defaults)
_REASONS = COLUMNS.index("reasons")
_NAMES = tuple(
    COLUMNS.index(n) for n in ("rules", "labels", "crises", "attachments", "signals", "urgent_words", "watchers")
)
"""The places of the columns that are lists of names."""
_KINDS, _MESSAGE_KINDS = RowKinds(Conversation, COLUMNS, Content), RowKinds(StoredMessage, MESSAGE_COLUMNS)
_AUTHOR_ID, _EXTRA, _ATTACHMENTS, _POST_ID, _CAN, _DONE, _SIGNALS, _SIGNAL_WORDS, _URGENT_WORDS = (
    MESSAGE_COLUMNS.index(name)
    for name in (
        *("author_id", "extra", "attachments", "post_id", "can", "done"),
        *("signals", "signal_words", "urgent_words"),
    )
)

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
def names_of(text: str) -> tuple[str, ...]:
    """The names that a column holds as a list; what cannot be read is none."""
    return tuple(name for name in parsed(text, _NONE) if isinstance(name, str))


def _conversation(row: Row) -> Conversation:
    values: list[Any] = list(row)
    _KINDS.mend(values)
    for place in _FLAGS:
        values[place] = bool(values[place])
    values[_REASONS] = _reasons(values[_REASONS])
    for place in _NAMES:
        values[place] = names_of(values[place])
    values[_CONTENT:_CONTENT_END] = (Content._make(values[_CONTENT:_CONTENT_END]),)
    return Conversation._make(values)


def to_row(conversation: Conversation) -> list[Any]:
    """The values of `COLUMNS` as the database keeps them."""
    values: list[Any] = list(conversation)
    values[_CONTENT : _CONTENT + 1] = conversation.content
    for place in _FLAGS:
        values[place] = int(values[place])
    values[_REASONS] = _as_json(conversation.reasons)
    for place in _NAMES:
        values[place] = _as_json(values[place])
    return values


def _author(row: Row | list[Any]) -> StoredAuthor:
    number, remote_id, handle, name, followers, url, vip, role = row
    return StoredAuthor(number, remote_id, handle, name, followers, url, bool(vip), role)


@lru_cache(maxsize=1024)
def attachments_of(text: str) -> tuple[Attachment, ...]:
    """What the column of attachments holds; what cannot be read is none."""
    found = []
    for given in parsed(text, _NONE):
        if isinstance(given, list) and len(given) == len(Attachment._fields) and given[0] in ATTACHMENT_KINDS:
            kind, address, alt, gone = given
            if isinstance(address, str) and isinstance(alt, str):
                found.append(Attachment(kind, address, alt, bool(gone)))
    return tuple(found)


def signal_words_of(text: str) -> Mapping[str, tuple[str, ...]]:
    """The words of each signal; what cannot be read is none."""
    if text == "{}":
        return NO_WORDS
    found: dict[str, Any] = parsed(text, {})
    return {
        name: tuple(word for word in words if isinstance(word, str))
        for name, words in found.items()
        if isinstance(words, list)
    }


@lru_cache(maxsize=256)
def _verbs(text: str) -> frozenset[Verb]:
    found = parsed(text, _NONE)
    return frozenset(verb for verb in VERBS if verb in found) or NOTHING_DONE


def _message(row: Row) -> StoredMessage:
    values: list[Any] = list(row)
    own = values[: len(MESSAGE_COLUMNS)]
    _MESSAGE_KINDS.mend(own)
    for place in _MESSAGE_FLAGS:
        own[place] = bool(own[place])
    own[_AUTHOR_ID] = _author(values[len(MESSAGE_COLUMNS) : -len(StoredPost._fields)])
    own[_POST_ID] = None if values[-4] is None else StoredPost(*values[-4:])
    own[_ATTACHMENTS] = attachments_of(own[_ATTACHMENTS]) if own[_ATTACHMENTS] != "[]" else ()
    own[_DONE] = _verbs(own[_DONE]) if own[_DONE] != "[]" else NOTHING_DONE
    if own[_CAN] is not None:
        own[_CAN] = _verbs(own[_CAN])
    own[_EXTRA] = parsed(own[_EXTRA], {}) if own[_EXTRA] != "{}" else NO_EXTRA
    own[_SIGNALS], own[_URGENT_WORDS] = names_of(own[_SIGNALS]), names_of(own[_URGENT_WORDS])
    own[_SIGNAL_WORDS] = signal_words_of(own[_SIGNAL_WORDS])
    return StoredMessage(*own)


def message_to_row(message: StoredMessage) -> list[Any]:
    """The values of `MESSAGE_COLUMNS` as the database keeps them."""
    values: list[Any] = list(message[: len(MESSAGE_COLUMNS)])
    for place in _MESSAGE_FLAGS:
        values[place] = int(values[place])
    values[_AUTHOR_ID], values[_EXTRA] = message.author.id, to_column(message.extra)
    values[_ATTACHMENTS] = to_json(message.attachments) if message.attachments else "[]"
    values[_SIGNALS], values[_URGENT_WORDS] = _as_json(message.signals), _as_json(message.urgent_words)
    values[_SIGNAL_WORDS] = to_column(message.signal_words) if message.signal_words else "{}"
    values[_DONE] = to_column(message.done) if message.done else "[]"
    if message.post is not None:
        values[_POST_ID] = message.post.id
    if message.can is not None:
        values[_CAN] = to_column(message.can)
    return values


CONVERSATIONS = Select(f"SELECT {', '.join(f'c.{name}' for name in COLUMNS)} FROM conversations AS c", _conversation)
_AUTHOR = (
    "a.id, COALESCE(a.remote_id, ''), COALESCE(a.handle, ''), COALESCE(a.name, ''), a.followers,"
    " COALESCE(a.url, ''), COALESCE(p.vip, 0), COALESCE(p.role, '')"
)
AUTHORS = Select(f"SELECT {_AUTHOR} FROM authors AS a LEFT JOIN contacts AS p ON p.id = a.contact_id", _author)
MESSAGES = Select(
    f"SELECT {', '.join(f'm.{name}' for name in MESSAGE_COLUMNS)}, {_AUTHOR}, o.id, o.remote_id, o.title, o.url"
    " FROM messages AS m LEFT JOIN authors AS a ON a.id = m.author_id LEFT JOIN contacts AS p ON p.id = a.contact_id"
    " LEFT JOIN posts AS o ON o.id = m.post_id",
    _message,
)
