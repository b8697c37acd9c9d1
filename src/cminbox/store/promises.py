"""Promises: what a member told a person they would do, until when, and whose it is to do.

The conversation's row shows the first of its open promises (`show`); whoever changes promises otherwise than through
this module has it shown anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from cminbox.model import HOUR, Instant
from cminbox.store import rows
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

PromiseStatus = Literal["open", "kept", "broken", "withdrawn"]


class Promise(NamedTuple):
    """What was promised in a conversation.

    Attributes:
        owner: handle of the member whose it is to do.
        word: what was said of its end.
        ring_at: when the engine next looks whether its owner is to be told of it; None: no more.
    """

    id: int
    conversation_id: int
    text: str
    due_at: Instant
    owner: str
    made_by: str
    made_at: Instant
    status: PromiseStatus
    ended_at: Instant | None
    ended_by: str
    word: str
    ring_at: Instant | None = None


_PROMISES = rows.table("promises", Promise)
get = _PROMISES.get


def soon_at(made_at: Instant, due_at: Instant) -> Instant:
    """When its owner is told that a promise is due soon: an hour before it is, or a tenth of the time that it had."""
    return due_at - min(HOUR, max(0, due_at - made_at) // 10)


def add(conn: Connection, conversation_id: int, text: str, due_at: Instant, owner: str, by: str, now: Instant) -> int:
    """Write a promise down; its id."""
    promise = {"conversation_id": conversation_id, "text": text, "due_at": due_at, "owner": owner}
    made = {"made_by": by, "made_at": now, "ring_at": soon_at(now, due_at)}
    promise_id = rows.insert(conn, "promises", {**promise, **made})
    show(conn, conversation_id)
    return promise_id


def remove(conn: Connection, promise: Promise) -> None:
    """Take a promise away as if it had never been made."""
    conn.execute("DELETE FROM promises WHERE id = ?", (promise.id,))
    show(conn, promise.conversation_id)


def end(conn: Connection, promise: Promise, status: PromiseStatus, now: Instant, by: str, word: str = "") -> None:
    """Say that a promise was kept, broken or withdrawn."""
    ended = {"status": status, "ended_at": now, "ended_by": by, "word": word, "ring_at": None}
    rows.update(conn, "promises", promise.id, ended)
    show(conn, promise.conversation_id)


def reopen(conn: Connection, promise: Promise) -> None:
    """Take back how a promise ended: it is open again."""
    ring = soon_at(promise.made_at, promise.due_at)
    open_again = {"status": "open", "ended_at": None, "ended_by": "", "word": "", "ring_at": ring}
    rows.update(conn, "promises", promise.id, open_again)
    show(conn, promise.conversation_id)


def give(conn: Connection, promise: Promise, owner: str) -> None:
    """Make an open promise another member's to keep; they are told of it as its owner was."""
    ring = soon_at(promise.made_at, promise.due_at)
    rows.update(conn, "promises", promise.id, {"owner": owner, "ring_at": ring})
    show(conn, promise.conversation_id)


def show(conn: Connection, conversation_id: int) -> None:
    """Bring the columns of a conversation up to date that show its first open promise."""
    first = _PROMISES.one(
        conn, "WHERE conversation_id = ? AND status = 'open' ORDER BY due_at, id LIMIT 1", conversation_id
    )
    shown = (None, "", "") if first is None else (first.due_at, first.text, first.owner)
    conn.execute(
        "UPDATE conversations SET promise_at = ?, promise = ?, promise_owner = ? WHERE id = ?",
        (*shown, conversation_id),
    )


def of(conn: Connection, conversation_id: int) -> list[Promise]:
    """The promises of a conversation, the one that is due first at the top; those that ended behind."""
    return _PROMISES.all(conn, "WHERE conversation_id = ? ORDER BY status <> 'open', due_at, id", conversation_id)


