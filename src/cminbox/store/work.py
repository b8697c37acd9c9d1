"""What people did, read from the log and the outbox: first acts, touches, time at replies, answers, who came back.

All of it is worked out when a report asks for it: acts are undone and timelines replayed, and nothing here has to
follow.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cminbox.model import WEEK, Instant
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection
from cminbox.store.sqlite.connection import plain_rows
from cminbox.store.sqlite.schema import LAST

_ACT = (
    "e.actor >= 'member:' AND e.actor < 'member;' AND e.undoes IS NULL AND e.undone_by IS NULL"
    " AND e.action NOT IN ('compose', 'sent')"
)
"""An event of a member, but for those that are no act: a composer was opened, the engine sent what they wrote."""


class Done(NamedTuple):
    """One thing that a member did.

    Attributes:
        member: who has the credit.
        start: when what is measured began.
        length: milliseconds.
    """

    conversation_id: int
    source_id: int
    member: str
    lang: str
    start: Instant
    length: int


class Ended(NamedTuple):
    """A cycle that ended.

    Attributes:
        member: who ended it.
        back_at: when the same person wrote again about the same matter within a week; None: they have not.
    """

    conversation_id: int
    source_id: int
    member: str
    lang: str
    start: Instant
    end: Instant
    back_at: Instant | None


def _is_time(column: str) -> str:
    """Whether a column holds a time; in a damaged row it may hold a text, which SQLite counts as later than any."""
    return f"typeof({column}) = 'integer'"


class Acts:
    """The acts of members in conversations, each with its time and who did it, oldest first."""

    def __init__(self, conn: Connection, ids: Iterable[int]) -> None:
        self._of: defaultdict[int, list[tuple[Instant, str]]] = defaultdict(list)
        sql = (
            "SELECT i.conversation_id, e.at, e.actor FROM event_items i CROSS JOIN events e ON e.id = i.event_id"
            f" WHERE i.conversation_id {AMONG} AND {_ACT} AND {_is_time('e.at')} ORDER BY e.id"
        )
        for number, at, actor in plain_rows(conn, sql, (listed(ids),)):
            self._of[number].append((at, actor.removeprefix("member:")))

    def of(self, conversation_id: int) -> Sequence[tuple[Instant, str]]:
        """Those in a conversation."""
        return self._of.get(conversation_id, ())

    def count(self, conversation_id: int, start: Instant, end: Instant) -> int:
        """How many there are in a conversation from one time to another, both of them included."""
        return sum(start <= at <= end for at, _ in self.of(conversation_id))


def acted(conn: Connection, since: Instant, until: Instant | None) -> set[int]:
    """The conversations in which a member did something in the period; None is no end of it."""
    sql = (
        "SELECT i.conversation_id FROM events e CROSS JOIN event_items i ON i.event_id = e.id"
        f" WHERE e.at >= ? AND e.at < ? AND {_ACT}"
    )
    return {row[0] for row in plain_rows(conn, sql, (since, LAST if until is None else until))}


def first_acts(
    conn: Connection, since: Instant, until: Instant, ids: Iterable[int], acts: Acts, *, written: bool = False
) -> Iterator[Done]:
    """The first act of a member in each cycle of these conversations, where it was in the period.

    A cycle that was answered elsewhere before anybody did anything here is left out.

    Args:
        acts: all there were in them.
        written: where the cycle began in the period instead.
    """
    asked = listed(ids)
    starts, elsewhere = _ended_cycles(conn, asked), _answered_elsewhere(conn, asked)
    sql = f"SELECT id, source_id, lang, cycle_at FROM conversations WHERE id {AMONG} AND {_is_time('cycle_at')}"
    for number, source_id, lang, running in plain_rows(conn, sql, (asked,)):
        cycles = sorted({running, *starts[number]}) if number in starts else [running]
        seen: set[Instant] = set()
        for at, member in acts.of(number):
            # Nobody does anything before anything was said: then the network's clock is ahead of ours.
            start = cycles[max(bisect_right(cycles, at) - 1, 0)]
            if start in seen:
                continue
            seen.add(start)
            within = start if written else at
            if since <= within < until and not any(start <= answer <= at for answer in elsewhere.get(number, ())):
                yield Done(number, source_id, member, lang, start, max(at - start, 0))


def _ended_cycles(conn: Connection, ids: str) -> dict[int, list[Instant]]:
    """When those cycles of conversations began that have ended."""
    found: defaultdict[int, list[Instant]] = defaultdict(list)
    sql = f"SELECT conversation_id, start_at FROM cycle_ends WHERE conversation_id {AMONG} AND {_is_time('start_at')}"
    for number, start in plain_rows(conn, sql, (ids,)):
        found[number].append(start)
    return found


def _answered_elsewhere(conn: Connection, ids: str) -> dict[int, list[Instant]]:
    """When conversations were first answered by somebody who did not do it here."""
    found: defaultdict[int, list[Instant]] = defaultdict(list)
    sql = (
        f"SELECT conversation_id, end_at FROM measures WHERE conversation_id {AMONG}"
        f" AND +measure IN ('first_response', 'first_holding') AND +member = '' AND {_is_time('end_at')}"
    )
    for number, end in plain_rows(conn, sql, (ids,)):
        found[number].append(end)
    return found


def handled(conn: Connection, since: Instant, until: Instant, *, written: bool = False) -> Iterator[Done]:
    """How long members wrote at each reply that was sent in the period, pauses left out.

    Args:
        written: at those whose message was written in the period instead.
    """
    message = " CROSS JOIN messages m ON m.id = r.message_id" if written else ""
    column = "m.created_at" if written else "r.sent_at"
    sql = (
        "SELECT r.conversation_id, r.source_id, r.member, c.lang, r.created_at, r.handle_ms FROM outgoing r"
        f" CROSS JOIN conversations c ON c.id = r.conversation_id{message}"
        f" WHERE r.status = 'sent' AND r.handle_ms > 0 AND {column} >= ? AND {column} < ?"
    )
    return map(Done._make, conn.execute(sql, (since, until)))


_WROTE = "p.conversation_id = s.conversation_id AND p.direction = 'in' AND p.created_at <= s.end_at"
_SAME_PERSON = (
    f"SELECT p.author_id FROM messages p WHERE {_WROTE} UNION SELECT b.id FROM messages p"
    f" CROSS JOIN authors a ON a.id = p.author_id CROSS JOIN authors b ON b.contact_id = a.contact_id WHERE {_WROTE}"
)
_SAME_MATTER = (
    "o.id = s.conversation_id OR EXISTS (SELECT 1 FROM labels x CROSS JOIN labels y ON y.label = x.label"
    " WHERE x.conversation_id = s.conversation_id AND x.removed = 0"
    " AND y.conversation_id = o.id AND y.removed = 0)"
)
# Few have written since: which of their conversations these are is asked before anything else.
_CAME_BACK = (
    "SELECT min((SELECT min(m.created_at) FROM messages m WHERE m.conversation_id = o.id AND m.direction = 'in'"
    f" AND m.deleted_at IS NULL AND m.history = 0 AND m.author_id IN ({_SAME_PERSON})"
    f" AND m.created_at > s.end_at AND m.created_at <= s.end_at + {WEEK}))"
    " FROM conversations o WHERE o.author_id IN (SELECT c.author_id UNION SELECT b.id FROM authors a"
    " CROSS JOIN authors b ON b.contact_id = a.contact_id WHERE a.id = c.author_id)"
    f" AND o.newest_at > s.end_at AND ({_SAME_MATTER})"
)


def ended(conn: Connection, since: Instant, until: Instant, *, written: bool = False) -> Iterator[Ended]:
    """The cycles that ended in the period, and whether that was the end of the matter.

    The matter is the same in the same conversation, and in one that carries one of its labels.

    Args:
        written: those that began in the period and have ended.
    """
    column = "s.start_at" if written else "s.end_at"
    sql = (
        "SELECT s.conversation_id, s.source_id, s.member, s.lang, s.start_at, s.end_at,"
        f" ({_CAME_BACK}) FROM cycle_ends s CROSS JOIN conversations c ON c.id = s.conversation_id"
        f" WHERE {column} >= ? AND {column} < ? AND {_is_time('s.start_at')} AND {_is_time('s.end_at')}"
    )
    return map(Ended._make, plain_rows(conn, sql, (since, until)))


class Answers(NamedTuple):
    """How many messages our side wrote, by what they share."""

    source_id: int
    member: str
    lang: str
    messages: int


def answers(conn: Connection, since: Instant, until: Instant) -> Iterator[Answers]:
    """The messages that our side wrote in the period; their language is the one that they are in."""
    sql = (
        "SELECT source_id, member, lang, count(*) FROM messages"
        " WHERE direction = 'out' AND history = 0 AND created_at >= ? AND created_at < ? GROUP BY 1, 2, 3"
    )
    return map(Answers._make, conn.execute(sql, (since, until)))


def answers_by_label(conn: Connection, since: Instant, until: Instant) -> dict[str, int]:
    """The same, by the labels of their conversations."""
    sql = (
        "SELECT l.label, count(*) FROM labels l CROSS JOIN messages m ON m.conversation_id = l.conversation_id"
        " WHERE l.removed = 0 AND m.direction = 'out' AND m.history = 0 AND m.created_at >= ? AND m.created_at < ?"
        " GROUP BY l.label"
    )
    return dict(conn.execute(sql, (since, until)).fetchall())
