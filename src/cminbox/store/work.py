"""What people did, read from the log and the outbox: first acts, touches, time at replies, answers, who came back.

All of it is worked out when a report asks for it: acts are undone and timelines replayed, and nothing here has to
follow.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cminbox.model import WEEK, Instant
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

_ACT = (
    "e.actor >= 'member:' AND e.actor < 'member;' AND e.undoes IS NULL AND e.undone_by IS NULL"
    " AND e.action NOT IN ('compose', 'sent')"
)
"""An event of a member, but for those that are no act: a composer was opened, the engine sent what they wrote."""
_LAST: Instant = 1 << 62


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
        touches: acts from its start to its end.
        back_at: when the same person wrote again about the same matter within a week; None: they have not.
    """

    conversation_id: int
    source_id: int
    member: str
    lang: str
    start: Instant
    end: Instant
    touches: int
    back_at: Instant | None


def first_acts(conn: Connection, since: Instant, until: Instant, *, written: bool = False) -> Iterator[Done]:
    """The first act of a member in each cycle, where it was in the period.

    A cycle that was answered elsewhere before anybody did anything here is left out.

    Args:
        written: where the cycle began in the period instead.
    """
    acts, homes = _acts(conn, since, _LAST if written else until)
    cycles = _cycles(conn, acts)
    elsewhere = _answered_elsewhere(conn, acts)
    for number, done in acts.items():
        seen: set[Instant] = set()
        for at, member in done:
            place = bisect_right(cycles[number], at)
            if not place or (start := cycles[number][place - 1]) in seen:
                continue
            seen.add(start)
            within = start if written else at
            if since <= within < until and not any(start <= answer <= at for answer in elsewhere[number]):
                source_id, lang = homes[number]
                yield Done(number, source_id, member, lang, start, at - start)


def _acts(
    conn: Connection, since: Instant, until: Instant
) -> tuple[dict[int, list[tuple[Instant, str]]], dict[int, tuple[int, str]]]:
    """All acts in conversations in which there was one in the period, each with who did it, and where these belong."""
    acts: defaultdict[int, list[tuple[Instant, str]]] = defaultdict(list)
    homes: dict[int, tuple[int, str]] = {}
    sql = (
        "SELECT c.id, e.at, substr(e.actor, 8), c.source_id, c.lang FROM event_items i"
        " CROSS JOIN events e ON e.id = i.event_id CROSS JOIN conversations c ON c.id = i.conversation_id"
        " WHERE i.conversation_id IN (SELECT i.conversation_id FROM events e CROSS JOIN event_items i"
        f" ON i.event_id = e.id WHERE e.at >= ? AND e.at < ? AND {_ACT}) AND {_ACT} ORDER BY e.at, e.id"
    )
    for number, at, member, source_id, lang in conn.execute(sql, (since, until)):
        acts[number].append((at, member))
        homes[number] = source_id, lang
    return acts, homes


def _cycles(conn: Connection, ids: Iterable[int]) -> dict[int, list[Instant]]:
    """When the cycles of these conversations began, oldest first."""
    found: defaultdict[int, set[Instant]] = defaultdict(set)
    sql = (
        f"SELECT id, cycle_at FROM conversations WHERE id {AMONG} AND cycle_at IS NOT NULL UNION"
        f" SELECT conversation_id, start_at FROM cycle_ends WHERE conversation_id {AMONG}"
    )
    for number, start in conn.execute(sql, (listed(ids), listed(ids))):
        found[number].add(start)
    return defaultdict(list, {number: sorted(starts) for number, starts in found.items()})


def _answered_elsewhere(conn: Connection, ids: Iterable[int]) -> dict[int, list[Instant]]:
    """When these conversations were first answered by somebody who did not do it here."""
    found: defaultdict[int, list[Instant]] = defaultdict(list)
    sql = (
        f"SELECT conversation_id, end_at FROM measures WHERE conversation_id {AMONG}"
        " AND measure IN ('first_response', 'first_holding') AND member = ''"
    )
    for number, end in conn.execute(sql, (listed(ids),)):
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
        "SELECT r.conversation_id, r.source_id, r.member, c.lang, r.created_at, r.handle_ms FROM replies r"
        f" CROSS JOIN conversations c ON c.id = r.conversation_id{message}"
        f" WHERE r.status = 'sent' AND r.handle_ms > 0 AND {column} >= ? AND {column} < ?"
    )
    return map(Done._make, conn.execute(sql, (since, until)))


_SAME_MATTER = (
    "m.conversation_id = s.conversation_id OR EXISTS (SELECT 1 FROM labels x CROSS JOIN labels y ON y.label = x.label"
    " WHERE x.conversation_id = s.conversation_id AND x.removed = 0"
    " AND y.conversation_id = m.conversation_id AND y.removed = 0)"
)
_WROTE = "p.conversation_id = s.conversation_id AND p.direction = 'in' AND p.created_at <= s.end_at"
_SAME_PERSON = (
    f"SELECT p.author_id FROM messages p WHERE {_WROTE} UNION SELECT b.id FROM messages p"
    f" CROSS JOIN authors a ON a.id = p.author_id CROSS JOIN authors b ON b.contact_id = a.contact_id WHERE {_WROTE}"
)


def ended(conn: Connection, since: Instant, until: Instant, *, written: bool = False) -> Iterator[Ended]:
    """The cycles that ended in the period, with the work in them and whether it was the end of the matter.

    The matter is the same in the same conversation, and in one that carries one of its labels.

    Args:
        written: those that began in the period and have ended.
    """
    column = "s.start_at" if written else "s.end_at"
    sql = (
        "SELECT s.conversation_id, s.source_id, s.member, s.lang, s.start_at, s.end_at,"
        " (SELECT count(*) FROM event_items i CROSS JOIN events e ON e.id = i.event_id"
        f" WHERE i.conversation_id = s.conversation_id AND e.at BETWEEN s.start_at AND s.end_at AND {_ACT}),"
        f" (SELECT min(m.created_at) FROM messages m WHERE m.author_id IN ({_SAME_PERSON}) AND m.direction = 'in'"
        " AND m.deleted_at IS NULL AND m.history = 0 AND m.created_at > s.end_at"
        f" AND m.created_at <= s.end_at + {WEEK} AND ({_SAME_MATTER}))"
        f" FROM cycle_ends s WHERE {column} >= ? AND {column} < ?"
    )
    return map(Ended._make, conn.execute(sql, (since, until)))


class Answers(NamedTuple):
    """How many messages our side wrote, by what they share."""

    source_id: int
    member: str
    lang: str
    messages: int


def answers(conn: Connection, since: Instant, until: Instant) -> Iterator[Answers]:
    """The messages that our side wrote in the period."""
    sql = (
        "SELECT c.source_id, m.member, c.lang, count(*) FROM messages m"
        " CROSS JOIN conversations c ON c.id = m.conversation_id"
        " WHERE m.direction = 'out' AND m.history = 0 AND m.created_at >= ? AND m.created_at < ? GROUP BY 1, 2, 3"
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
