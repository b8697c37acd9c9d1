"""Deliveries: what is told through channels, stored before anything is sent, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from cminbox.delivery_states import DEFAULT_TIMING, Event, Timing, step
from cminbox.model import MINUTE, DeliveryStatus, Instant
from cminbox.store import conversations, crises, events, notices, rows
from cminbox.store.notices import Notice
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection
from cminbox.when import short_time

MOST_IN_ONE = 100
"""How many notices one delivery carries at most: all of them stand in its text."""
MOST_SHOWN = 20
"""So many are shown, the newest ones."""
WAITING = "status IN ('queued', 'sending', 'unknown')"
"""In the words of the index `deliveries_waiting`."""


class Target(NamedTuple):
    """Where something is told.

    Attributes:
        channel: its name in the configuration.
        address: mail to this address; empty: to whoever the channel reaches.
        member: whom it tells; empty: whoever reads the channel.
    """

    channel: str
    address: str = ""
    member: str = ""


class Delivery(NamedTuple):
    """One message through one channel.

    Attributes:
        urgent: it waits for no quiet hours and no digest.
        next_try_at: when the engine looks at it again; None: nothing is to be done.
        sending_at: when the last try began.
        sent_at: when it was known to be delivered.
        message_id: of mail: by it the message is looked up.
        given_up_by: who gave up what failed or is unknown; empty where nobody did.
    """

    id: int
    channel: str
    address: str
    member: str
    urgent: bool
    status: DeliveryStatus
    created_at: Instant
    next_try_at: Instant | None
    tries: int
    first_try_at: Instant | None
    sending_at: Instant | None
    sent_at: Instant | None
    error: str
    message_id: str
    look_ups: int
    updated_at: Instant
    given_up_by: str

    @property
    def target(self) -> Target:
        """The channel, address and member that it goes to."""
        return Target(self.channel, self.address, self.member)

    @property
    def whom(self) -> str:
        """Whom it tells, in words: `ana (mail)`, `mail to anna@lab.example`, or the channel."""
        if self.member:
            return f"{self.member} ({self.channel})"
        return f"{self.channel} to {self.address}" if self.address else self.channel


class Told(NamedTuple):
    """What became of one notice in one delivery."""

    notice: Notice
    delivery: Delivery
    acknowledged_at: Instant | None
    acknowledged_by: str

    def words(self, zone: tzinfo) -> str:
        """It in words: `told ana (mail) 2026-05-01 12:03, acknowledged by ana 2026-05-01 12:10`."""
        one = self.delivery
        line = f"{_WORDS.get(one.status, 'is to tell')} {one.whom}"
        if one.sent_at is not None:
            line += f" {short_time(one.sent_at, zone)}"
        line += f": {one.error}" if one.error else ""
        if self.acknowledged_at is not None:
            line += f", acknowledged by {self.acknowledged_by} {short_time(self.acknowledged_at, zone)}"
        line += f", given up by {one.given_up_by}" if one.given_up_by else ""
        return f"{line}; cminbox channels retry {one.id}" if self.is_undecided else line

    @property
    def is_undecided(self) -> bool:
        """Whether it waits for somebody to say what becomes of it."""
        one = self.delivery
        return one.status in LOGGED and not one.given_up_by and self.acknowledged_at is None


LOGGED = {"failed": "not told", "unknown": "maybe told"}
"""What the log says of deliveries that ended in no sure way, by their status."""
_WORDS = {"sent": "told", "failed": "could not tell", "unknown": "maybe told", "cancelled": "did not tell"}


class Channel(NamedTuple):
    """How a channel is.

    Attributes:
        told_at: when something was last delivered.
        problem: why nothing can be delivered now; empty: it can.
        since: since when it has that problem.
        retry_at: nothing is tried before; None: at once.
    """

    name: str
    tried_at: Instant | None = None
    told_at: Instant | None = None
    problem: str = ""
    hint: str = ""
    since: Instant | None = None
    retry_at: Instant | None = None


_DELIVERIES = rows.table("deliveries", Delivery, urgent=bool)
_CHANNELS = rows.table("channels", Channel)
get = _DELIVERIES.get


# planning


def add(conn: Connection, target: Target, now: Instant, when: Instant, *, urgent: bool) -> int:
    """Queue a delivery that is to be tried at a time; its id."""
    row = {**target._asdict(), "urgent": urgent, "created_at": now, "next_try_at": when, "updated_at": now}
    return rows.insert(conn, "deliveries", row)


def carry(conn: Connection, delivery_id: int, notice_id: int) -> None:
    """Have a delivery tell a notice."""
    conn.execute("INSERT OR IGNORE INTO told (notice_id, delivery_id) VALUES (?, ?)", (notice_id, delivery_id))


def gathering(conn: Connection, target: Target) -> Delivery | None:
    """The delivery to a target that gathers notices: it was never tried, waits for a digest or the end of quiet hours,
    and has room."""
    return _DELIVERIES.one(
        conn,
        "WHERE channel = ? AND address = ? AND member = ? AND status = 'queued' AND urgent = 0 AND tries = 0"
        f" AND (SELECT COUNT(*) FROM told WHERE delivery_id = deliveries.id) < {MOST_IN_ONE} ORDER BY id DESC LIMIT 1",
        *target,
    )


def last_told_at(conn: Connection, target: Target) -> Instant | None:
    """When something was last told to a target, or may have been."""
    sql = (
        "SELECT MAX(sending_at) FROM (SELECT sending_at FROM deliveries WHERE channel = ? AND address = ?"
        " AND member = ? AND status IN ('sending', 'sent', 'unknown') ORDER BY id DESC LIMIT 5)"
    )
    return cast("Instant | None", conn.execute(sql, target).fetchone()[0])


# sending


def due(conn: Connection, now: Instant) -> list[Delivery]:
    """The one delivery of each channel that the engine must look at now: the longest due first.

    What was written by a clock that was later than this one is due at once.
    """
    sql = (
        f"WHERE id IN (SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY channel, status = 'unknown' ORDER BY"
        f" status != 'sending', urgent DESC, tries DESC, next_try_at, id) AS place FROM deliveries WHERE {WAITING}"
        " AND (status = 'sending' OR next_try_at <= ? OR updated_at > ? AND next_try_at IS NOT NULL)) WHERE place = 1)"
    )
    return _DELIVERIES.all(conn, f"{sql} ORDER BY next_try_at, id", now, now + MINUTE)


def next_due(conn: Connection) -> Instant | None:
    """When the engine is next needed for a delivery; None: it is not."""
    sql = f"SELECT MIN(COALESCE(next_try_at, 0)) FROM deliveries WHERE {WAITING} AND status != 'unknown'"
    return cast("Instant | None", conn.execute(sql).fetchone()[0])


def left_sending(conn: Connection) -> list[Delivery]:
    """What an engine that was killed left in `sending`."""
    return _DELIVERIES.all(conn, f"WHERE {WAITING} AND status = 'sending' ORDER BY id")


def still_queued(conn: Connection) -> list[Delivery]:
    """All that is queued."""
    return _DELIVERIES.all(conn, f"WHERE {WAITING} AND status = 'queued' ORDER BY id")


def move(
    conn: Connection,
    item: Delivery,
    event: Event,
    now: Instant,
    timing: Timing = DEFAULT_TIMING,
    columns: Mapping[str, Any] = MappingProxyType({}),
) -> Delivery:
    """Write what an event makes of a delivery, with the columns that come with it, and the log's word of it. No other
    statement changes the status of a delivery."""
    found = step(item, event, now, timing)
    if found is None:
        raise ValueError(f"delivery {item.id} is {item.status}: nothing of the kind “{event.name}” can happen to it")
    changes = {"status": found.status, "next_try_at": found.next_try_at, "error": found.error, **columns}
    if found.status == "sent":
        changes["sent_at"] = now if event.name == "accepted" else (item.sending_at or now)
    rows.update(conn, "deliveries", item.id, {**changes, "updated_at": now})
    moved = cast(Delivery, get(conn, item.id))
    if found.logged:
        _log(conn, moved, found.logged, now)
    return moved


def _log(conn: Connection, item: Delivery, action: str, now: Instant) -> None:
    """Write into the log what became of a delivery, at each conversation that it tells of."""
    tells = carried(conn, item.id)
    detail: dict[str, Any] = {"to": item.whom, "of": sorted({one.kind for one in tells}), "delivery": item.id}
    if item.error:
        detail["why"] = item.error
    event = events.add(conn, now, "engine", action, detail=detail)
    for number in sorted({one.conversation_id for one in tells if one.conversation_id is not None}):
        events.add_item(conn, event, number)
        conversations.touch(conn, number)


def carried(conn: Connection, delivery_id: int, *, unread: bool = False) -> list[Notice]:
    """The notices that a delivery carries, oldest first.

    Args:
        unread: only those that nobody acknowledged.
    """
    also = " AND t.acknowledged_at IS NULL" if unread else ""
    sql = f"JOIN told AS t ON t.notice_id = notices.id WHERE t.delivery_id = ?{also} ORDER BY notices.id"
    return notices.NOTICES.all(conn, sql, delivery_id)


# what became of it


def of_notice(conn: Connection, notice_id: int) -> list[Told]:
    """What became of a notice, in each delivery that carries it."""
    return _told(conn, "WHERE t.notice_id = ? ORDER BY d.id", notice_id)


def of_conversation(conn: Connection, conversation_id: int, limit: int = MOST_SHOWN) -> list[Told]:
    """What became of the newest notices about a conversation, oldest first."""
    rest = "WHERE n.conversation_id = ? ORDER BY n.id DESC, d.id DESC LIMIT ?"
    return _told(conn, rest, conversation_id, limit)[::-1]


def of_crisis(conn: Connection, crisis_id: int) -> list[Told]:
    """What became of the newest notices about a crisis, oldest first."""
    key = crises.notice_key(crisis_id)
    rest = "WHERE n.key >= ? AND n.key < ? ORDER BY n.id DESC, d.id DESC LIMIT ?"
    return _told(conn, rest, key, f"{key}\U0010ffff", MOST_SHOWN)[::-1]


def newest(conn: Connection, channel: str, limit: int = MOST_SHOWN) -> list[Delivery]:
    """The newest deliveries through a channel, newest first."""
    return _DELIVERIES.all(conn, "WHERE channel = ? ORDER BY id DESC LIMIT ?", channel, limit)


def counts(conn: Connection) -> dict[tuple[str, str], int]:
    """How many deliveries there are by channel and status."""
    sql = "SELECT channel, status, COUNT(*) FROM deliveries GROUP BY channel, status"
    return {(row[0], row[1]): row[2] for row in conn.execute(sql)}


def is_ours(conn: Connection, message_id: str) -> bool:
    """Whether a mail of this id is a delivery; the id of each has its number (`<cminbox.7.…>`)."""
    found = re.match(r"<cminbox\.([0-9]{1,18})\.", message_id)
    delivery = get(conn, int(found[1])) if found is not None else None
    return delivery is not None and delivery.message_id == message_id


def not_told(conn: Connection, limit: int, channel: str = "") -> list[Delivery]:
    """What failed or is unknown and somebody has to decide of, newest first; of one channel where one is named.

    Nothing is to be decided of what was given up, of what was read all the same, and of tests.
    """
    rest = f"{_NOT_TOLD} AND ? IN ('', channel) ORDER BY id DESC LIMIT ?"
    return _DELIVERIES.all(conn, f"WHERE {rest}", channel, limit)


def count_not_told(conn: Connection) -> dict[tuple[str, str], int]:
    """How many of those there are, by channel and status."""
    found = conn.execute(f"SELECT channel, status, COUNT(*) FROM deliveries WHERE {_NOT_TOLD} GROUP BY channel, status")
    return {(channel, status): number for channel, status, number in found}


_NOT_TOLD = (
    "status IN ('failed', 'unknown') AND given_up_by = '' AND EXISTS (SELECT 1 FROM told AS t JOIN notices AS n"
    " ON n.id = t.notice_id WHERE t.delivery_id = deliveries.id AND t.acknowledged_at IS NULL AND n.kind <> 'test')"
)
"""In the words of the index `deliveries_not_told`."""


# acknowledging


def acknowledge(conn: Connection, member: str, conversations: Sequence[int], now: Instant) -> int:
    """A member read what they were told of these conversations; how many notices that was."""
    sql = (
        f"UPDATE told SET acknowledged_at = ?, acknowledged_by = ? WHERE acknowledged_at IS NULL AND notice_id IN"
        f" (SELECT id FROM notices WHERE conversation_id {AMONG}) AND delivery_id IN"
        " (SELECT id FROM deliveries WHERE member = ?)"
    )
    return conn.execute(sql, (now, member, listed(conversations), member)).rowcount


def acknowledge_matter(conn: Connection, member: str, key: str, now: Instant) -> None:
    """A member read what they were told of a matter that is no conversation: under keys that begin so, `crisis:2:`."""
    acknowledge_told(conn, unread_matter(conn, member, key, rooms=False), member, now)


def unread_matter(conn: Connection, member: str, key: str, *, rooms: bool = True) -> list[tuple[int, int]]:
    """What a member was told of such a matter and nobody acknowledged: notices with their deliveries.

    Args:
        rooms: what was told to a channel that is nobody's own counts as told to them.
    """
    sql = (
        "SELECT t.notice_id, t.delivery_id FROM notices AS n JOIN told AS t ON t.notice_id = n.id"
        " JOIN deliveries AS d ON d.id = t.delivery_id WHERE n.key >= ? AND n.key < ? AND t.acknowledged_at IS NULL"
        " AND (d.member = ? OR ? AND d.member = '' AND d.address = '')"
    )
    return [(row[0], row[1]) for row in conn.execute(sql, (key, f"{key}\U0010ffff", member, rooms))]


def acknowledge_told(conn: Connection, told: Iterable[Sequence[int]], member: str, now: Instant) -> None:
    """A member acknowledges these notices of these deliveries, as far as nobody did."""
    conn.executemany(
        "UPDATE told SET acknowledged_at = ?, acknowledged_by = ?"
        " WHERE notice_id = ? AND delivery_id = ? AND acknowledged_at IS NULL",
        [(now, member, notice, delivery) for notice, delivery in told],
    )


def take_back(conn: Connection, key: str, now: Instant) -> bool:
    """Tell nobody of the notices whose keys begin so, as far as nobody was told; whether somebody was, or may be."""
    notices.take_back_all(conn, key, now)
    told = False
    sql = (
        "SELECT t.notice_id, t.delivery_id FROM notices AS n JOIN told AS t ON t.notice_id = n.id"
        " WHERE n.key >= ? AND n.key < ?"
    )
    for notice_id, delivery_id in conn.execute(sql, (key, f"{key}\U0010ffff")).fetchall():
        item = cast(Delivery, get(conn, delivery_id))
        if item.status != "queued" or item.tries:
            told = told or item.status in ("queued", "sending", "sent", "unknown")
            continue
        conn.execute("DELETE FROM told WHERE delivery_id = ? AND notice_id = ?", (delivery_id, notice_id))
        if not carried(conn, delivery_id):
            move(conn, item, Event("withdrawn"), now)
    return told


def unread(conn: Connection, member: str, conversation_id: int) -> list[tuple[int, int]]:
    """What a member, or a channel that is nobody's own, is told of a conversation and nobody acknowledged: notices with
    their deliveries."""
    sql = (
        "SELECT t.notice_id, t.delivery_id FROM notices AS n JOIN told AS t ON t.notice_id = n.id"
        " JOIN deliveries AS d ON d.id = t.delivery_id WHERE n.conversation_id = ? AND t.acknowledged_at IS NULL"
        " AND (d.member = ? OR d.member = '' AND d.address = '')"
    )
    return [(row[0], row[1]) for row in conn.execute(sql, (conversation_id, member))]


def unacknowledge(conn: Connection, told: Iterable[Sequence[int]], member: str) -> None:
    """A member takes back that they acknowledged these notices of these deliveries."""
    conn.executemany(
        "UPDATE told SET acknowledged_at = NULL, acknowledged_by = ''"
        " WHERE notice_id = ? AND delivery_id = ? AND acknowledged_by = ?",
        [(notice, delivery, member) for notice, delivery in told],
    )


# channels


def channel(conn: Connection, name: str) -> Channel:
    """How a channel is; of one that nothing was told through, nothing is known."""
    return _CHANNELS.one(conn, "WHERE name = ?", name) or Channel(name)


def channels(conn: Connection) -> dict[str, Channel]:
    """How each channel is through which anything was told, by name."""
    return {one.name: one for one in _CHANNELS.all(conn, "ORDER BY name")}


def troubled(conn: Connection) -> list[Channel]:
    """The channels through which nothing can be told now."""
    return _CHANNELS.all(conn, "WHERE problem != '' ORDER BY name")


def note_channel(conn: Connection, name: str, **changes: object) -> None:
    """Set columns of a channel's row, which is made where there is none."""
    conn.execute("INSERT OR IGNORE INTO channels (name) VALUES (?)", (name,))
    columns = ", ".join(f"{column} = ?" for column in changes)
    conn.execute(f"UPDATE channels SET {columns} WHERE name = ?", (*changes.values(), name))


