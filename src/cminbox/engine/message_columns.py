"""What messages say of their conversation, in its row: who, what and how."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.engine import row_text
from cminbox.engine.scoring import asks
from cminbox.model import UNKNOWN_SENTIMENT, Content, StoredMessage, attachment_words
from cminbox.store.changes import ConversationChanges

MOST_ATTACHMENTS, LONGEST_WORDS = 8, 120
"""Attachments that a row tells of, and characters that it has of each."""


def message_columns(
    waiting: Sequence[StoredMessage], content: Content, handle: str = "", network: str = ""
) -> ConversationChanges:
    """What the inbound messages that matter now say of who, what and how.

    Args:
        waiting: those that wait for an answer (or, if none does, the newest one), oldest first; not empty.
        content: what is known of all messages.
        handle: our own handle on the source.
        network: the network.
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
        "preview": row_text.telling(waiting, handle, network),
        "lang": next((m.lang for m in reversed(waiting) if m.lang), ""),
        "sentiment": score,
        "sentiment_class": label,
        "content": content._replace(
            question=any(map(asks, waiting)),
            is_reply=newest.parent is not None,
            attachments=_attachments(waiting),
            post="" if newest.post is None else newest.post.title or newest.post.url,
            answer_until=newest.answer_until,
        ),
    }


def _attachments(waiting: Sequence[StoredMessage]) -> tuple[str, ...]:
    """What messages carry, the newest one's first, in words; of many the first ones."""
    carried = [attachment for message in reversed(waiting) for attachment in message.attachments]
    return tuple([attachment_words(one)[:LONGEST_WORDS] for one in carried[:MOST_ATTACHMENTS]]) if carried else ()
