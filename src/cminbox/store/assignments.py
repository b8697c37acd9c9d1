"""Open conversations that a member has: since when, whether they took it up, and how it comes back to the queue.

The rows follow the conversations by triggers (`0029_assignments.sql`), whoever writes those.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cminbox.model import Instant
from cminbox.store import change_numbers, events
from cminbox.store.action_writes import WriteBatch
from cminbox.store.events import Item
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

RETURNED = "returned"
"""The event of conversations that came back to the queue; its detail says from whom, and why."""
_ON_ITS_WAY = ("held", "queued", "sending", "unknown")
"""Statuses of a reply that is on its way without anybody else's word."""
_ACTED = (
    "EXISTS (SELECT 1 FROM event_items AS i CROSS JOIN events AS e ON e.id = i.event_id WHERE i.conversation_id ="
    " a.conversation_id AND i.event_id > a.event_id AND e.actor = 'member:' || a.member)"
)
"""The member did something to the conversation since it came to them."""


def any_new(conn: Connection) -> bool:
    """Whether there is one that the engine has not seen yet."""
    return conn.execute("SELECT 1 FROM assignments WHERE since IS NULL LIMIT 1").fetchone() is not None


def note_new(conn: Connection, now: Instant, most: int) -> None:
    """From now on time counts for those that the engine has not seen yet, for so many of them."""
    new = "SELECT conversation_id FROM assignments WHERE since IS NULL LIMIT ?"
    conn.execute(f"UPDATE assignments SET since = ? WHERE conversation_id IN ({new})", (now, most))


def set_back(conn: Connection, member: str, now: Instant) -> None:
    """Have those count from now on that began by a clock which was set back since."""
    conn.execute("UPDATE assignments SET since = ? WHERE member = ? AND since > ?", (now, member, now))


def take_up(conn: Connection, conversation_id: int, member: str, now: Instant) -> None:
    """The member looks at it: if it is theirs, they took it up."""
    conn.execute(
        "UPDATE assignments SET taken_up_at = ? WHERE conversation_id = ? AND member = ? AND taken_up_at IS NULL",
        (now, conversation_id, member),
    )


def note_taken_up(conn: Connection, member: str, until: Instant, now: Instant, most: int) -> None:
    """Find those of a member's, which they have had since that time, to which they did something by now.

    Args:
        most: so many are looked at, those first that they have had longest.
    """
    first = (
        "SELECT conversation_id FROM assignments WHERE member = ? AND taken_up_at IS NULL AND since <= ?"
        " ORDER BY since LIMIT ?"
    )
    conn.execute(
        f"UPDATE assignments AS a SET taken_up_at = ? WHERE conversation_id IN ({first}) AND {_ACTED}",
        (now, member, until, most),
    )


def any_ahead(conn: Connection, member: str, now: Instant) -> bool:
    """Whether the member has one since a time that is yet to come: the clock was set back."""
    sql = "SELECT 1 FROM assignments WHERE member = ? AND since > ? LIMIT 1"
    return conn.execute(sql, (member, now)).fetchone() is not None


def held(
    conn: Connection,
    member: str,
    until: Instant,
    now: Instant,
    limit: int,
    *,
    untouched: bool = False,
    certain: bool = True,
) -> list[int]:
    """Conversations that a member has had since a time or longer, those first that they have had longest.

    Those are left out in which a reply of the member's is on its way, or is being written.

    Args:
        untouched: those alone that they did not take up; some of them may not be noted as taken up yet.
        certain: it is looked whether they did.
    """
    sql = (
        f"SELECT a.conversation_id FROM assignments AS a WHERE a.member = ? AND a.since <= ?"
        f"{' AND a.taken_up_at IS NULL' if untouched else ''}{f' AND NOT {_ACTED}' if untouched and certain else ''}"
        " AND NOT EXISTS (SELECT 1 FROM outgoing AS o WHERE o.conversation_id = a.conversation_id"
        f" AND o.member = a.member AND o.kind = 'reply' AND o.status {AMONG})"
        " AND NOT EXISTS (SELECT 1 FROM presence AS p WHERE p.conversation_id = a.conversation_id"
        " AND p.member = a.member AND p.doing = 'replying' AND p.until > ?) ORDER BY a.since LIMIT ?"
    )
    return [row[0] for row in conn.execute(sql, (member, until, listed(_ON_ITS_WAY), now, limit))]


