"""What people did in a period, as figures: first acts, time at replies, touches, answers, and who came back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cminbox.business_hours import Calendar
from cminbox.model import WEEK, Instant
from cminbox.reports.figures import NO_FIGURES, Figures, figures
from cminbox.store import Connection, labels, work

COUNTED = 1000
"""What counts as one where the figures are of numbers, as a second does where they are of milliseconds."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One measure by both clocks; `business` is None where there is no calendar, and where it would make no sense."""

    wall: Figures = NO_FIGURES
    business: Figures | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """Cycles whose person wrote again about the same matter within a week: how long after the end.

    Attributes:
        ended: how many cycles ended.
        running: of those how many ended less than a week ago, and are not back so far.
        rate: the part of the others that came back, 0 to 1; None where there are none.
    """

    wall: Figures = NO_FIGURES
    business: Figures | None = None
    ended: int = 0
    running: int = 0
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """The figures of what people did."""

    first_act: Timing
    handle: Timing
    touches: Figures
    back: Back
    answers: int


@dataclass(slots=True)
class WorkTally:
    """What a group gathers before these figures can be told; lengths are milliseconds."""

    first_acts: list[int] = field(default_factory=list)
    first_acts_business: list[int] = field(default_factory=list)
    handled: list[int] = field(default_factory=list)
    touches: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    back_business: list[int] = field(default_factory=list)
    ended: int = 0
    running: int = 0
    answers: int = 0

    def figures(self, *, business: bool) -> Work:
        """What was gathered, as figures."""
        decided = self.ended - self.running
        return Work(
            Timing(_of(self.first_acts), _of(self.first_acts_business) if business else None),
            Timing(_of(self.handled)),
            _of([touches * COUNTED for touches in self.touches]),
            Back(
                _of(self.back),
                _of(self.back_business) if business else None,
                self.ended,
                self.running,
                len(self.back) / decided if decided else None,
            ),
            self.answers,
        )


def _of(values: list[int]) -> Figures:
    return figures([sorted(values)])


Tallies = Callable[[int, str, str, Iterable[str]], Iterable[WorkTally]]
"""Which tallies something belongs to, by its source, its member, its language and its labels."""


def gather(
    conn: Connection,
    since: Instant,
    until: Instant,
    calendar: Calendar | None,
    now: Instant,
    tallies: Tallies,
    *,
    written: bool = False,
) -> None:
    """Add up what people did in a period.

    Args:
        calendar: the business hours.
        now: up to when somebody may have come back.
        written: what belongs to what was written in the period, instead of what ended in it.
    """
    ended = list(work.ended(conn, since, until, written=written))
    acted = work.acted(conn, since, None if written else until)
    done = work.Acts(conn, acted.union(cycle.conversation_id for cycle in ended))
    acts = list(work.first_acts(conn, since, until, acted, done, written=written))
    handled = list(work.handled(conn, since, until, written=written))
    known = labels.of_many(conn, {one.conversation_id for found in (acts, handled, ended) for one in found})
    within = calendar.lengths([one.start for one in acts], [one.length for one in acts]) if calendar else []
    for place, act in enumerate(acts):
        for tally in tallies(act.source_id, act.member, act.lang, known.get(act.conversation_id, ())):
            tally.first_acts.append(act.length)
            tally.first_acts_business += within[place : place + 1]
    for reply in handled:
        for tally in tallies(reply.source_id, reply.member, reply.lang, known.get(reply.conversation_id, ())):
            tally.handled.append(reply.length)
    for cycle in ended:
        after = None if cycle.back_at is None else cycle.back_at - cycle.end
        touches = done.count(cycle.conversation_id, cycle.start, cycle.end)
        for tally in tallies(cycle.source_id, cycle.member, cycle.lang, known.get(cycle.conversation_id, ())):
            tally.touches.append(touches)
            tally.ended += 1
            if after is None:
                tally.running += now - cycle.end < WEEK
                continue
            tally.back.append(after)
            if calendar:
                tally.back_business.append(calendar.between(cycle.end, cycle.end + after))
    for source_id, member, lang, count in work.answers(conn, since, until):
        for tally in tallies(source_id, member, lang, ()):
            tally.answers += count
