"""What a short message answers: "Same here", "Still nothing", "No" mean what stands before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from cminbox.engine.message_columns import corrected, message_changes
from cminbox.engine.scoring import Scoring
from cminbox.model import NO_WORDS, Sentiment, StoredMessage
from cminbox.rules.analysis import Analysis
from cminbox.store import Connection, messages
from cminbox.text import words

if TYPE_CHECKING:
    from cminbox.store.changes import MessageChanges

MOST_LETTERS, MOST_WORDS = 60, 5
"""What a text is short with; names that it begins with are left out."""
SAYS_ENOUGH = frozenset({"thanks", "sorted", "chatter", "spam", "emoji", "praise"})
"""Signals with which a short text is whole by itself."""
PASSED_ON = frozenset(
    {
        *("complaint", "damage", "misdelivery", "double-charge", "refund", "safety", "legal", "human-wanted"),
        *("cancelling", "delivery", "broken", "unanswered", "scam"),
    }
)
"""Signals that a short text takes over from what it answers."""


class Written(Protocol):
    """A message, stored or not yet."""

    @property
    def text(self) -> str:
        """What it says, without its title."""

    @property
    def title(self) -> str:
        """Its title, where it has one."""


def leans(message: Written, heard: Analysis) -> bool:
    """Whether a message says too little by itself: it has few words, and none that settle what it wants."""
    text = message.text
    if not heard.needs or message.title or len(text) > 2 * MOST_LETTERS or not SAYS_ENOUGH.isdisjoint(heard.signals):
        return False
    said = [word for word in text.split() if not word.startswith("@")]
    found = words(" ".join(said))
    return 0 < len(found) <= MOST_WORDS and sum(map(len, found)) <= MOST_LETTERS and "://" not in text


def answered(conn: Connection, message: StoredMessage, beside: Sequence[StoredMessage] = ()) -> StoredMessage | None:
    """What a message of theirs answers: its parent, or else the message of theirs before it in the conversation.

    Args:
        beside: messages that are not written yet, oldest first.
    """
    if message.parent:
        parent = next((one for one in beside if one.remote_id == message.parent), None)
        parent = parent or messages.by_remote(conn, message.source_id, message.parent)
        if parent is not None and parent.conversation_id == message.conversation_id and _stands_before(parent, message):
            return parent
    # Somebody else's question is about something of its own.
    author_id = message.author.id if "question" in message.signals else None
    near = [one for one in beside if one.conversation_id == message.conversation_id and one.inbound]
    known = [*messages.before(conn, message, author_id), *near]
    if author_id is not None:
        known = [one for one in known if one.author.id == author_id]
    earlier = [one for one in known if _stands_before(one, message)]
    return max(earlier, key=_place, default=None)


def _stands_before(one: StoredMessage, message: StoredMessage) -> bool:
    """Whether one is theirs, can still be read, and is the older of the two."""
    return one.inbound and one.deleted_at is None and not one.erased and _place(one) < _place(message)


def _place(message: StoredMessage) -> tuple[int, int]:
    return message.created_at, message.id


def in_context(scoring: Scoring, message: StoredMessage, heard: Analysis, before: StoredMessage) -> Analysis:
    """What is heard in a short message, given what it answers."""
    mood = Sentiment(before.sentiment, before.sentiment_class)
    found = scoring.analyse(message, mood)
    matter = PASSED_ON.intersection(before.signals)
    if not matter:
        return found._replace(needs=heard.needs)
    given = {name: before.signal_words.get(name, ()) for name in matter if name not in found.signals}
    spoken = {**found.signal_words, **{name: said for name, said in given.items() if said}}
    signals = tuple(sorted({*found.signals, *matter}))
    return found._replace(signals=signals, signal_words=spoken or NO_WORDS, needs=heard.needs)


def hear_again(conn: Connection, scoring: Scoring, conversation_id: int) -> bool:
    """Judge the short messages of a conversation again, after what they answer came late, was edited or taken back.

    Whether they need an answer stays as it was judged.

    Returns:
        Whether that changed anything.
    """
    changed = False
    for message in messages.inbound(conn, conversation_id):
        if message.judged_with is None and len(message.text) > 2 * MOST_LETTERS:
            continue
        heard, before = scoring.analyse(message), None
        by_itself = message._replace(signals=heard.signals)
        if leans(message, heard) and (before := answered(conn, by_itself)) is not None:
            heard = in_context(scoring, message, heard, before)
        changes = corrected(message, message_changes(heard, before))
        if any(getattr(message, name) != value for name, value in changes.items()):
            messages.update(conn, message.id, cast("MessageChanges", changes))
            changed = True
    return changed
