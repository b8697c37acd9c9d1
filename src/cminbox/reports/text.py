"""A report as text for a terminal, as Markdown, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo

from cminbox.duration import format_two_units
from cminbox.reports.report import Dimension, Group, Report, Timing
from cminbox.store.reporting import MEASURES
from cminbox.text import clean, one_line
from cminbox.textwidth import cut, fit, width_of
from cminbox.when import local_time, short_time

NONE = "–"
"""What stands where there is no figure: never a 0."""

_HEAD = ("count", "mean", "p50", "p90", "p95")
_COLUMNS = ("volume", "waiting", "oldest", "first p50", "first p90", "reply p50", "SLA")


def as_text(report: Report, width: int = 80, zone: tzinfo = UTC) -> str:
    """The report in aligned columns, at most `width` cells wide."""
    lines = [cut(f"{short_time(report.since, zone)} to {short_time(report.until, zone)}", width), ""]
    lines += _aligned([("", *_HEAD), *_timing_rows(report.total, "  in business hours")], width)
    lines += ["", *_aligned(_facts(report.total), width, right=False)]
    for dimension, rows in _tables(report):
        lines += ["", *_aligned([(dimension, *_COLUMNS), *rows], width)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def as_markdown(report: Report, zone: tzinfo = UTC) -> str:
    """The report as Markdown tables under a heading."""
    lines = [f"# Report, {short_time(report.since, zone)} to {short_time(report.until, zone)}", ""]
    lines += _markdown([("measure", *_HEAD), *_timing_rows(report.total, ", business hours")])
    lines += ["", *(f"- **{name}**: {value}" for name, value in _facts(report.total))]
    for dimension, rows in _tables(report):
        lines += ["", f"## By {dimension}", "", *_markdown([(dimension, *_COLUMNS), *rows])]
    return "\n".join(lines) + "\n"


def as_csv(report: Report) -> str:
    """One line for all conversations and one for each group, with every figure; durations in seconds."""
    out = io.StringIO()
    # Names between quotation marks: where a semicolon parts cells, the rest of a name must not become one.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(
        [
            *("since", "until", "by", "name", "volume", "waiting", "oldest_waiting"),
            *("sla_hit", "sla_missed", "sla_running"),
            *(f"{measure}_{clock}_{head}" for measure in MEASURES for clock in ("wall", "business") for head in _HEAD),
        ]
    )
    period = [local_time(when, UTC).isoformat(timespec="seconds") for when in (report.since, report.until)]
    writer.writerow([*period, "", "", *_csv_figures(report.total)])
    for dimension, groups in report.by.items():
        for name, group in groups.items():
            writer.writerow([*period, dimension, _harmless(name), *_csv_figures(group)])
    return out.getvalue()


def length(seconds: float | None) -> str:
    """A measured duration, or a dash where there is none."""
    return NONE if seconds is None else format_two_units(seconds)


def share(group: Group) -> str:
    """The part of the promises that was kept, as `92 %`."""
    kept = group.sla.share
    # A single miss among thousands must not read as 100 %.
    return NONE if kept is None else f"{int(kept * 100)} %"


def _timing_rows(group: Group, business: str) -> Iterable[tuple[str, ...]]:
    for measure in MEASURES:
        timing: Timing = group.timing(measure)
        name = measure.replace("_", " ")
        for title, figures in ((name, timing.wall), (f"{name}{business}", timing.business)):
            if figures is not None:
                shown = (figures.mean, figures.p50, figures.p90, figures.p95)
                yield title, f"{figures.count:,}", *(length(value) for value in shown)


def _facts(group: Group) -> list[tuple[str, ...]]:
    waiting, sla = group.waiting, group.sla
    oldest = f", the oldest for {length(waiting.oldest)}" if waiting.oldest is not None else ""
    kept = f"{share(group)} kept: " if sla.share is not None else ""
    return [
        ("waiting", f"{waiting.count:,}{oldest}"),
        ("volume", f"{group.volume:,} inbound messages"),
        ("SLA", f"{kept}{sla.hit:,} hit, {sla.missed:,} missed, {sla.running:,} running"),
    ]


def _tables(report: Report) -> Iterable[tuple[Dimension, list[tuple[str, ...]]]]:
    """The rows of each dimension that has any, largest volume first."""
    for dimension, groups in report.by.items():
        ordered = sorted(groups.items(), key=lambda item: (-item[1].volume, item[0]))
        if ordered:
            yield dimension, [_row(name, group) for name, group in ordered]


def _row(name: str, group: Group) -> tuple[str, ...]:
    first, reply = group.first_response.wall, group.reply.wall
    return (
        one_line(clean(name)),
        f"{group.volume:,}",
        f"{group.waiting.count:,}",
        *(length(value) for value in (group.waiting.oldest, first.p50, first.p90, reply.p50)),
        share(group),
    )


def _aligned(rows: Sequence[tuple[str, ...]], width: int, *, right: bool = True) -> list[str]:
    """Rows as columns two cells apart; the first column gives way when there is too little room."""
    widths = [max(width_of(row[column]) for row in rows) for column in range(len(rows[0]))]
    spare = width - sum(widths[1:]) - 2 * (len(widths) - 1)
    widths[0] = max(4, min(widths[0], spare))
    lines = []
    for row in rows:
        rest = (cell.rjust(size) if right else cell.ljust(size) for cell, size in zip(row[1:], widths[1:], strict=True))
        lines.append(cut("  ".join((fit(row[0], widths[0]), *rest)), width))
    return lines


def _markdown(rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(_literal(cell) for cell in row) + " |" for row in rows]
    rule = "| --- |" + " ---: |" * (len(rows[0]) - 1)
    return [lines[0], rule, *lines[1:]]


def _literal(text: str) -> str:
    """A text that Markdown shows as it stands."""
    return "".join(f"\\{letter}" if letter in r"\|`*_[]<>#" else letter for letter in text)


def _csv_figures(group: Group) -> list[object]:
    figures: list[object] = [group.volume, group.waiting.count, group.waiting.oldest]
    figures += [group.sla.hit, group.sla.missed, group.sla.running]
    for measure in MEASURES:
        timing = group.timing(measure)
        for one in (timing.wall, timing.business):
            figures += [None] * 5 if one is None else [one.count, one.mean, one.p50, one.p90, one.p95]
    return figures


def _harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    name = one_line(clean(name))
    return f"'{name}" if name[:1] in tuple("=+-@＝＋－＠|%") else name
