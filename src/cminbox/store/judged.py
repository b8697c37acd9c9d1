"""What people judged of messages: the sentiment that they corrected, and that they answered as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from cminbox.model import SentimentClass, searched_text
from cminbox.store.sqlite import Connection

MOST = 5_000
"""Messages that are read at most, the newest ones."""

_THEIRS = "m.direction = 'in' AND m.text || m.title != '' AND m.sentiment_class != 'unknown'"


class JudgedText(NamedTuple):
    """A message's text, and the class of its sentiment that a person gave it, or saw and left."""

    text: str
    label: SentimentClass


def languages(conn: Connection) -> Mapping[str, int]:
    """How many messages people corrected the sentiment of, by language, most first."""
    found = conn.execute(
        f"SELECT m.lang, count(*) FROM messages m WHERE {_THEIRS} AND m.sentiment_by != '' AND m.lang != ''"
        " GROUP BY m.lang ORDER BY count(*) DESC, m.lang"
    )
    return {str(lang): int(count) for lang, count in found}


def corrected(conn: Connection, lang: str) -> list[JudgedText]:
    """The messages of a language whose sentiment a person gave, the newest first."""
    return _texts(conn, "m.sentiment_by != ''", lang, MOST)


def left_alone(conn: Connection, lang: str, limit: int) -> list[JudgedText]:
    """Messages of a language that a member answered without correcting their sentiment, the newest first.

    One that is judged with what it answers says too little by itself, and is left out.
    """
    answered = (
        "EXISTS (SELECT 1 FROM messages o WHERE o.conversation_id = m.conversation_id AND o.direction = 'out'"
        " AND o.member != '' AND o.created_at >= m.created_at)"
    )
    return _texts(conn, f"m.sentiment_by = '' AND m.judged_with IS NULL AND {answered}", lang, limit)


def _texts(conn: Connection, condition: str, lang: str, limit: int) -> list[JudgedText]:
    found = conn.execute(
        f"SELECT m.title, m.text, m.sentiment_class FROM messages m WHERE {_THEIRS} AND m.lang = ? AND {condition}"
        " ORDER BY m.id DESC LIMIT ?",
        (lang, limit),
    )
    return [JudgedText(searched_text(title, text), cast("SentimentClass", label)) for title, text, label in found]