def at_work(conn: Connection, member: str, ids: Sequence[int], now: Instant) -> set[int]:
    """Those of these conversations in which a reply of the member's is on its way, or is being written."""
    on_its_way = (
        f"SELECT conversation_id FROM outgoing WHERE conversation_id {AMONG} AND member = ? AND kind = 'reply'"
        f" AND status {AMONG}"
    )
    written = (
        f"SELECT conversation_id FROM presence WHERE conversation_id {AMONG} AND member = ? AND doing = 'replying'"
        " AND until > ?"
    )
    sent = conn.execute(on_its_way, (listed(ids), member, listed(_ON_ITS_WAY)))
    return {row[0] for row in sent} | {row[0] for row in conn.execute(written, (listed(ids), member, now))}


def drafted(conn: Connection, member: str, ids: Sequence[int]) -> set[int]:
    """Those of these conversations in which the member has a draft."""
    sql = (
        f"SELECT conversation_id FROM outgoing WHERE conversation_id {AMONG} AND member = ? AND kind = 'reply'"
        " AND status = 'draft' AND text <> ''"
    )
    return {row[0] for row in conn.execute(sql, (listed(ids), member))}


def give_back(conn: Connection, now: Instant, actor: str, detail: Mapping[str, Any], ids: Iterable[int]) -> int:
    """Conversations come back to the queue: nobody has or holds them, and they stay with their team.

    Rules do not assign them again: what a rule or a person said of whose they are has had its turn.

    Args:
        actor: who gives them back, as events write it.
        detail: what the event remembers: `from` whom they come, and `why`, in words.

    Returns:
        The event.
    """
    wanted = list(ids)
    changed = change_numbers.advance(conn)
    event = events.add(conn, now, actor, RETURNED, detail=detail, count=len(wanted))
    batch = WriteBatch(conn)
    before = conn.execute(f"SELECT id, assignee FROM conversations WHERE id {AMONG}", (listed(wanted),)).fetchall()
    for number, assignee in before:
        batch.items.append(events.item_row(event, Item(number, {"assignee": assignee}, {"assignee": ""}, {})))
        batch.released.append(number)
        batch.set_columns(number, {"assignee": "", "rescore_at": 1, "changed": changed})
    batch.flush()
    return event


def untold(conn: Connection) -> list[int]:
    """The events by which conversations came back, and of which nobody was told yet."""
    row = conn.execute("SELECT value FROM settings WHERE key = 'returned'").fetchone()
    try:
        return [int(number) for number in json.loads(row[0])] if row else []
    except (TypeError, ValueError):
        return []


def note_untold(conn: Connection, event_id: int) -> None:
    """Remember that the leads are to be told of an event by which conversations came back."""
    kept = json.dumps([*untold(conn), event_id])
    conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('returned', ?)", (kept,))


def note_told(conn: Connection) -> None:
    """Remember that the leads were told of all that came back."""
    conn.execute("DELETE FROM settings WHERE key = 'returned'")


def next_turn(conn: Connection, team: str, among: Sequence[str]) -> str:
    """Whose turn it is in a team, of these members; from now on they are the last."""
    turns = dict(conn.execute("SELECT member, turn FROM turns WHERE team = ?", (team,)).fetchall())
    member = min(among, key=lambda handle: (turns.get(handle, 0), handle))
    turn = {"team": team, "member": member, "turn": max(turns.values(), default=0) + 1}
    conn.execute("INSERT OR REPLACE INTO turns (team, member, turn) VALUES (:team, :member, :turn)", turn)
    return member


def least_loaded(loads: dict[str, int], among: Sequence[str]) -> str:
    """Who of these members has the fewest open conversations; one more is counted for them."""
    member = min(among, key=lambda handle: (loads.get(handle, 0), handle))
    loads[member] = loads.get(member, 0) + 1
    return member
