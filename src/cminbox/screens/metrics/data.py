"""The figures of the metrics screen, read from the store on a thread aside and put into words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from cminbox.config import ViewConfig
from cminbox.model import DAY, HOUR, SECOND, WEEK, Instant
from cminbox.number_format import count_of, signed
from cminbox.reports import Dimension, Group, Report, compute
from cminbox.reports.behind import behind
from cminbox.reports.charts import charts
from cminbox.reports.definitions import DEFINED, DEFINITIONS, Definition
from cminbox.reports.text import (
    age,
    amount,
    back_share,
    back_words,
    ends_words,
    length,
    rate_share,
    rate_words,
    share,
)
from cminbox.store import reporting
from cminbox.when import HOST, local_time
from cminbox.widgets.charts import Bar
from cminbox.widgets.key_figures import KeyFigure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from cminbox.reports import Calendar
    from cminbox.store import Connection
    from cminbox.store.reporting import Cohort, HourCount

COHORT: Cohort = "written"
"""What the figures are counted by, where it is not their own way."""
SPANS: Mapping[str, int] = {"day": DAY, "week": WEEK, "month": 28 * DAY}
Tab = Dimension | Literal["promises", "figures"]
TABS: tuple[Tab, ...] = ("member", "source", "network", "language", "label", "promises", "figures")
"""What the table shows: the figures by one of these, what became of promises, or all figures there are."""
BARS = 72
"""Hours of the volume chart, the newest at its end."""
HEAD = ("", "volume", "answers", "waiting", "first", "reply", "SLA", "oldest")
"""The head of a table by something; where there is little room the last are left out."""
ROW: tuple[str, ...] = ("volume", "answers", "waiting", "first_response", "sla", "reply")
"""The figures of its rows, by their keys."""
ALL_HEAD = ("", "n", "share", "p50", "p90", "business", "mean")
"""The head of the table of all figures."""


PROMISES_HEAD = ("", "made", "kept", "late", "broken", "withdrawn", "running")
"""The head of the table of promises."""
ALL = "all"
"""The first row of that table."""


class Chosen(NamedTuple):
    """What somebody wants the conversations of: a figure, or a row of a table by something.

    Attributes:
        title: its name on the screen.
        keys: of the figures that count them.
        group, name: the row; None and empty for all.
        sort: the order of the list.
        query: in place of figures: conversations as they stand now.
    """

    title: str
    keys: tuple[str, ...]
    group: Dimension | None = None
    name: str = ""
    sort: str = "newest"
    query: str = ""


def open_promises(name: str) -> Chosen:
    """What somebody wants of a row of the table of promises: the conversations in which one is open."""
    query = "is:promised" if name == ALL else f'promised:"{name}"'
    return Chosen(f"promises, {name}", (), sort="promise", query=query)


@dataclass(frozen=True)
class Metrics:
    """Everything that the screen draws.

    Attributes:
        report, before: the span, and the one of the same length before it.
        bars: volume by hour.
        heat: the median wait in seconds, by weekday and hour in which it began; None where none that was
            answered, or still waits, began.
        counts: first response times in the bins of `EDGES`.
        target: the SLA in ms.
        overdue: in how many conversations somebody waits now though the SLA is missed.
    """

    span: str
    report: Report
    before: Report
    bars: tuple[Bar, ...]
    heat: tuple[tuple[float | None, ...], ...]
    counts: tuple[int, ...]
    target: int | None
    overdue: int = 0


def read(
    conn: Connection,
    span: str,
    now: Instant,
    calendar: Calendar | None,
    target: int | None,
    zone: tzinfo = HOST,
    *,
    written: bool = False,
) -> Metrics:
    """The metrics of the span that ends now.

    Args:
        target: the SLA in ms.
        zone: whose days and hours the charts show.
        written: count what was written in the span, instead of what ended in it.
    """
    length, cohort = SPANS[span], COHORT if written else None
    since = now - length
    # The report's end is not in it; what was written this very moment is.
    until = now + SECOND
    drawn = charts(conn, since, until, zone, now)
    return Metrics(
        span=span,
        report=compute(conn, since, until, calendar, now, cohort=cohort),
        # What is overdue now says nothing of the time before: that is judged by its own end.
        before=compute(conn, since - length, since, calendar, since, cohort=cohort),
        bars=_bars(drawn.hours, zone, now),
        heat=tuple(tuple(cell.wait for cell in row) for row in drawn.heat),
        counts=tuple(part.count for part in drawn.spread),
        target=target,
        overdue=reporting.overdue(conn, now),
    )


def _bars(hours: Sequence[HourCount], zone: tzinfo, now: Instant) -> tuple[Bar, ...]:
    known = {hour.start: hour for hour in hours}
    last = now // HOUR * HOUR
    bars = []
    for start in range(last - (BARS - 1) * HOUR, last + HOUR, HOUR):
        at = local_time(start, zone)
        label = at.strftime("%a") if at.hour == 0 else str(at.hour) if at.hour % 6 == 0 else ""
        found = known.get(start)
        bars.append(Bar(label, found.inbound if found else 0, found.answered if found else 0))
    return tuple(bars)


def change(value: float | None, before: float | None) -> str:
    """How a time differs from the one before, in words, rounded against us: `−12 % quicker`."""
    if value is None:
        return ""
    if not before:
        return "nothing before"
    share = math.ceil((value - before) / before * 100)
    if not share:
        return "= as before"
    return f"{signed(share)} % {'slower' if share > 0 else 'quicker'}"


def figures(metrics: Metrics) -> list[KeyFigure]:
    """The five figures, each with the conversations behind it."""
    total, before = metrics.report.total, metrics.before.total
    waiting = total.waiting
    still = f"{waiting.count:,} wait" if waiting.count else "nobody waits"  # since when stands in the last one
    days = SPANS[metrics.span] // DAY

    def figure(
        name: str, key: str, value: str, change: str, *notes: str, sort: str = "newest", alarm: bool = False
    ) -> KeyFigure:
        return KeyFigure(name, value, change, notes, key, sort, meaning(metrics, DEFINED[key]), alarm)

    def timed(name: str, key: str, share: Literal["p50", "p90"]) -> KeyFigure:
        now, then = (getattr(group.timing(key).wall, share) for group in (total, before))
        return figure(f"{name} {share}", key, length(now), change(now, then), still)

    return [
        timed("first", "first_response", "p50"),
        timed("first", "first_response", "p90"),
        timed("reply", "reply", "p50"),
        figure(
            f"SLA kept {days}d",
            "sla",
            share(total),
            _points(total, before, metrics.overdue),
            *_ends(total),
            sort="due",
            alarm=_low(total),
        ),
        figure(
            "waiting now",
            "waiting",
            f"{waiting.count:,}",
            f"oldest {age(waiting.oldest)}" if waiting.count else "nobody waits",
            *((f"{waiting.needing:,} needing",) if waiting.count else ()),
            sort="waiting",
        ),
    ]


def _ends(total: Group) -> tuple[str, ...]:
    """What stands beside the share: who was closed unanswered, and who was said to need no answer."""
    return f"{total.ends.unanswered:,} unanswered", f"{total.ends.none_needed:,} none needed"


def meaning(metrics: Metrics, one: Definition) -> str:
    """What a figure is, in one line: its definition, its cohort, how many it is made of, what it leaves out."""
    total = metrics.report.total
    count, cohort = total.count(one.key), metrics.report.counted(one)
    found = {"back": back_words, "answer_rate": rate_words, "ends": ends_words}.get(one.key)
    words = f"; {found(total)}" if found else ""
    return f"{one.title}: {one.means}; {cohort}, n {count:,}{words}; left out: {one.left_out}"


def _low(group: Group) -> bool:
    return group.sla.share is not None and group.sla.share < 0.5


def _points(now: Group, before: Group, overdue: int) -> str:
    if now.sla.share is None:
        # None ended in this span; those broken before it may still wait.
        return f"{overdue:,} overdue" if overdue else "none ended" if now.sla.running else "no SLA yet"
    if before.sla.share is None:
        return "nothing before"
    return f"{signed(math.floor((now.sla.share - before.sla.share) * 100))} points"


def head(tab: Tab) -> tuple[str, ...]:
    """The head of a table."""
    return {"figures": ALL_HEAD, "promises": PROMISES_HEAD}.get(tab, HEAD)


def title(tab: Tab) -> str:
    """The title of a table, and behind three blanks what its numbers are."""
    if tab == "figures":
        return "all figures   Enter: their conversations"
    if tab == "promises":
        return "what promises became, by whose they are to keep   Enter: where one is open"
    return f"by {tab}   first and reply: the middle one (p50)"


def rows(metrics: Metrics, tab: Tab) -> list[tuple[str, ...]]:
    """The table by one dimension, the largest volume first; or of all figures."""
    if tab == "figures":
        return [_figure(metrics.report.total, one) for one in DEFINITIONS]
    if tab == "promises":
        made = metrics.report.promises
        counted = {**({ALL: made} if any(made) else {}), **metrics.report.promises_by}
        return [(name, *(f"{count:,}" for count in counts)) for name, counts in counted.items()]
    found = metrics.report.by[tab]
    ordered = sorted(found.items(), key=lambda item: (-item[1].volume, -item[1].answers, item[0]))
    return [
        (
            name,
            f"{part.volume:,}",
            f"{part.answers:,}",
            f"{part.waiting.count:,}",
            length(part.first_response.wall.p50),
            length(part.reply.wall.p50),
            share(part),
            age(part.waiting.oldest),
        )
        for name, part in ordered
        if part.volume or part.waiting.count or part.answers or part.reply.wall.count
    ]


def _figure(total: Group, one: Definition) -> tuple[str, ...]:
    """A row of the table of all figures: how many it is made of, its share, its times or numbers."""
    count, none = f"{total.count(one.key):,}", ("",) * 4
    match one.key:
        case "touches":
            found = total.touches
            return one.title, count, "", amount(found.p50), amount(found.p90), "", amount(found.mean)
        case "back":
            wall, business, share_of = total.back.wall, total.back.business, back_share(total)
        case "sla":
            return one.title, count, share(total), *none
        case "answer_rate":
            return one.title, count, rate_share(total), *none
        case "ends" | "waiting" | "volume" | "answers":
            return one.title, count, "", *none
        case _:
            timing = total.timing(one.key)
            wall, business, share_of = timing.wall, timing.business, ""
    within = length(business.p50) if business else ""
    return one.title, count, share_of, length(wall.p50), length(wall.p90), within, length(wall.mean)


def list_behind(conn: Connection, metrics: Metrics, chosen: Chosen) -> ViewConfig:
    """The list of exactly the conversations that a figure counts, or that any figure of a row counts."""
    if chosen.query:
        return ViewConfig(chosen.title, chosen.query, chosen.sort)
    found = behind(conn, metrics.report, chosen.keys, chosen.group, chosen.name)
    gone = f", and {found.gone:,} gone from {'its' if found.gone == 1 else 'their'} network" if found.gone else ""
    days = SPANS[metrics.span] // DAY
    within = "24 hours" if days == 1 else f"{days} days"
    if chosen.group is None:
        one = DEFINED[chosen.keys[0]]
        counts = f"counted in {one.title}, {metrics.report.counted(one)}"
        if one.cohort != "now":
            counts += f", last {within}"
    else:
        counts = f"counted in any figure of {chosen.group} {chosen.name}, last {within}"
    about = f"{count_of(len(found.listed), 'conversation')} {counts}{gone}"
    return ViewConfig(chosen.title, "", chosen.sort, ids=found.listed, about=about)
