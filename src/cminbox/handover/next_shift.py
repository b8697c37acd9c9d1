"""The shift to which one is handed over: as the calendar of shifts has it, else as long as `[handover] ahead` says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from typing import NamedTuple

from cminbox.config import Config
from cminbox.handover.words import clock
from cminbox.model import DAY, HOUR, Instant
from cminbox.shifts import ShiftConfig, joined
from cminbox.store import Connection, duty
from cminbox.store.handovers import Handover

AHEAD = 15 * DAY
"""So far ahead the next shift is looked for."""
BACK = 2 * DAY
"""So long a shift may have run already."""


class NextShift(NamedTuple):
    """The shift after somebody's own.

    Attributes:
        start: when it begins, or the instant for which it is asked where it runs already.
        end: what is promised, and wakes, until then is the next one's.
        first_hour: the end of its first hour; of a shift that begins later than in an hour, of the hour that comes.
        names: of the shifts that begin then; empty where none does, and it is as long as `ahead` says.
        comes: the members who are on duty in it, but who is handing over and who said that they are not.
        leaves: the members whose shift ends with that of who is handing over, themselves among them.
        began: when the shift of who is handing over began; None where they are in none.
    """

    start: Instant
    end: Instant
    first_hour: Instant
    names: tuple[str, ...] = ()
    comes: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    began: Instant | None = None

    def words(self, config: Config, now: Instant) -> str:
        """Who comes and who leaves, in one line: `late from 14:00 to 22:00: ben, cy; ana, jo leave`; empty without."""
        if not self.names:
            return ""
        start, end = (clock(time, now, config.zone) for time in (self.start, self.end))
        coming = f"{', '.join(self.names)} from {start} to {end}: {', '.join(self.comes) or 'nobody'}"
        others = f"; {', '.join(self.leaves)} leave" if len(self.leaves) > 1 else ""
        return coming + others


def until(conn: Connection, config: Config, one: Handover, now: Instant) -> Instant:
    """Until when what falls due is the next one's, of a handover that was signed."""
    end = next_shift(conn, config, one.leaving, one.signed_at).end
    return end if config.shifts and end > now else now + config.handover.ahead


class _Turn(NamedTuple):
    start: Instant
    end: Instant
    shift: ShiftConfig


def next_shift(conn: Connection, config: Config, leaving: str, now: Instant) -> NextShift:
    """The shift that follows a member's own at an instant.

    It is the one that is on when their own ends, of several the one that began last; else the next that begins.
    """
    own = _own(config, leaving, now)
    ends = own[1] if own is not None else now
    turns = [
        turn
        for turn in _turns(config.shifts, ends - BACK, ends + AHEAD)
        if turn.end > ends and turn.end - turn.start <= DAY
    ]
    running = [turn for turn in turns if turn.start <= ends]
    starts = max(turn.start for turn in running) if running else min((turn.start for turn in turns), default=None)
    if starts is None:
        began = own[0] if own is not None else None
        return NextShift(now, now + config.handover.ahead, now + HOUR, began=began)
    chosen = [turn for turn in turns if turn.start == starts]
    start = max(starts, ends)
    return NextShift(
        start,
        max(turn.end for turn in chosen),
        # Before a shift has nearly ended, what is due in the first hour of the next is still its own to do.
        (start if ends - now <= HOUR else now) + HOUR,
        tuple(turn.shift.name for turn in chosen),
        tuple(_present(conn, _members(chosen), leaving, start, now)),
        tuple(_members(turn for turn in _turns(config.shifts, now - BACK, ends) if now < turn.end == ends))
        if own
        else (),
        own[0] if own is not None else None,
    )


def _own(config: Config, member: str, now: Instant) -> tuple[Instant, Instant] | None:
    """The stretch of a member's shifts that runs at an instant; those that touch are one. One of more than a day has no
    end at which anything is handed over."""
    mine = [shift.windows(now - BACK, now + BACK) for shift in config.shifts if member in shift.members]
    found = next((part for part in joined(merge(*mine)) if part[0] <= now < part[1]), None)
    return found if found is not None and found[1] - found[0] <= DAY else None


def _turns(shifts: Iterable[ShiftConfig], start: Instant, end: Instant) -> Iterator[_Turn]:
    for shift in shifts:
        for begins, ends in shift.windows(start, end):
            yield _Turn(begins, ends, shift)


def _members(turns: Iterable[_Turn]) -> list[str]:
    return list(dict.fromkeys(handle for turn in turns for handle in turn.shift.members))


def _present(conn: Connection, handles: Iterable[str], leaving: str, start: Instant, now: Instant) -> Iterator[str]:
    """Those who have not said that they will not be there."""
    words = duty.said(conn, now)
    for handle in handles:
        word = words.get(handle)
        away = word is not None and not word.on_duty and (word.until is None or word.until > start)
        if handle != leaving and not away:
            yield handle
