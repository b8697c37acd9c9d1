"""What is known of who waits besides what they say: whether we know them, whether they come back, how it was before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cminbox.model import WEEK, Conversation
from cminbox.store import Connection, conversations
from cminbox.store.conversations import Past

if TYPE_CHECKING:
    from cminbox.store.intake import IntakeWriter

MANY = 3
"""So many messages without an answer are `several`."""


class TheirPast:
    """The conversations of people, read once for each person of a transaction.

    Args:
        writer: the new rows of the transaction, which nobody can read yet.
    """

    def __init__(self, conn: Connection, writer: IntakeWriter) -> None:
        self._conn, self._writer = conn, writer
        self._known: dict[int, dict[int, Past]] = {}
        self._moved: set[tuple[int, Past]] = set()
        """Authors with a conversation that says something new of them."""

    def note(self, before: Conversation, row: Conversation) -> None:
        """A conversation as it was, and as it is about to be written."""
        if before.author_id is not None and before.author_id != row.author_id:
            gone = self._of(before.author_id).pop(row.id, None)
            if gone is not None:
                self._moved.add((before.author_id, gone))
        if row.author_id is None:
            return
        known = self._of(row.author_id)
        old = known.get(row.id)
        new = Past(row.id, row.created_at, row.sentiment_class, () if old is None else old.ends)
        if new != old:
            known[row.id] = new
            if len(known) > 1:
                self._moved.add((row.author_id, new if old is None or new.created_at < old.created_at else old))

    def _of(self, author_id: int) -> dict[int, Past]:
        if author_id not in self._known:
            new = author_id in self._writer.made_authors
            self._known[author_id] = {} if new else conversations.past_of(self._conn, author_id)
        return self._known[author_id]

    def signals(self, row: Conversation) -> Iterator[str]:
        """The signals of a conversation that no text shows.

        Args:
            row: as its lifecycle and its messages are now.
        """
        if row.waiting >= MANY:
            yield "several"
        if row.author_id is None:
            return
        past = self._of(row.author_id)
        earlier = [one for one in past.values() if one.id != row.id and one.created_at < row.created_at]
        if not earlier and row.outbound_at is None:
            yield "first-contact"
        began = row.created_at if row.cycle_at is None else row.cycle_at
        ends = [end for one in past.values() for end in one.ends if end[0] <= began]
        if any(began - at <= WEEK for at, _ in ends):
            yield "again"
        if any(one.sentiment_class == "negative" for one in earlier) or any(how == "unanswered" for _, how in ends):
            yield "bad-before"

    def to_look_at(self) -> set[int]:
        """Conversations of which these signals may have changed, because an earlier one of the same person did."""
        return {
            one.id
            for author_id, changed in self._moved
            for one in self._known[author_id].values()
            if changed.created_at < one.created_at
        }
