"""Who is on duty: what somebody said by hand, and the calendar of shifts where nobody did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from typing import NamedTuple

from cminbox.business_hours import Calendar
from cminbox.config import Config
from cminbox.model import DAY, MINUTE, Instant
from cminbox.shifts import joined
from cminbox.store import people, rows
from cminbox.store.sqlite import Connection

DUTY_EVENT = "duty"
"""The event of a word about duty."""
AHEAD = 15 * DAY
"""So far ahead it is looked when somebody's duty begins or ends."""
NEAR = 2 * DAY
"""So far it is looked first."""
BACK = 31 * DAY
"""So far back duty is counted."""
_MOST_GAPS = 40
_SHORTEST_GAP = MINUTE

Stretch = tuple[Instant, Instant]


class DutyWord(NamedTuple):
    """What somebody said of a member: on duty, or absent.

    Attributes:
        until: when it ends; None: when somebody says otherwise.
        by: `member:<handle>` or `engine`.
    """

    id: int
    member: str
    on_duty: bool
    since: Instant
    until: Instant | None
    by: str
    reason: str
    ended_at: Instant | None


class DutyState(NamedTuple):
    """Whether a member is on duty now.

    Attributes:
        until: when that changes; None: nobody knows, or not within the next two weeks.
        since: when their last duty ended, where they are off duty; None: that is long ago.
        reason: what was said of it by hand.
        by_hand: somebody said so; else the calendar of shifts does, or there is none for them.
    """

    member: str
    on_duty: bool
    until: Instant | None
    since: Instant | None = None
    reason: str = ""
    by_hand: bool = False


class Gap(NamedTuple):
    """A stretch of time that counts for nobody's silence.

    Attributes:
        jump: the clock was set forward over it, or the host slept; else no engine ran.
    """

    start: Instant
    end: Instant
    jump: bool


_DUTY = rows.table("duty", DutyWord, on_duty=bool)
get = _DUTY.get


def say(
    conn: Connection, member: str, on_duty: bool, now: Instant, until: Instant | None, by: str, reason: str = ""
) -> int:
    """Say that a member is on duty or absent from now on; what was said before ends. The id of the word."""
    end_words(conn, member, now)
    word = {"member": member, "on_duty": on_duty, "since": now, "until": until, "by": by, "reason": reason}
    return rows.insert(conn, "duty", word)


def end_words(conn: Connection, member: str, now: Instant) -> None:
    """What was said of a member by hand ends: the calendar of shifts holds again."""
    conn.execute("UPDATE duty SET ended_at = ? WHERE member = ? AND ended_at IS NULL", (now, member))


def said(conn: Connection, now: Instant) -> Mapping[str, DutyWord]:
    """By member, the word that is in force."""
    in_force = "WHERE ended_at IS NULL AND since <= ? AND (until IS NULL OR until > ?) ORDER BY id"
    return {word.member: word for word in _DUTY.all(conn, in_force, now, now)}


def said_since(conn: Connection, member: str, event_id: int) -> bool:
    """Whether somebody said something of a member after an event, and did not take it back."""
    sql = (
        "SELECT 1 FROM events WHERE id > ? AND action = ? AND undone_by IS NULL"
        " AND json_extract(detail, '$.of') = ? LIMIT 1"
    )
    return conn.execute(sql, (event_id, DUTY_EVENT, member)).fetchone() is not None


def on_duty(conn: Connection, config: Config, handles: Iterable[str], now: Instant) -> frozenset[str]:
    """Those of these members who are on duty now.

    Who said nothing is on duty as the calendar of shifts has it; who stands in no shift, always.
    """
    words = said(conn, now)
    return frozenset(
        handle for handle in handles if (words[handle].on_duty if handle in words else _in_shift(config, handle, now))
    )


def _in_shift(config: Config, handle: str, now: Instant) -> bool:
    own = [shift for shift in config.shifts if handle in shift.members]
    return not own or any(start <= now for shift in own for start, end in shift.windows(now, now + 1))


def states(conn: Connection, config: Config, handles: Iterable[str], now: Instant) -> dict[str, DutyState]:
    """Whether each of these members is on duty, and until when."""
    words = said(conn, now)
    return {handle: _state(conn, config, handle, words.get(handle), now) for handle in handles}


