"""A source and the engine as the screen shows them: their lines, and the facts of one source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

from cminbox import handles
from cminbox.duration import format_ago, format_rough
from cminbox.engine import source_words
from cminbox.model import SECOND, Instant
from cminbox.number_format import count_of
from cminbox.textwidth import cut_line, wrap
from cminbox.when import HOST, full_time
from cminbox.widgets.styled_lines import ALARM, CARE, MUTED, Line, safe, size, spread

if TYPE_CHECKING:
    from cminbox.config import SourceConfig
    from cminbox.sources.contract import Info
    from cminbox.sources.ledger import Allowance
    from cminbox.store.deliveries import Channel
    from cminbox.store.engine import EngineRow
    from cminbox.store.sources import SourceRow

_HEALTH: Mapping[str, tuple[str, str, str]] = {
    "new": ("○", "new", MUTED),
    "ok": ("●", "ok", "$success"),
    "failing": ("▲", "failing", ALARM),
    "limited": ("◐", "limited", CARE),
    "paused": ("■", "paused", ALARM),
    "gone": ("✕", "gone", ALARM),
    "off": ("·", "off", MUTED),
    "import": ("·", "import", MUTED),
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


def not_told_lines(counts: Mapping[tuple[str, str], int], width: int) -> list[Line]:
    """A line below the first: how many deliveries failed or are unknown, and wait for somebody's decision."""
    totals = {name: sum(n for (_, status), n in counts.items() if status == name) for name in ("failed", "unknown")}
    said = [f"{count_of(number, 'delivery', 'deliveries')} {name}" for name, number in totals.items() if number]
    if not said:
        return []
    text = f"  ▲ {', '.join(said)}: cminbox channels list says why, retry and give-up end it"
    return [(safe(cut_line(text, width), CARE),)]


def channel_lines(channels: Sequence[Channel], width: int, now: Instant) -> list[Line]:
    """The line below the first: the channels through which nothing can be told, with why where it is one."""
    if not channels:
        return []
    if len(channels) > 1:
        names = ", ".join(one.name for one in channels)
        text = f"  ▲ {len(channels)} channels tell nobody anything: {names} — cminbox channels list"
    else:
        (one,) = channels
        since = f" for {format_rough(now - one.since)}" if one.since is not None else ""
        text = f"  ▲ channel {one.name} tells nobody anything{since}: {one.problem}"
        text += f" — {one.hint}" if one.hint else ""
    return [(safe(cut_line(text, width), ALARM),)]


def source_lines(source: SourceRow, width: int, now: Instant) -> list[Line]:
    """A source as lines: health, name, network, when, how much; below it what is wrong and what to do."""
    glyph, word, colour = _HEALTH[source.state]
    name = max(min(width - 63, 28), 10)
    left = (
        (f"{glyph} {word:<8}", colour),
        safe(f"{cut_line(source.name, name):<{name}} ", "bold"),
        safe(f"{cut_line(source.network, 9):<9} ", MUTED),
        safe(_when(source, now)),
    )
    counts = f"{source.taken:,} taken"
    if source.skipped and size(left) + len(counts) + len(skipped := f" {source.skipped:,} skipped") < width:
        counts += skipped
    lines = [spread(left, ((counts, MUTED),), width)]
    for text, style, most in _said(source, now):
        lines += [((" " * 10, ""), safe(part, style)) for part in _fitted(text, width - 10, most)]
    return lines


def _said(source: SourceRow, now: Instant) -> list[tuple[str, str, int]]:
    """What else is to be said of a source: each with its style, and on how many lines at most."""
    if not source.polled:
        return []
    if source.off:
        return [(source.off, MUTED, 2), ("set enabled = true in its [[source]]", CARE, 1)]
    if source.paused_by:
        return [(f"paused by {source.paused_by}; P lets it go on", CARE, 1)]
    warning = source_words.token_warning(source, now)
    found = [(source.error, ALARM, 2), (source.hint if source.error else "", CARE, 1)]
    found += [
        (source.silence, CARE, 2),
        (f"{warning}: cminbox sources login {source.name}" if warning else "", CARE, 2),
    ]
    if not any(text for text, *_ in found):
        found.append((source.note, MUTED, 1))
    return [each for each in found if each[0]]


