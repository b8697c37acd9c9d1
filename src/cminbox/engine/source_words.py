"""What is known of a source, in words: its budgets, its token's end, what its network cannot bring. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from cminbox.config import SourceConfig
from cminbox.duration import format_rough
from cminbox.model import DAY, Instant, to_instant
from cminbox.sources.contract import ApiVersion, Info
from cminbox.sources.credentials import WARNED_AHEAD
from cminbox.sources.ledger import Allowance, Used, figure, limit_of, running
from cminbox.store.sources import SourceRow
from cminbox.when import HOST, full_time

API_WARNED_AHEAD = 60 * DAY


def budget_left(row: SourceRow, now: Instant) -> str:
    """What the network said in headers of what is left of its tightest budget; empty where that is over."""
    left, size, resets = (row.told.get(name) for name in ("remaining", "limit", "resets_at"))
    if not isinstance(left, int) or (isinstance(resets, int) and resets <= now):
        return ""
    whole = f" of {size:,}" if isinstance(size, int) else ""
    until = f", whole again in {format_rough(resets - now)}" if isinstance(resets, int) else ""
    return f"{left:,}{whole} calls left{until}"


def allowance(
    one: Allowance,
    options: Mapping[str, object],
    used: Mapping[str, tuple[int, Instant]],
    now: Instant,
    others: Sequence[SourceConfig] = (),
) -> str:
    """How much is left of what a network allows in a period.

    Args:
        others: the other sources of the project whose allowance it is.
    """
    kept = used.get(one.name)
    current, limit = running(one, None if kept is None else Used(*kept), now), limit_of(one, options)
    words = f"{figure(one, max(0, limit - current.used))} of {figure(one, limit)} left"
    if one.reserve:
        words += f" ({figure(one, min(one.reserve, limit))} kept for replies)"
    if one.shared and others:
        words += f", shared with {', '.join(each.name for each in others)}"
    return words + f", whole again in {format_rough(current.resets_at - now)}" if current.used else words


def is_spent(
    one: Allowance, options: Mapping[str, object], used: Mapping[str, tuple[int, Instant]], now: Instant
) -> bool:
    """Whether nothing of it is left for polling."""
    kept = used.get(one.name)
    current = running(one, None if kept is None else Used(*kept), now)
    return current.used >= limit_of(one, options) - one.reserve


def token(row: SourceRow, now: Instant, zone: tzinfo = HOST) -> str:
    """When its token ends, and whether something renews it; empty where no end is known."""
    if row.token_ends_at is None:
        return ""
    if row.token_renewed:
        login = "" if row.login_ends_at is None else f", the login {_ends(row.login_ends_at, now, zone)}"
        return f"renewed by itself; this one ends {full_time(row.token_ends_at, zone)}{login}"
    if row.token_ends_at <= now:
        return f"ended {full_time(row.token_ends_at, zone)}"
    return f"{_ends(row.token_ends_at, now, zone)}; nothing renews it"


def _ends(when: Instant, now: Instant, zone: tzinfo) -> str:
    return f"ends {full_time(when, zone)}, in {format_rough(when - now)}"


def token_warning(row: SourceRow, now: Instant) -> str:
    """That its token ends soon and nothing renews it, or its login; empty where that is not so."""
    ends = row.login_ends_at if row.token_renewed else row.token_ends_at
    if ends is None or now < ends - max(WARNED_AHEAD):
        return ""
    what = "login" if row.token_renewed else "token"
    if ends <= now:
        return f"its {what} has ended"
    return f"its {what} ends in {format_rough(ends - now)} and nothing renews it"


def api(version: ApiVersion) -> str:
    """A version of a network's interface, with its end."""
    return f"{version.name} until {version.ends.isoformat()}" if version.ends else version.name


def api_warning(info: Info, now: Instant) -> Iterator[tuple[str, bool]]:
    """For each version that ends within 60 days, a line, and whether that day is past."""
    for version in info.api:
        if version.ends is None:
            continue
        ends = to_instant(datetime(version.ends.year, version.ends.month, version.ends.day, tzinfo=UTC))
        if now >= ends:
            yield f"{info.title} has ended its {version.name} on {version.ends.isoformat()}", True
        elif now >= ends - API_WARNED_AHEAD:
            yield f"{info.title} ends its {version.name} on {version.ends.isoformat()}", False