def _state(conn: Connection, config: Config, handle: str, word: DutyWord | None, now: Instant) -> DutyState:
    on, until, since = False, None, None
    for span_back, span_ahead in ((NEAR, NEAR), (BACK, AHEAD)):  # what is near is mostly all that is asked for
        horizon = now + span_ahead
        on, until, since = False, None, None
        for start, end in stretches(conn, config, handle, now - span_back, horizon):
            if end <= now:
                since = end
            elif start <= now:
                on, until = True, end if end < horizon else None
                break
            else:
                until = start
                break
        if until is not None and (on or since is not None):
            break
    reason, by_hand = (word.reason, True) if word is not None else ("", False)
    return DutyState(handle, on, until, None if on else since, reason, by_hand)


def stretches(
    conn: Connection, config: Config, handle: str, start: Instant, end: Instant, *, counted: bool = False
) -> list[Stretch]:
    """When a member was, is or will be on duty between two instants, in order.

    Args:
        counted: as much of it as counts for how long they were silent: of those who stand in no shift, the business
            hours where there are any.
    """
    own = [shift.windows(start, end) for shift in config.shifts if handle in shift.members]
    planned: Iterable[Stretch] = [(start, end)]
    if own:
        planned = joined(merge(*own))
    elif counted and config.calendar is not None:
        planned = joined(Calendar(config.calendar).windows(start, end))
    spans = [(word, _span(word, start, end)) for word in _words(conn, handle, start, end)]
    free = without(planned, [span for _, span in spans])
    by_hand = [span for word, span in spans if word.on_duty and span[0] < span[1]]
    return list(joined(iter(sorted([*free, *by_hand]))))


def _words(conn: Connection, handle: str, start: Instant, end: Instant) -> list[DutyWord]:
    rest = (
        "WHERE member = ? AND since < ? AND (until IS NULL OR until > ?) AND (ended_at IS NULL OR ended_at > ?)"
        " ORDER BY since, id"
    )
    return _DUTY.all(conn, rest, handle, end, start, start)


def _span(word: DutyWord, start: Instant, end: Instant) -> Stretch:
    ends = [time for time in (word.until, word.ended_at) if time is not None]
    return max(word.since, start), min([end, *ends])


def without(some: Iterable[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """What is left of stretches where others are taken out."""
    left = list(some)
    for start, end in others:
        if start < end:
            parts = [part for a, b in left for part in ((a, min(b, start)), (max(a, end), b))]
            left = [(a, b) for a, b in parts if a < b]
    return left


def back(some: Sequence[Stretch], length: int) -> Instant | None:
    """The instant since which stretches, in order, make up a length; None where they are shorter in all."""
    for start, end in reversed(some):
        if end - start >= length:
            return end - length
        length -= end - start
    return None


def note_gap(conn: Connection, start: Instant, end: Instant, *, jump: bool) -> None:
    """Say that a stretch of time counts for nobody's silence; very short ones are let be."""
    if end - start >= _SHORTEST_GAP:
        kept = [*gaps(conn), Gap(start, end, jump)][-_MOST_GAPS:]
        conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('gaps', ?)", (json.dumps(kept),))


def gaps(conn: Connection) -> list[Gap]:
    """The newest stretches of time that count for nobody's silence."""
    row = conn.execute("SELECT value FROM settings WHERE key = 'gaps'").fetchone()
    try:
        return [Gap(int(start), int(end), bool(jump)) for start, end, jump in json.loads(row[0])] if row else []
    except (TypeError, ValueError):
        return []


class Available:
    """Who can be given work by turns: who is on duty, is no observer, and did something since work last came back.

    Args:
        now: for which instant it is looked, once.
    """

    def __init__(self, config: Config, now: Instant) -> None:
        self._config, self._now = config, now
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._observers = {member.handle for member in config.members if member.role == "observer"}

    def among(self, conn: Connection, handles: Iterable[str]) -> tuple[str, ...]:
        """Those of these members who can be."""
        asked = tuple(handles)
        if asked not in self._known:
            here = on_duty(conn, self._config, asked, self._now) - self._observers
            here -= people.silent_since_returned(conn)
            self._known[asked] = tuple(handle for handle in asked if handle in here)
        return self._known[asked]
