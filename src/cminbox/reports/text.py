"""A report as text for a terminal, as Markdown, and as CSV."""

from __future__ import annotations

import csv
import io
import math
import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo

from cminbox.duration import format_figure, format_rough
from cminbox.reports.definitions import COHORTS, DEFINITIONS
from cminbox.reports.figures import Figures
from cminbox.reports.report import Dimension, Group, Report
from cminbox.store.promises import PromiseCounts
from cminbox.text import clean, one_line
from cminbox.textwidth import cut, fit, width_of, wrap
from cminbox.when import local_time, short_time

NONE = "–"
"""What stands where there is no figure: never a 0."""

_HEAD = ("count", "mean", "p50", "p90", "p95")
_BESIDE = ("waiting", "oldest")
_COLUMNS = ("volume", "answers", "waiting", "oldest", "first p50", "first p90", "reply p50", "SLA")
_TIMES = ("first_response", "first_useful", "reply", "first_act", "handle", "resolution")
"""The figures that are times, in the order in which they are told."""
_WORK = ("first_act", "handle")
_SHOWN = ("volume", "answers", "waiting", "first_response", "reply", "sla")
"""The figures of which a row of a table shows something."""
_NARROW_NAME = 14
"""Where names get less room than this, columns of a table are left out."""


def as_text(report: Report, width: int = 80, zone: tzinfo = UTC) -> str:
    """The report in aligned columns, at most `width` cells wide."""
    lines = [cut(_period(report, zone), width), ""]
    lines += _aligned([("", *_HEAD, *_BESIDE), *_timing_rows(report.total, "  in business hours")], width)
    lines += ["", *_named([*_facts(report.total), *_promises(report)], width)]
    for dimension, rows in _tables(report):
        lines += ["", *_aligned([(dimension, *_COLUMNS), *rows], width)]
    lines += [""]
    for title, about, command in _meanings(report):
        lines += [cut(title, width), *(f"  {line}" for line in wrap(about, max(width - 2, 8))), cut(command, width)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def as_markdown(report: Report, zone: tzinfo = UTC) -> str:
    """The report as Markdown tables under a heading."""
    lines = [f"# Report, {_period(report, zone)}", ""]
    lines += _markdown([("measure", *_HEAD, *_BESIDE), *_timing_rows(report.total, ", business hours")])
    lines += ["", *(f"- **{name}**: {value}" for name, value in (*_facts(report.total), *_promises(report)))]
    for dimension, rows in _tables(report):
        lines += ["", f"## By {dimension}", "", *_markdown([(dimension, *_COLUMNS), *rows])]
    lines += ["", "## What the figures are", ""]
    lines += [f"- **{title}**: {about} `{command.strip()}`" for title, about, command in _meanings(report)]
    return "\n".join(lines) + "\n"


def as_csv(report: Report) -> str:
    """One line for all conversations and one for each group, with every figure; durations in seconds."""
    out = io.StringIO()
    # Names between quotation marks: where a semicolon parts cells, the rest of a name must not become one.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    period = [local_time(when, UTC).isoformat(timespec="seconds") for when in (report.since, report.until)]
    names = ("since", "until", "by", "name")
    promised = tuple(f"promises_{name}" for name in PromiseCounts._fields)
    writer.writerow([*names, *_csv_figures(report.total), *promised])
    writer.writerow([*period, "", "", *_csv_figures(report.total).values(), *report.promises])
    for dimension, groups in report.by.items():
        # Promises are a member's; of the rest nobody can say whose they are.
        owners = report.promises_by if dimension == "member" else {}
        for name, group in groups.items():
            counts = owners.get(name, PromiseCounts() if dimension == "member" else _NOT_COUNTED)
            writer.writerow([*period, dimension, _harmless(name), *_csv_figures(group).values(), *counts])
        for name, counts in owners.items():
            if name not in groups:
                figures = dict.fromkeys(_csv_figures(report.total))
                writer.writerow([*period, dimension, _harmless(name), *figures.values(), *counts])
    return out.getvalue()


_NOT_COUNTED = (None,) * len(PromiseCounts._fields)


def length(seconds: float | None) -> str:
    """A measured duration, or a dash where there is none."""
    return NONE if seconds is None else format_figure(seconds)


def age(seconds: float | None) -> str:
    """For how long somebody waits, as it is said everywhere else, or a dash where nobody does."""
    return NONE if seconds is None else format_rough(round(seconds * 1000))


def share(group: Group) -> str:
    """The part of the SLAs that was hit, as `92 %`."""
    return NONE if group.sla.percent is None else f"{group.sla.percent} %"


def amount(value: float | None) -> str:
    """How many on average, to a tenth; a dash where there is none."""
    return NONE if value is None else f"{math.ceil(value * 10) / 10:g}"


def _period(report: Report, zone: tzinfo) -> str:
    cohort = "" if report.cohort is None else f", {COHORTS[report.cohort]}"
    return f"{short_time(report.since, zone)} to {short_time(report.until, zone)}{cohort}"


def _timing_rows(group: Group, business: str) -> Iterable[tuple[str, ...]]:
    """A row for each time by each clock, with those beside it who still wait."""
    waiting = group.waiting
    beside = (f"{waiting.count:,}", age(waiting.oldest))
    for key in _TIMES:
        timing = group.timing(key)
        name = key.replace("_", " ")
        for title, figures, still in (
            (name, timing.wall, ("", "") if key in _WORK else beside),
            (f"{name}{business}", timing.business, ("", "")),
        ):
            if figures is not None:
                shown = (figures.mean, figures.p50, figures.p90, figures.p95)
                yield title, f"{figures.count:,}", *(length(value) for value in shown), *still


def _facts(group: Group) -> list[tuple[str, str]]:
    waiting, sla, touches = group.waiting, group.sla, group.touches
    oldest = f", the oldest for {age(waiting.oldest)}" if waiting.oldest is not None else ""
    needing = f"; {waiting.needing:,} need an answer" if waiting.count else ""
    kept = f"{share(group)} kept: " if sla.share is not None else ""
    return [
        ("waiting", f"{waiting.count:,}{oldest}{needing}"),
        ("volume", f"{group.volume:,} inbound messages"),
        ("answers", f"{group.answers:,}"),
        ("SLA", f"{kept}{sla.hit:,} hit, {sla.missed:,} missed, {sla.running:,} running"),
        ("answer rate", rate_words(group)),
        ("ends", ends_words(group)),
        ("touches", f"{amount(touches.mean)} a cycle, p90 {amount(touches.p90)}, in {touches.count:,} that ended"),
        ("back", back_words(group)),
    ]


def _promises(report: Report) -> list[tuple[str, str]]:
    """What became of what people were promised; nothing where nothing was."""
    made = report.promises
    if not any(made):
        return []
    words = f"{made.made:,} made, {made.kept:,} kept in time, {made.late:,} late, {made.broken:,} broken"
    rest = [f"{made.withdrawn:,} withdrawn"] if made.withdrawn else []
    return [("promises", ", ".join([words, *rest, f"{made.running:,} running"]))]


def rate_words(group: Group) -> str:
    """How many of those who needed an answer have one, in words."""
    rate = group.answer_rate
    began = rate.needed + rate.taken_out
    if rate.rate is None:
        return "nobody needed an answer" + (f"; {rate.taken_out:,} taken out" if rate.taken_out else "")
    within = ", ".join(f"{_percent(share)} within {name}" for name, share in rate.within.items() if share is not None)
    out = f"; {rate.taken_out:,} taken out" if rate.taken_out else ""
    return f"{rate_share(group)}, {rate.answered:,} of {began:,}; {within}{out}"


def rate_share(group: Group) -> str:
    """The part of those who needed an answer that has one, as `92 %`."""
    rate = group.answer_rate
    return NONE if rate.rate is None else f"{100 * rate.answered // (rate.needed + rate.taken_out)} %"


def ends_words(group: Group) -> str:
    """How cycles ended, in words."""
    ends = group.ends
    return f"{ends.answered:,} answered, {ends.none_needed:,} none needed, {ends.unanswered:,} closed unanswered"


def _percent(share: float) -> str:
    """A share, rounded down; what a float is short of the whole number that it stands for is no reason to."""
    return f"{math.floor(share * 100 + 1e-9)} %"


def back_words(group: Group) -> str:
    """Who came back within a week, in words."""
    back = group.back
    if not back.ended:
        return "nothing ended"
    rate = "" if back.rate is None else f"{back_share(group)}, "
    after = "" if back.wall.p50 is None else f", half of them within {length(back.wall.p50)}"
    may = f", {back.running:,} ended less than 7 days ago" if back.running else ""
    return f"{rate}{back.wall.count:,} of {back.ended:,} that ended{after}{may}"


def back_share(group: Group) -> str:
    """The part of the cycles that was not the end, as `8 %`; rounded up, since less is better."""
    back = group.back
    return NONE if back.rate is None else f"{-(-100 * back.wall.count // (back.ended - back.running))} %"


def _meanings(report: Report) -> Iterable[tuple[str, str, str]]:
    """Of each figure its name with what it counts, its definition, and the command that lists what is behind it."""
    for one in DEFINITIONS:
        count = report.total.count(one.key)
        title = f"{one.title}, {report.counted(one)}, n {count:,}"
        yield title, f"{one.means}; left out: {one.left_out}", f"  cminbox list {shlex.quote(report.query(one))}"


def _tables(report: Report) -> Iterable[tuple[Dimension, list[tuple[str, ...]]]]:
    """The rows of each dimension that has any, largest volume first; who would show nothing has none."""
    for dimension, groups in report.by.items():
        told = [item for item in groups.items() if any(map(item[1].count, _SHOWN))]
        ordered = sorted(told, key=lambda item: (-item[1].volume, -item[1].answers, item[0]))
        if ordered:
            yield dimension, [_row(name, group) for name, group in ordered]


def _row(name: str, group: Group) -> tuple[str, ...]:
    first, reply = group.first_response.wall, group.reply.wall
    return (
        one_line(clean(name)),
        f"{group.volume:,}",
        f"{group.answers:,}",
        f"{group.waiting.count:,}",
        age(group.waiting.oldest),
        *(length(value) for value in (first.p50, first.p90, reply.p50)),
        share(group),
    )


def _named(facts: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Facts behind their names, in as many lines as they need."""
    most = min(max(width_of(name) for name, _ in facts) + 2, width - 8)
    lines = []
    for name, words in facts:
        first, *rest = wrap(words, max(width - most, 8))
        lines += [cut(f"{fit(name, most)}{first}", width), *(f"{' ' * most}{line}" for line in rest)]
    return lines


def _aligned(rows: Sequence[tuple[str, ...]], width: int) -> list[str]:
    """Rows as columns two cells apart; where there is too little room, columns go, and the first gives way."""
    kept = list(range(1, len(rows[0])))
    widths = [max(width_of(row[column]) for row in rows) for column in range(len(rows[0]))]

    def spare() -> int:
        return width - sum(widths[column] for column in kept) - 2 * len(kept)

    while len(kept) > 1 and spare() < min(widths[0], _NARROW_NAME):
        # The last column says how well it went: it stays.
        del kept[-2 if len(kept) > 5 else -1]
    first = max(4, min(widths[0], spare()))
    lines = []
    for row in rows:
        rest = (row[column].rjust(widths[column]) for column in kept)
        lines.append(cut("  ".join((fit(row[0], first), *rest)), width))
    return lines


def _markdown(rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(_literal(cell) for cell in row) + " |" for row in rows]
    rule = "| --- |" + " ---: |" * (len(rows[0]) - 1)
    return [lines[0], rule, *lines[1:]]


def _literal(text: str) -> str:
    """A text that Markdown shows as it stands."""
    return "".join(f"\\{letter}" if letter in r"\|`*_[]<>#" else letter for letter in text)


def _csv_figures(group: Group) -> dict[str, object]:
    """Every figure of a group by the name of its column."""
    found: dict[str, object] = {
        "volume": group.volume,
        "answers": group.answers,
        "waiting": group.waiting.count,
        "oldest_waiting": group.waiting.oldest,
        "sla_hit": group.sla.hit,
        "sla_missed": group.sla.missed,
        "sla_running": group.sla.running,
        "waiting_needing": group.waiting.needing,
        "needed": group.answer_rate.needed,
        "answered": group.answer_rate.answered,
        "taken_out": group.answer_rate.taken_out,
        "answer_rate": group.answer_rate.rate,
        **{f"answered_within_{name}": share for name, share in group.answer_rate.within.items()},
        "ended_answered": group.ends.answered,
        "ended_none_needed": group.ends.none_needed,
        "ended_unanswered": group.ends.unanswered,
    }
    for key in _TIMES:
        timing = group.timing(key)
        found |= _columns(f"{key}_wall", timing.wall) | _columns(f"{key}_business", timing.business)
    back = group.back
    found |= _columns("touches", group.touches)
    found |= _columns("back_wall", back.wall) | _columns("back_business", back.business)
    return found | {"back_ended": back.ended, "back_running": back.running, "back_rate": back.rate}


def _columns(name: str, figures: Figures | None) -> dict[str, object]:
    return {f"{name}_{head}": None if figures is None else getattr(figures, head) for head in _HEAD}


def _harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    name = one_line(clean(name))
    return f"'{name}" if name[:1] in tuple("=+-@＝＋－＠|%") else name
