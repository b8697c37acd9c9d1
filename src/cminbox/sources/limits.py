"""Reading how long a network wants us to wait, and its clock. Pure functions over headers, bodies and the time.

Networks say it in six forms: an ISO 8601 time (Mastodon, GoToSocial), epoch seconds (X, GitHub, Bluesky), seconds left
(Reddit, Discord), `Retry-After` (most), a number in the body (Telegram, Stack Exchange, Discourse, old Matrix), and
percent of a budget used (Meta) or a daily budget (YouTube, Stack Exchange).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cminbox.model import DAY, MINUTE, SECOND, Instant
from cminbox.sources.json_values import dig
from cminbox.sources.ledger import period_end

UNSAID = MINUTE
"""The wait where a network refuses for now and says no time."""
LONGEST = DAY + 2 * 60 * MINUTE
"""No wait is longer: a daily budget returns within it, whatever a server says."""
_EPOCH_FROM = 1_000_000_000
"""A reset number from here on is a time in seconds since the epoch; below it is seconds left."""

_RESETS = ("x-ratelimit-reset-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_LIMITS = ("x-ratelimit-limit", "ratelimit-limit", "x-rate-limit-limit")
_REMAININGS = ("x-ratelimit-remaining", "ratelimit-remaining", "x-rate-limit-remaining")
_USAGES = ("x-business-use-case-usage", "x-app-usage", "x-page-usage", "x-ad-account-usage")


def wait_until(headers: Mapping[str, str], body: object, now: Instant, unsaid: int = UNSAID) -> Instant:
    """When a network that refused for now may be asked again.

    The body's word goes before `Retry-After`, and that before the reset headers, because the former speak of this
    very refusal and the latter of a budget that may be another.

    Args:
        headers: with lower-case names.
        body: the decoded JSON body, or None.
        now: the present.
        unsaid: how long to wait where it says no time.
    """
    found = _from_body(body, now)
    if found is None:
        found = retry_after(headers, now)
    if found is None:
        found = reset_at(headers, now)
    if found is None:
        found = _from_usage(headers, now)
    if found is None:
        found = now + unsaid
    return max(now, min(found, now + LONGEST))


def pause_after(headers: Mapping[str, str], body: object, now: Instant) -> Instant | None:
    """When the next call may be made after one that succeeded, if it used up the budget; None: at once."""
    until: Instant | None = None
    if (backoff := _number(dig(body, "backoff"))) is not None:
        until = now + _ms(backoff)
    elif (left := remaining(headers)) is not None and left < 1:
        until = reset_at(headers, now)
    elif _number(dig(body, "quota_remaining")) == 0:
        until = period_end(now, "day", "UTC")
    else:
        until = _from_usage(headers, now)
    return None if until is None or until <= now else min(until, now + LONGEST)


def remaining(headers: Mapping[str, str]) -> float | None:
    """Calls left in the budget that the headers speak of, if they do."""
    return next((left for name in _REMAININGS if (left := _number(headers.get(name))) is not None), None)


def budget_of(headers: Mapping[str, str], now: Instant) -> tuple[int | None, int, Instant | None] | None:
    """What the headers say of a budget: its size, what is left, when it is whole again; None where they say none."""
    left = remaining(headers)
    if left is None:
        return None
    size = next((size for name in _LIMITS if (size := _number(headers.get(name))) is not None), None)
    return (None if size is None else int(size)), int(left), reset_at(headers, now)


def retry_after(headers: Mapping[str, str], now: Instant) -> Instant | None:
    """`Retry-After`, as seconds or as an HTTP date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if (seconds := _number(value)) is not None:
        return now + _ms(seconds)
    try:
        when = parsedate_to_datetime(value)
        return round(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * SECOND)
    except (ValueError, OverflowError, TypeError):
        return None


def skew_of(headers: Mapping[str, str], now: Instant) -> int | None:
    """How far the clock of a server that answered just now is ahead of ours, by its `Date`; None where it says none.

    A stored answer (one with an `Age`) has the time at which it was stored.
    """
    if "age" in headers:
        return None
    try:
        when = parsedate_to_datetime(headers.get("date", ""))
        # It names a whole second, which on average is half over.
        return round(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * SECOND) + SECOND // 2 - now
    except (ValueError, OverflowError, TypeError):
        return None


def reset_at(headers: Mapping[str, str], now: Instant) -> Instant | None:
    """The reset header: an ISO 8601 time, epoch seconds, or seconds left; whichever it is."""
    for name in _RESETS:
        value = headers.get(name, "").strip()
        if not value:
            continue
        if (number := _number(value)) is not None:
            return _ms(number) if number >= _EPOCH_FROM else now + _ms(number)
        try:
            when = datetime.fromisoformat(value)
            return round(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * SECOND)
        except (ValueError, OverflowError):
            continue
    return None


def _from_body(body: object, now: Instant) -> Instant | None:
    seconds = (
        dig(body, "parameters", "retry_after"),
        dig(body, "extras", "wait_seconds"),
        dig(body, "backoff"),
        dig(body, "retry_after"),
    )
    for value in seconds:
        if (number := _number(value)) is not None:
            return now + _ms(number)
    if (number := _number(dig(body, "retry_after_ms"))) is not None:
        return now + _ms(number / SECOND)
    reasons = dig(body, "error", "errors")
    if isinstance(reasons, list) and any(dig(each, "reason") == "quotaExceeded" for each in reasons):
        return period_end(now, "day", "America/Los_Angeles")
    return None


def _from_usage(headers: Mapping[str, str], now: Instant) -> Instant | None:
    """Meta's percentages: at 100 the wait that it estimates in minutes, or an hour where it estimates none."""
    waits = []
    for name in _USAGES:
        try:
            usage = json.loads(headers.get(name, "null"))
        except (ValueError, RecursionError):
            continue
        for entry in _usage_entries(usage):
            shares = [number for key, value in entry.items() if key in _SHARES and (number := _number(value))]
            minutes = _number(entry.get("estimated_time_to_regain_access"))
            if minutes:
                waits.append(now + _ms(minutes * 60))
            elif shares and max(shares) >= 100:
                waits.append(now + 60 * MINUTE)
    return max(waits, default=None)


_SHARES = frozenset({"call_count", "total_time", "total_cputime", "acc_id_util_pct"})


def _usage_entries(usage: object) -> Iterator[Mapping[str, object]]:
    """The flat entries of a usage header: itself, or lists of entries by business."""
    if not isinstance(usage, dict):
        return
    yield usage
    for value in usage.values():
        if isinstance(value, list):
            yield from (entry for entry in value if isinstance(entry, dict))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _ms(seconds: float) -> int:
    """Seconds as milliseconds, rounded up: a call made too early is refused again."""
    return math.ceil(min(seconds, 1e11) * SECOND)