def try_soon(conn: Connection, name: str, now: Instant) -> None:
    """A channel's address is another one: what waits for it is tried at once."""
    note_channel(conn, name, problem="", hint="", since=None, retry_at=None)
    conn.execute(
        "UPDATE deliveries SET next_try_at = ? WHERE channel = ? AND status = 'queued' AND error != ''", (now, name)
    )


def first_tried(conn: Connection, name: str, now: Instant) -> None:
    """A channel was tried for all that is due through it: none of that waits for it for ever."""
    conn.execute(
        "UPDATE deliveries SET first_try_at = ? WHERE channel = ? AND status = 'queued' AND first_try_at IS NULL"
        " AND next_try_at <= ?",
        (now, name, now),
    )


def waiting_since(conn: Connection, name: str, before: Instant) -> list[Delivery]:
    """What is queued for a channel and was first due, and tried or not, before a time."""
    return _DELIVERIES.all(
        conn, "WHERE channel = ? AND status = 'queued' AND first_try_at < ? ORDER BY id", name, before
    )


def forget_unconfigured(conn: Connection, names: Iterable[str]) -> None:
    """Forget how channels are that the configuration does not name any more."""
    conn.execute(f"DELETE FROM channels WHERE name NOT {AMONG}", (listed(names),))


def _told(conn: Connection, rest: str, *values: object) -> list[Told]:
    sql = (
        "SELECT t.notice_id, t.delivery_id, t.acknowledged_at, t.acknowledged_by FROM told AS t"
        f" JOIN deliveries AS d ON d.id = t.delivery_id JOIN notices AS n ON n.id = t.notice_id {rest}"
    )
    found = []
    for notice_id, delivery_id, at, by in conn.execute(sql, values).fetchall():
        notice, delivery = notices.get(conn, notice_id), get(conn, delivery_id)
        if notice is not None and delivery is not None:
            found.append(Told(notice, delivery, at, by))
    return found