def _fitted(text: str, width: int, most: int) -> list[str]:
    """A text on so many lines at most."""
    lines = list(wrap(text, width))
    return lines if len(lines) <= most else [*lines[: most - 1], cut_line(" ".join(lines[most - 1 :]), width)]


def _when(source: SourceRow, now: Instant) -> str:
    if source.state in ("import", "off"):
        return "not polled"
    last = format_ago(now - source.last_poll_at) if source.last_poll_at is not None else "never"
    return f"{last:<8} {_next(source, now)}"


def _next(source: SourceRow, now: Instant) -> str:
    if source.state == "paused":
        return "waits for you"
    if source.wanted_at is not None and source.wanted_at >= (source.last_poll_at or 0):
        return "next now"
    until = max(source.next_poll_at or 0, source.limited_until or 0)
    if until - now < SECOND:
        return "next now" if source.next_poll_at is not None else "next soon"
    return f"next in {format_rough(until - now)}"


class Known(NamedTuple):
    """What is known of a source beside its row.

    Attributes:
        info: what its adapter says of itself; None where that is not read yet, or there is none.
        options: of its `[[source]]`.
        used: what is used up of its network's allowances, and until when that counts.
        others: the other sources of its project.
    """

    info: Info | None = None
    options: Mapping[str, object] = {}
    used: Mapping[str, tuple[int, Instant]] = {}
    others: Sequence[SourceConfig] = ()


NOTHING_KNOWN = Known()


def facts(source: SourceRow, now: Instant, zone: tzinfo = HOST, known: Known = NOTHING_KNOWN) -> list[tuple[str, str]]:
    """Everything that is known of a source, for a reader in this zone."""
    able = known.info.capabilities if known.info is not None else None
    times = {
        "last poll": source.last_poll_at,
        "last success": source.last_ok_at,
        "first success": source.first_ok_at,
        "next poll": source.next_poll_at if source.state not in ("off", "paused", "import") else None,
        "limited until": source.limited_until if (source.limited_until or 0) > now else None,
    }
    rows = [
        ("not polled", source.off or (f"paused by {source.paused_by}" if source.paused_by else "")),
        ("error", source.error),
        ("do", source.hint if source.error else ""),
        ("network", known.info.title if known.info is not None else source.network),
        ("kind", "owned: what is said to the brand" if source.owned else "listening: what is said about it"),
        ("at", source.base_url),
        ("as", handles.written(source.network, source.account_handle) or source.account_id),
        *((word, full_time(when, zone)) for word, when in times.items() if when is not None),
        ("lag", _lag(source)),
        ("silence", source.silence),
        ("budget", source_words.budget_left(source, now)),
        *(
            (each.name, source_words.allowance(each, known.options, known.used, now, known.others))
            for each in _allowances(known)
        ),
        ("cost", able.cost if able is not None else ""),
        ("token", source_words.token(source, now, zone)),
        ("failures", f"{source.failures} in a row" if source.failures else ""),
        ("taken in", count_of(source.taken, "message")),
        ("skipped", f"{source.skipped:,} that could not be understood" if source.skipped else ""),
        ("limits", ", ".join(f"{key} {value}" for key, value in source.limits.items())),
        ("note", f"{source.note} ({full_time(source.noted_at, zone)})" if source.noted_at is not None else ""),
        *_listed("brings", [f"{what}: {how}" for what, how in able.brings.items()] if able is not None else []),
        *_listed("cannot", [f"{verb}: {why}" for verb, why in able.cannot.items()] if able is not None else []),
        ("interface", ", ".join(map(source_words.api, known.info.api)) if known.info is not None else ""),
    ]
    return [(word, what) for word, what in rows if what]


def _lag(source: SourceRow) -> str:
    if source.lag is None:
        return ""
    return "none" if source.lag < 5 * SECOND else f"{format_rough(source.lag)}: how old the newest was when it came"


def _allowances(known: Known) -> tuple[Allowance, ...]:
    return known.info.capabilities.allowances if known.info is not None else ()


def _listed(word: str, lines: list[str]) -> list[tuple[str, str]]:
    """Lines below each other beside one word."""
    return [(word if place == 0 else " ", line) for place, line in enumerate(lines)]
