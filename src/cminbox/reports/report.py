"""The report: response times, who waits, volume and SLA of a period, in all and by what they belong to.

A measure belongs to the period in which it ended, an SLA to the one in which it was hit or missed, an answer to
the one in which they wrote who waited for it. Who waits is asked of the present, whatever the period. An SLA that
is broken counts as missed at once and for ever, so that neither ignoring nor closing anybody improves a figure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from cminbox.business_hours import Calendar
from cminbox.model import HOUR, End, Instant, to_iso
from cminbox.reports.definitions import COHORTS, DEFINITIONS, Definition, behind
from cminbox.reports.figures import Figures, figures
from cminbox.reports.work import Back, Timing, Work, WorkTally, gather
from cminbox.store import Connection, promises, reporting, sources, work
from cminbox.store.promises import PromiseCounts
from cminbox.store.reporting import Measured, MeasureRuns, Sums, WaitSums

Dimension = Literal["source", "network", "member", "label", "language"]
DIMENSIONS: tuple[Dimension, ...] = ("source", "network", "member", "label", "language")

UNKNOWN = "unknown"
"""The name under which conversations in a language that was not recognised are counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Conversations that still wait, for how many seconds the oldest has, and how many of them need an answer."""

    count: int = 0
    oldest: float | None = None
    needing: int = 0


@dataclass(frozen=True, slots=True)
class Sla:
    """SLAs hit, missed, and still running."""

    hit: int = 0
    missed: int = 0
    running: int = 0

    @property
    def decided(self) -> int:
        """SLAs of which it is known whether they were hit."""
        return self.hit + self.missed

    @property
    def share(self) -> float | None:
        """The part of the decided SLAs that was hit, 0 to 1; None when none is decided."""
        return self.hit / self.decided if self.decided else None

    @property
    def percent(self) -> int | None:
        """The same in whole per cent, rounded down: one miss among thousands is no 100 %."""
        return 100 * self.hit // self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class AnswerRate:
    """Waits that began in the period: how many needed an answer, how many have one.

    Attributes:
        rate: the part that was answered, 0 to 1, those that were taken out counted as not answered, so that taking
            out improves nothing; None where there were none.
        within: the part that was answered within `1h`, `4h` and `24h`.
        taken_out: how many more there were that were said to need none, or were spam or deleted, before they were
            late.
    """

    needed: int = 0
    answered: int = 0
    rate: float | None = None
    within: Mapping[str, float | None] = field(default_factory=dict)
    taken_out: int = 0


@dataclass(frozen=True, slots=True)
class Ends:
    """How the cycles ended that ended in the period."""

    answered: int = 0
    none_needed: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of all conversations, or of those that share a source, network, member, label or language."""

    first_response: Timing
    reply: Timing
    resolution: Timing
    waiting: Waiting
    volume: int
    sla: Sla
    answer_rate: AnswerRate
    ends: Ends
    first_useful: Timing
    first_act: Timing
    handle: Timing
    touches: Figures
    back: Back
    answers: int

    def timing(self, key: str) -> Timing:
        """The timing of a measure by its key.

        Raises:
            KeyError: it is no measure of time.
        """
        found = getattr(self, key, None)
        if not isinstance(found, Timing):
            raise KeyError(key)
        return found

    def count(self, key: str) -> int:
        """How many a figure is made of, by its key."""
        match getattr(self, key):
            case Timing(wall=Figures(count=count)) | Back(ended=count) | Figures(count=count) | Waiting(count=count):
                return count
            case Sla() as sla:
                return sla.decided
            case AnswerRate(needed=needed):
                return needed
            case Ends() as ends:
                return ends.answered + ends.none_needed + ends.unanswered
            case int() as number:
                return number
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a period, from `since` up to but without `until`."""

    since: Instant
    until: Instant
    total: Group
    by: Mapping[Dimension, Mapping[str, Group]]
    now: Instant
    cohort: reporting.Cohort | None = None
    """What it counts: by when they wrote, or by when it ended; None for each figure's own."""
    promises: PromiseCounts = field(default_factory=PromiseCounts)
    """What members told people they would do, and what became of it."""
    promises_by: Mapping[str, PromiseCounts] = field(default_factory=dict)
    """The same by the member whose they are to keep."""

    def to_json(self) -> dict[str, object]:
        """What `cminbox report --json` prints: the fields as they stand, durations in seconds."""
        found = asdict(self)
        about = {one.key: self.about(one) for one in DEFINITIONS}
        return {
            "since": to_iso(self.since),
            "until": to_iso(self.until),
            **found["total"],
            "promises": self.promises._asdict(),
            "promises_by": {name: counts._asdict() for name, counts in self.promises_by.items()},
            "about": about,
            "by": found["by"],
        }

    def about(self, definition: Definition) -> dict[str, object]:
        """What a figure is: its definition, which cohort, how many it is made of, what it leaves out, its query."""
        return {
            "definition": definition.means,
            "cohort": self.counted(definition),
            "n": self.total.count(definition.key),
            "left_out": definition.left_out,
            "query": self.query(definition),
        }

    def counted(self, definition: Definition) -> str:
        """What the period counts for a figure, in words."""
        own = definition.cohort if definition.fixed or self.cohort is None else self.cohort
        return COHORTS[own]

    def query(self, definition: Definition) -> str:
        """The query for the conversations behind a figure."""
        return behind(definition, self.since, self.until, self.now)


