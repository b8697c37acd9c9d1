"""What messages say of their conversation, in its row: who, what and how."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.engine import row_text
from cminbox.engine.scoring import asks
from cminbox.model import UNKNOWN_SENTIMENT, StoredMessage
from cminbox.store.changes import ConversationChanges


def message_columns(waiting: Sequence[StoredMessage], handle: str = "") -> ConversationChanges:
    """What the inbound messages that matter now say of who, what and how.

    Args:
        waiting: those that wait for an answer (or, if none does, the newest one), oldest first; not empty.
        handle: our own handle on the source.
    """
    newest = waiting[-1]
    author = newest.author
    known = [(m.sentiment, m.sentiment_class) for m in waiting if m.sentiment is not None]
    score, label = min(known) if known else UNKNOWN_SENTIMENT[:2]
    return {
        "kind": newest.kind,
        "author_id": author.id,
        "handle": author.handle,
        "name": author.name,
        "followers": author.followers,
        "vip": author.vip,
        "role": author.role,
        "title": newest.title,
        "preview": row_text.telling(waiting, handle),
        "lang": next((m.lang for m in reversed(waiting) if m.lang), ""),
        "sentiment": score,
        "sentiment_class": label,
        "question": any(map(asks, waiting)),
        "is_reply": newest.parent is not None,
    }
