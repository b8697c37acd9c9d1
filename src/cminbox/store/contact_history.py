"""What a person wrote and how they were answered: their conversations, moods and answers over time.

Of who wrote very much the newest is read, so that it takes no longer than for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cminbox.model import Conversation, Instant, Status
from cminbox.store import conversations
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

MOST = 2_000
"""The newest messages of each author that are read."""


class Talk(NamedTuple):
    """A conversation in which somebody wrote."""

    id: int
    status: Status
    newest_at: Instant


class History(NamedTuple):
    """What somebody wrote, as far as it was read.

    Attributes:
        talks: their conversations, the newest first.
        moods: when each message was written, and its sentiment where it is known; the oldest first.
        answers: when somebody waited, and how long until we answered; the oldest first.
        labels: the labels of their conversations, the most frequent first.
        more: that there is more than was read.
    """

    talks: tuple[Talk, ...] = ()
    moods: tuple[tuple[Instant, float], ...] = ()
    answers: tuple[tuple[Instant, int], ...] = ()
    labels: tuple[str, ...] = ()
    more: bool = False


def of(conn: Connection, authors: Sequence[int]) -> History:
    """What these authors wrote."""
    said: list[tuple[int, Instant, float | None]] = []
    more = False
    sql = "SELECT conversation_id, created_at, sentiment FROM messages WHERE author_id = ? ORDER BY id DESC LIMIT ?"
    for author in authors:
        found = conn.execute(sql, (author, MOST)).fetchall()
        more = more or len(found) == MOST
        said += [(row[0], row[1], row[2]) for row in found]
    among = listed(sorted({row[0] for row in said}))
    sql = f"SELECT id, status, newest_at FROM conversations WHERE id {AMONG} ORDER BY newest_at DESC, id DESC"
    talks = tuple(Talk(row[0], row[1], row[2]) for row in conn.execute(sql, (among,)))
    # Without the plus, all replies that there are would be gone through.
    sql = (
        f"SELECT start_at, end_at - start_at FROM measures WHERE conversation_id {AMONG} AND +measure = 'reply'"
        " ORDER BY +start_at"
    )
    answers = tuple((row[0], row[1]) for row in conn.execute(sql, (among,)))
    sql = (
        f"SELECT label FROM labels WHERE conversation_id {AMONG} AND removed = 0 GROUP BY label"
        " ORDER BY COUNT(*) DESC, label LIMIT 6"
    )
    labels = tuple(row[0] for row in conn.execute(sql, (among,)))
    moods = tuple(sorted((at, mood) for _, at, mood in said if mood is not None))
    return History(talks, moods, answers, labels, more)


def rows(conn: Connection, talks: Sequence[Talk]) -> list[Conversation]:
    """The conversations as they stand, in this order; those that are gone are left out."""
    found = conversations.many(conn, [talk.id for talk in talks])
    return [found[talk.id] for talk in talks if talk.id in found]