def compute(
    conn: Connection,
    since: Instant,
    until: Instant,
    calendar: Calendar | None,
    now: Instant,
    *,
    cohort: reporting.Cohort | None = None,
) -> Report:
    """The report of a period.

    Args:
        conn: a reading connection.
        since: the first instant of the period.
        until: the first instant after it.
        calendar: the business hours; without one the business figures are absent.
        now: the instant for which waiting and running SLAs are told.
        cohort: count all by when they wrote, or all by when it ended; unless given, each figure by its own
            (`definitions`).
    """
    written = cohort == "written"
    known = {source.id: source for source in sources.all(conn)}
    total = _Tally()
    by: dict[Dimension, defaultdict[str, _Tally]] = {dimension: defaultdict(_Tally) for dimension in DIMENSIONS}

    def tallies(source_id: int, member: str, lang: str) -> Iterable[_Tally]:
        yield total
        if (source := known.get(source_id)) is not None:  # a damaged row may name one that is none
            yield by["source"][source.name]
            yield by["network"][source.network]
        yield by["language"][lang or UNKNOWN]
        if member:
            yield by["member"][member]

    for runs in reporting.measure_runs(conn, since, until, starts=calendar is not None, written=written):
        measured = _measured(runs, calendar)
        for tally in tallies(runs.source_id, runs.member, runs.lang):
            tally.add(measured)
    for waits in reporting.wait_sums(conn, since, until, now, by=cohort):
        for tally in tallies(waits.source_id, waits.member, waits.lang):
            tally.add_waits(waits)
    for ends in reporting.end_sums(conn, since, until, by=cohort or "ended"):
        for tally in tallies(ends.source_id, ends.member, ends.lang):
            tally.ends[ends.end] += ends.cycles
    for sums in reporting.sums(conn, since, until):
        for tally in tallies(sums.source_id, sums.assignee, sums.lang):
            tally.count(sums)
    for label in reporting.labels(conn):
        tally = by["label"][label]
        for runs in reporting.measure_runs(
            conn, since, until, starts=calendar is not None, label=label, written=written
        ):
            tally.add(_measured(runs, calendar))
        for waits in reporting.wait_sums(conn, since, until, now, label=label, by=cohort):
            tally.add_waits(waits)
        for ends in reporting.end_sums(conn, since, until, label=label, by=cohort or "ended"):
            tally.ends[ends.end] += ends.cycles
        tally.count(reporting.labelled_sums(conn, label, since, until))
    for label, count in work.answers_by_label(conn, since, until).items():
        by["label"][label].work.answers = count

    def of_work(source_id: int, member: str, lang: str, labels: Iterable[str]) -> Iterable[WorkTally]:
        for tally in (*tallies(source_id, member, lang), *(by["label"][label] for label in labels)):
            yield tally.work

    gather(conn, since, until, calendar, now, of_work, written=written)
    business = calendar is not None
    return Report(
        since,
        until,
        total.group(now, business),
        {
            dimension: {name: groups[name].group(now, business) for name in sorted(groups)}
            for dimension, groups in by.items()
        },
        now,
        cohort,
        *promises.tally(conn, since, until, now),
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    """Sorted lengths of one group of finished measures."""

    counts_as: tuple[Measured, ...]
    wall: list[int]
    business: list[int]


def _measured(runs: MeasureRuns, calendar: Calendar | None) -> _Measured:
    wall = sorted(runs.lengths)
    business = sorted(calendar.lengths(runs.starts, runs.lengths)) if calendar else []
    return _Measured(runs.counts_as, wall, business)


@dataclass(slots=True)
class _Tally:
    """What a group gathers before its figures can be told."""

    wall: dict[Measured, list[list[int]]] = field(default_factory=lambda: defaultdict(list))
    business: dict[Measured, list[list[int]]] = field(default_factory=lambda: defaultdict(list))
    hit: int = 0
    missed: int = 0
    running: int = 0
    needed: int = 0
    answered: int = 0
    taken_out: int = 0
    within: list[int] = field(default_factory=lambda: [0] * len(reporting.LIMITS))
    ends: Counter[End] = field(default_factory=Counter)
    waiting: int = 0
    needing: int = 0
    since: Instant | None = None
    volume: int = 0
    work: WorkTally = field(default_factory=WorkTally)

    def add(self, measured: _Measured) -> None:
        for measure in measured.counts_as:
            self.wall[measure].append(measured.wall)
            self.business[measure].append(measured.business)

    def add_waits(self, waits: WaitSums) -> None:
        self.hit += waits.hit
        self.missed += waits.missed
        self.running += waits.running
        self.needed += waits.needed
        self.answered += waits.answered
        self.taken_out += waits.taken_out
        self.within = [count + more for count, more in zip(self.within, waits.within, strict=True)]

    def count(self, sums: Sums) -> None:
        self.waiting += sums.waiting
        self.needing += sums.needing
        if sums.since is not None:
            self.since = sums.since if self.since is None else min(self.since, sums.since)
        self.volume += sums.volume

    def group(self, now: Instant, business: bool) -> Group:
        done: Work = self.work.figures(business=business)
        return Group(
            first_response=self._timing("first_response", business),
            reply=self._timing("reply", business),
            resolution=self._timing("resolution", business),
            waiting=Waiting(
                self.waiting, None if self.since is None else max(0, now - self.since) / 1000, self.needing
            ),
            volume=self.volume,
            sla=Sla(self.hit, self.missed, self.running),
            answer_rate=self._answer_rate(),
            ends=Ends(self.ends["answered"], self.ends["none needed"], self.ends["unanswered"]),
            first_useful=self._timing("first_useful", business),
            first_act=done.first_act,
            handle=done.handle,
            touches=done.touches,
            back=done.back,
            answers=done.answers,
        )

    def _answer_rate(self) -> AnswerRate:
        # Where all were taken out there is no rate.
        began = self.needed + self.taken_out if self.needed else 0
        limits = (f"{limit // HOUR}h" for limit in reporting.LIMITS)
        within = {name: _share(count, began) for name, count in zip(limits, self.within, strict=True)}
        return AnswerRate(self.needed, self.answered, _share(self.answered, began), within, self.taken_out)

    def _timing(self, measure: Measured, business: bool) -> Timing:
        wall = figures(self.wall[measure])
        return Timing(wall, figures(self.business[measure]) if business else None)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
