"""A source and the engine as the screen shows them: their lines, and the facts of one source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING

from cminbox.duration import format_ago, format_rough
from cminbox.model import SECOND, Instant
from cminbox.number_format import count_of
from cminbox.textwidth import cut_line, wrap
from cminbox.when import HOST, full_time
from cminbox.widgets.styled_lines import ALARM, CARE, MUTED, Line, apart, safe

if TYPE_CHECKING:
    from cminbox.store.engine import EngineRow
    from cminbox.store.sources import SourceRow

_HEALTH: Mapping[str, tuple[str, str, str]] = {
    "new": ("○", "new", MUTED),
    "ok": ("●", "ok", "$success"),
    "failing": ("▲", "failing", ALARM),
    "limited": ("◐", "limited", CARE),
    "paused": ("■", "paused", ALARM),
    "gone": ("✕", "gone", ALARM),
}
"""Glyph, word and colour of each state of health."""


def engine_line(row: EngineRow | None, now: Instant) -> Line:
    """The first line: whether an engine runs, and what is wrong with it."""
    if row is None:
        state = ("   ○ no engine has run yet: cminbox poll starts one", CARE)
    elif not row.alive(now):
        away = format_rough(now - row.beat_at)
        state = (f"   ▲ the engine is away since {away}: cminbox poll starts one", ALARM)
    else:
        doing = f", {row.doing}" if row.doing else ""
        state = safe(f"   ● engine alive on {row.host}{doing}", "$success")
    problem = f"   {row.problem}" if row and row.problem else ""
    return ("‹ queue   ", MUTED), ("sources", "bold"), state, safe(problem, ALARM)


def source_lines(source: SourceRow, width: int, now: Instant) -> list[Line]:
    """A source as lines: health, name, network, when, how much; below it what is wrong and what to do."""
    glyph, word, colour = _HEALTH[source.health] if source.polled else ("·", "import", MUTED)
    name = max(min(width - 58, 28), 12)
    left = (
        (f"{glyph} {word:<8}", colour),
        safe(f"{cut_line(source.name, name):<{name}} ", "bold"),
        safe(f"{cut_line(source.network, 10):<10} ", MUTED),
        safe(_when(source, now)),
    )
    counts = f"{source.taken:,} taken"
    if source.skipped:
        counts += f"  {source.skipped:,} skipped"
    lines = [apart(left, ((counts, MUTED),), width)]
    if source.error:
        lines += [((" " * 10, ""), safe(line, ALARM)) for line in wrap(source.error, width - 10)[:2]]
        if source.hint:
            lines.append(((" " * 10, ""), safe(cut_line(source.hint, width - 10), CARE)))
    elif source.note:
        lines.append(((" " * 10, ""), safe(cut_line(source.note, width - 10), MUTED)))
    return lines


def _when(source: SourceRow, now: Instant) -> str:
    if not source.polled:
        return "not polled"
    last = format_ago(now - source.last_poll_at) if source.last_poll_at is not None else "never"
    return f"{last:<9} {_next(source, now)}"


def _next(source: SourceRow, now: Instant) -> str:
    if source.health == "paused":
        return "waits for you"
    if source.wanted_at is not None and source.wanted_at >= (source.last_poll_at or 0):
        return "next now"
    until = max(source.next_poll_at or 0, source.limited_until or 0)
    if until - now < SECOND:
        return "next now" if source.next_poll_at is not None else "next soon"
    return f"next in {format_rough(until - now)}"


def facts(source: SourceRow, now: Instant, zone: tzinfo = HOST) -> list[tuple[str, str]]:
    """Everything that is known of a source, for a reader in this zone."""
    times = {
        "last poll": source.last_poll_at,
        "last success": source.last_ok_at,
        "first success": source.first_ok_at,
        "next poll": source.next_poll_at,
        "limited until": source.limited_until if (source.limited_until or 0) > now else None,
    }
    rows = [
        ("network", source.network),
        ("kind", "owned: what is said to the brand" if source.owned else "listening: what is said about it"),
        ("at", source.base_url),
        ("as", f"@{source.account_handle}" if source.account_handle else source.account_id),
        *((word, full_time(when, zone)) for word, when in times.items() if when is not None),
        ("failures", f"{source.failures} in a row" if source.failures else ""),
        ("taken in", count_of(source.taken, "message")),
        ("skipped", f"{source.skipped:,} that could not be understood" if source.skipped else ""),
        ("limits", ", ".join(f"{key} {value}" for key, value in source.limits.items())),
        ("note", f"{source.note} ({full_time(source.noted_at, zone)})" if source.noted_at is not None else ""),
        ("error", source.error),
        ("do", source.hint),
    ]
    return [(word, what) for word, what in rows if what]