def open_in(conn: Connection, conversation_ids: Iterable[int]) -> dict[int, list[Promise]]:
    """The open promises of each of these conversations that has one, the first due first."""
    found: dict[int, list[Promise]] = {}
    wanted = f"WHERE conversation_id {AMONG} AND status = 'open' ORDER BY due_at, id"
    for promise in _PROMISES.all(conn, wanted, listed(conversation_ids)):
        found.setdefault(promise.conversation_id, []).append(promise)
    return found


def open_until(conn: Connection, until: Instant, limit: int) -> list[Promise]:
    """Open promises that are due until then, the first due first; overdue ones are among them."""
    return _PROMISES.all(conn, "WHERE status = 'open' AND due_at <= ? ORDER BY due_at, id LIMIT ?", until, limit)


def count_open_until(conn: Connection, until: Instant) -> int:
    """How many open promises are due until an instant."""
    sql = "SELECT COUNT(*) FROM promises WHERE status = 'open' AND due_at <= ?"
    return int(conn.execute(sql, (until,)).fetchone()[0])


def later_of(conn: Connection, owner: str, after: Instant, limit: int) -> list[Promise]:
    """Open promises that are somebody's to keep, due after an instant, in conversations that are theirs and not done.

    The first due first.
    """
    rest = (
        "WHERE status = 'open' AND due_at > ? AND owner = ? AND EXISTS (SELECT 1 FROM conversations AS c"
        " WHERE c.id = promises.conversation_id AND c.assignee = promises.owner AND c.gone = 0"
        " AND c.status IN ('open', 'pending', 'snoozed')) ORDER BY due_at, id LIMIT ?"
    )
    return _PROMISES.all(conn, rest, after, owner, limit)


class PromiseCounts(NamedTuple):
    """Promises of a period.

    Attributes:
        made: those that were made in it.
        kept: those that were said in it to be kept, in time.
        late: those that were due in it and were kept or withdrawn later, or are open still.
        broken: those that were said in it to be so; withdrawn: those that were before they were due.
        running: those that are open now and not due yet, whatever the period.
    """

    made: int = 0
    kept: int = 0
    late: int = 0
    broken: int = 0
    withdrawn: int = 0
    running: int = 0


def tally(
    conn: Connection, since: Instant, until: Instant, now: Instant
) -> tuple[PromiseCounts, dict[str, PromiseCounts]]:
    """Count the promises of a period, all and by whose they are to keep; who does not say how one ended improves
    nothing: it is late."""
    ended, due = "ended_at >= :since AND ended_at < :until", "due_at >= :since AND due_at < :until"
    counts = (
        "made_at >= :since AND made_at < :until",
        f"status = 'kept' AND ended_at <= due_at AND {ended}",
        f"{due} AND (status IN ('kept', 'withdrawn') AND ended_at > due_at OR status = 'open' AND due_at < :now)",
        f"status = 'broken' AND {ended}",
        f"status = 'withdrawn' AND ended_at <= due_at AND {ended}",
        "status = 'open' AND due_at >= :now",
    )
    sums = ", ".join(f"COALESCE(SUM({count}), 0)" for count in counts)
    values = {"since": since, "until": until, "now": now}
    rows = conn.execute(f"SELECT owner, {sums} FROM promises GROUP BY owner ORDER BY owner", values).fetchall()
    found = {owner: PromiseCounts(*counts) for owner, *counts in rows}
    total = PromiseCounts(*(sum(column) for column in zip(*found.values(), strict=True))) if found else PromiseCounts()
    return total, {owner: counts for owner, counts in found.items() if any(counts)}


def ringing(conn: Connection, now: Instant, limit: int) -> list[Promise]:
    """Open promises of which it is time to tell their owners, the first due first."""
    return _PROMISES.all(conn, "WHERE ring_at IS NOT NULL AND ring_at <= ? ORDER BY ring_at, id LIMIT ?", now, limit)


def rung(conn: Connection, promise: Promise, next_at: Instant | None) -> None:
    """Its owner was told; when the engine has to look again, if it has."""
    rows.update(conn, "promises", promise.id, {"ring_at": next_at})
