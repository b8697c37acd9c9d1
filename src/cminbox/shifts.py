"""Shifts: when which members are on duty, and after how long work comes back from who is not, as `config.toml` says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from heapq import merge
from typing import NamedTuple

from cminbox.business_hours import Calendar
from cminbox.hours import CalendarConfig, read_days, read_holidays, read_zone
from cminbox.model import MINUTE, Instant
from cminbox.suggest import suggest
from cminbox.tomlfile import Table, all_of

LONGEST_NIGHT = 12 * 60
"""Minutes of a range that goes on after midnight: a longer one is rather two times in the wrong order."""
_DAY_MINUTES = 24 * 60


class ShiftConfig(NamedTuple):
    """When some members are on duty.

    Attributes:
        members: their handles.
        hours: its ranges up to each midnight; nights: what of a range lies after the midnight, on the day that
            it lies on. A holiday takes out the ranges that begin on it, with what of them lies after midnight.
    """

    name: str
    members: tuple[str, ...]
    hours: CalendarConfig
    nights: CalendarConfig

    def windows(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant]]:
        """Its stretches between two instants, in order; those that touch or overlap are one."""
        parts = [Calendar(part).windows(start, end) for part in (self.hours, self.nights) if part.days]
        return joined(merge(*parts))


class Returning(NamedTuple):
    """After how long what somebody has comes back to the queue, in milliseconds; None: it does not.

    Attributes:
        take_up: of duty, in which they did nothing to the conversation since it came to them.
        silent: of duty, in which they did nothing at all.
        absent: since they went off duty.
    """

    take_up: int | None = None
    silent: int | None = None
    absent: int | None = None


def joined(stretches: Iterator[tuple[Instant, Instant]]) -> Iterator[tuple[Instant, Instant]]:
    """Stretches in order of their starts, with those that touch or overlap made one."""
    open_one: tuple[Instant, Instant] | None = None
    for start, end in stretches:
        if open_one is not None and start <= open_one[1]:
            open_one = open_one[0], max(open_one[1], end)
            continue
        if open_one is not None:
            yield open_one
        open_one = start, end
    if open_one is not None:
        yield open_one


def read_returning(team: Table) -> Returning:
    """What `[team]` says of work that comes back."""
    found: dict[str, int] = {}
    for key in Returning._fields:
        if team.has(key) and team.values[key] is not False:
            found[key] = team.duration(key, least=MINUTE)
        elif team.has(key):
            team.flag(key, False)
    return Returning(**found)


def read_shift(table: Table, unique: Callable[[Table], str], handles: Sequence[str], zone: str | None) -> ShiftConfig:
    """The shift of a `[[shift]]` table.

    Args:
        unique: reads its name, which no other shift has.
        handles: the members that there are.
        zone: the time zone where it names none; None: it has to.

    Raises:
        ConfigError: a range that is none or ends before it begins, a member that nobody is, no hours.
    """
    name = unique(table)
    has_zone = table.has("zone")
    days, holidays = read_days(table, LONGEST_NIGHT), read_holidays(table)
    members = tuple(dict.fromkeys(handle.removeprefix("@") for handle in table.texts("members")))
    table.done()

    def known(handle: str) -> None:
        if handle not in handles:
            hint = suggest(handle, handles) if handles else "add a [[member]] first"
            raise table.error("members", f'"{handle}" is no member of the team', hint)

    all_of(members, known)
    # Behind what has mistakes of its own: nothing can stand in for a zone.
    zone = read_zone(table) if has_zone or zone is None else zone
    if not members:
        raise table.error(None, f'the shift "{name}" has no members', 'write for example members = ["ana"]')
    if not days:
        raise table.error(None, f'the shift "{name}" has no hours', 'write for example mon = ["09:00-17:00"]')
    until_midnight = {day: tuple((start, min(end, _DAY_MINUTES)) for start, end in days[day]) for day in days}
    return ShiftConfig(
        name,
        members,
        CalendarConfig(zone, until_midnight, holidays),
        CalendarConfig(zone, _after_midnight(days), tuple(_day_after(day) for day in holidays if day < date.max)),
    )


def _after_midnight(days: Mapping[int, tuple[tuple[int, int], ...]]) -> Mapping[int, tuple[tuple[int, int], ...]]:
    """What of the ranges lies on the day after the one on which they begin."""
    return {
        (day + 1) % 7: tuple((0, end - _DAY_MINUTES) for _, end in ranges if end > _DAY_MINUTES)
        for day, ranges in days.items()
        if any(end > _DAY_MINUTES for _, end in ranges)
    }


def _day_after(day: date) -> date:
    return day + timedelta(days=1)
