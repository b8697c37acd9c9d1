"""The figures of the metrics screen, read from the store on a thread aside and put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cminbox import query
from cminbox.duration import format_figure
from cminbox.model import DAY, HOUR, SECOND, WEEK, Instant
from cminbox.number_format import signed
from cminbox.reports import Dimension, Group, Report, compute
from cminbox.reports.charts import charts
from cminbox.when import HOST, local_time
from cminbox.widgets.charts import Bar
from cminbox.widgets.key_figures import KeyFigure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from cminbox.reports import Calendar
    from cminbox.store import Connection
    from cminbox.store.reporting import HourCount

SPANS: Mapping[str, int] = {"day": DAY, "week": WEEK, "month": 28 * DAY}
GROUPS: tuple[Dimension, ...] = ("member", "source", "network", "language", "label")
_FIELDS: Mapping[Dimension, str] = {
    "member": "assignee",
    "source": "source",
    "network": "network",
    "language": "lang",
    "label": "label",
}
BARS = 72
"""Hours of the volume chart, the newest at its end."""
HEAD = ("", "volume", "first", "p90", "reply", "SLA", "waiting", "oldest")


@dataclass(frozen=True)
class Metrics:
    """Everything that the screen draws.

    Attributes:
        report, before: the span, and the one of the same length before it.
        bars: volume by hour.
        heat: the median wait in seconds, by weekday and hour in which it began; None where nobody wrote.
        counts: first response times in the bins of `EDGES`.
        target: the promise in ms.
    """

    span: str
    report: Report
    before: Report
    bars: tuple[Bar, ...]
    heat: tuple[tuple[float | None, ...], ...]
    counts: tuple[int, ...]
    target: int | None


def read(
    conn: Connection, span: str, now: Instant, calendar: Calendar | None, target: int | None, zone: tzinfo = HOST
) -> Metrics:
    """The metrics of the span that ends now; days and hours are those of `zone`."""
    length = SPANS[span]
    since = now - length
    # The report's end is not in it; what was written this very moment is.
    until = now + SECOND
    drawn = charts(conn, since, until, zone, now)
    return Metrics(
        span=span,
        report=compute(conn, since, until, calendar, now),
        # What is overdue now says nothing of the time before: that is judged by its own end.
        before=compute(conn, since - length, since, calendar, since),
        bars=_bars(drawn.hours, zone, now),
        heat=tuple(tuple(cell.wait for cell in row) for row in drawn.heat),
        counts=tuple(part.count for part in drawn.spread),
        target=target,
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


def seconds(value: float | None) -> str:
    """A duration in seconds as one short word; a dash where there is none."""
    return "–" if value is None else format_figure(value)


def change(value: float | None, before: float | None) -> str:
    """How a time differs from the one before, in words: `−12 % quicker`."""
    if value is None:
        return ""
    if not before:
        return "nothing before"
    share = round((value - before) / before * 100)
    if not share:
        return "= as before"
    return f"{signed(share)} % {'slower' if share > 0 else 'quicker'}"


def figures(metrics: Metrics) -> list[KeyFigure]:
    """The five figures, each with the conversations behind it."""
    total, before = metrics.report.total, metrics.before.total
    first, first_before = total.first_response.wall, before.first_response.wall
    reply, reply_before = total.reply.wall, before.reply.wall
    answered = f"replied:<{SPANS[metrics.span] // DAY}d"
    oldest = seconds(total.waiting.oldest)
    return [
        KeyFigure("first response p50", seconds(first.p50), change(first.p50, first_before.p50), answered, "newest"),
        KeyFigure("first response p90", seconds(first.p90), change(first.p90, first_before.p90), answered, "newest"),
        KeyFigure("reply p50", seconds(reply.p50), change(reply.p50, reply_before.p50), answered, "newest"),
        KeyFigure("SLA kept", share(total), _points(total, before), "is:overdue", "due", alarm=_low(total)),
        KeyFigure(
            "waiting now",
            f"{total.waiting.count:,}",
            f"oldest {oldest}" if total.waiting.count else "nobody waits",
            "waiting:>0s",
            "waiting",
        ),
    ]


def share(group: Group) -> str:
    """The part of the promises that was kept, in per cent."""
    kept = group.sla.share
    return "–" if kept is None else f"{kept:.0%}".replace("%", " %")


def _low(group: Group) -> bool:
    return group.sla.share is not None and group.sla.share < 0.5


def _points(now: Group, before: Group) -> str:
    if now.sla.share is None:
        return "no promise yet"
    words = f"{now.sla.missed:,} missed"
    if not before.reply.wall.count:
        return words
    points = round((now.sla.share - (before.sla.share or 0)) * 100)
    return f"{signed(points)} points"


def rows(metrics: Metrics, group: Dimension) -> list[tuple[str, ...]]:
    """The table by one dimension, the largest volume first."""
    found = metrics.report.by[group]
    ordered = sorted(found.items(), key=lambda item: (-item[1].volume, item[0]))
    return [
        (
            name,
            f"{part.volume:,}",
            seconds(part.first_response.wall.p50),
            seconds(part.first_response.wall.p90),
            seconds(part.reply.wall.p50),
            share(part),
            f"{part.waiting.count:,}",
            seconds(part.waiting.oldest) if part.waiting.count else "–",
        )
        for name, part in ordered
        if part.volume or part.waiting.count or part.reply.wall.count
    ]


def row_query(group: Dimension, name: str) -> str:
    """The conversations behind a row of the table."""
    return f"{_FIELDS[group]}:{query.quoted(name)}"
