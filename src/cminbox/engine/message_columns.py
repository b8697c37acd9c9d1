"""What messages say of their conversation, in its row: who, what and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from cminbox.engine import row_text
from cminbox.model import OF_CONVERSATIONS, UNKNOWN_SENTIMENT, Content, MoodDirection, StoredMessage, attachment_words
from cminbox.rules.analysis import Analysis
from cminbox.store.changes import ConversationChanges, HeardChanges

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
    settled = _is_sorted(waiting)
    heard = waiting[-1:] if settled else waiting
    known = [(m.sentiment, m.sentiment_class) for m in heard if m.sentiment is not None]
    score, label = min(known) if known else UNKNOWN_SENTIMENT[:2]
    said = {signal for m in heard for signal in m.signals}
    if not settled:
        said.discard("sorted")
    pressing = max(heard, key=_urgency)
    return {
        "kind": newest.kind,
        "author_id": author.id,
        "handle": author.handle,
        "name": author.name,
        "followers": author.followers,
        "vip": author.vip,
        "role": author.role,
        "title": newest.title,
        "preview": row_text.preview_of(waiting, handle, network),
        "lang": next((m.lang for m in reversed(waiting) if m.lang), ""),
        "sentiment": score,
        "sentiment_class": label,
        "content": content._replace(
            question="question" in said,
            is_reply=newest.parent is not None,
            attachments=_attachments(waiting),
            post="" if newest.post is None else newest.post.title or newest.post.url,
            answer_until=newest.answer_until,
            signals=tuple(sorted(said.union(_ITS_OWN.intersection(content.signals)))),
            urgency=pressing.urgency,
            urgent_words=pressing.urgent_words,
        ),
    }


_ITS_OWN = frozenset(OF_CONVERSATIONS)


def message_signals(content: Content) -> list[str]:
    """The signals of a conversation that its messages show."""
    return [signal for signal in content.signals if signal not in _ITS_OWN]


def _is_sorted(waiting: Sequence[StoredMessage]) -> bool:
    """Whether who waits says in the newest message that it is solved; what they wrote before weighs nothing then."""
    newest = waiting[-1]
    if "sorted" not in newest.signals or newest.needs_answer:
        return False
    return all(message.author.id == newest.author.id for message in waiting)


def _urgency(message: StoredMessage) -> int:
    return message.urgency


TURN = 0.4
"""By how much the scores have to rise or fall from the first message to the last."""


def mood_direction(theirs: Sequence[StoredMessage]) -> MoodDirection:
    """How the mood moves over messages, oldest first: by the line that fits their scores best, not by the last one."""
    scores = [m.sentiment for m in theirs if m.sentiment is not None]
    last = len(scores) - 1
    if last < 1:
        return ""
    middle = last / 2
    slope = sum((place - middle) * score for place, score in enumerate(scores))
    slope /= sum((place - middle) ** 2 for place in range(last + 1))
    change = slope * last
    return "steady" if abs(change) < TURN else "getting worse" if change < 0 else "getting better"


def corrected(message: StoredMessage, changes: HeardChanges) -> HeardChanges:
    """Changes of what was heard in a message, without what a person corrected."""
    kept: dict[str, object] = dict(changes)
    if message.sentiment_by:
        for name in ("sentiment", "sentiment_class", "vader"):
            kept.pop(name, None)
    if message.signals_by:
        for name in ("signals", "signal_words"):
            kept.pop(name, None)
    if message.lang_by.startswith("member:"):
        for name in ("lang", "lang_by"):
            kept.pop(name, None)
    return cast("HeardChanges", kept)


def message_changes(heard: Analysis, answered: StoredMessage | None = None) -> HeardChanges:
    """The columns of a message that say what was heard in it.

    Args:
        answered: what it was judged with.
    """
    return {
        "lang": heard.lang,
        "lang_by": heard.lang_by,
        "sentiment": heard.sentiment.score,
        "sentiment_class": heard.sentiment.label,
        "vader": heard.sentiment.vader,
        "signals": heard.signals,
        "signal_words": heard.signal_words,
        "urgency": heard.urgency,
        "urgent_words": heard.urgent_words,
        "judged_with": None if answered is None else answered.id,
    }


def _attachments(waiting: Sequence[StoredMessage]) -> tuple[str, ...]:
    """What messages carry, the newest one's first, in words; of many the first ones."""
    carried = [attachment for message in reversed(waiting) for attachment in message.attachments]
    return tuple([attachment_words(one)[:LONGEST_WORDS] for one in carried[:MOST_ATTACHMENTS]]) if carried else ()
