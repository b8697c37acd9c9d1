"""When a source is polled next: by how its last poll went, by who asked for it, and whatever the clock does. Pure."""

from __future__ import annotations

import random

from cminbox.errors import AuthError, CminboxError, ConfigError, Denied, NotThere, RateLimited, Refused, SourceGone
from cminbox.model import HOUR, MINUTE, SECOND, Instant
from cminbox.sources.http import HostBudget
from cminbox.sources.limits import LONGEST
from cminbox.store.sources import Schedule, SourceChanges

DEFAULT_INTERVAL = MINUTE
LONGEST_BACK_OFF = 15 * MINUTE
BUSY_WITHIN = 10 * MINUTE
"""Who brought something new within it is busy."""
RAREST = 4
"""The longest time between two polls of a quiet source, in usual intervals."""
RESERVE = 0.1
"""The share of a budget that polling leaves to replies and acts."""
CLOCK_SET_BACK = 10 * SECOND
"""What happened this far in the future happened while the clock was wrong."""


def is_due(plan: Schedule | None, interval: int, now: Instant) -> bool:
    """Whether a source is to be polled now.

    Times in the store are a clock's, and clocks are set: what lies further away than any wait is due.
    """
    if plan is not None and (plan.off or plan.paused_by):
        return False
    if plan is None or plan.last_poll_at is None or plan.last_poll_at > now + CLOCK_SET_BACK:
        return True
    if plan.limited_until is not None and is_limited(plan.limited_until, now):
        return False
    if plan.wanted_at is not None and plan.wanted_at > plan.last_poll_at:
        return True
    return plan.next_poll_at is None or not now < plan.next_poll_at <= now + _longest_wait(plan, interval)


def is_limited(until: Instant, now: Instant) -> bool:
    """Whether a network's wait is not over; one that ends later than any was noted by a wrong clock."""
    return now < until <= now + LONGEST


def adapted(interval: int, floor: int, since_new: int | None) -> int:
    """The time to the next poll of a source whose interval nobody set: where much comes it is asked oftener, where
    nothing comes rarer.

    Args:
        interval: the usual one, in milliseconds like all of these.
        floor: the shortest that its network bears.
        since_new: since it brought something new; None where that is not known.
    """
    if since_new is None:
        return interval
    if 0 <= since_new < BUSY_WITHIN:
        return max(floor, interval // 2)
    if since_new < 2 * HOUR:
        return interval
    return interval * (2 if since_new < 24 * HOUR else RAREST)


def kept_for_people(budget: HostBudget | None, now: Instant) -> Instant | None:
    """Until when polling leaves a budget that the network told of alone, because little of it is left and replies need
    it too; None where there is enough."""
    if budget is None or budget.limit is None or budget.resets_at is None or budget.remaining > budget.limit * RESERVE:
        return None
    return min(budget.resets_at, now + LONGEST) if budget.resets_at > now else None


def _longest_wait(plan: Schedule, interval: int) -> int:
    match plan.health:
        case "gone":
            return 24 * HOUR
        case "limited":
            return LONGEST
        case "failing" | "paused":
            return 2 * max(LONGEST_BACK_OFF, interval)
        case _:
            return interval


def after_error(error: CminboxError, now: Instant, interval: int, failures: int) -> SourceChanges:
    """Health and next poll after an error, by what to do next."""
    if isinstance(error, AuthError | ConfigError):
        # Only a person can mend it; a look now and then notices that one did.
        return {"health": "paused", "next_poll_at": now + max(LONGEST_BACK_OFF, interval)}
    if isinstance(error, SourceGone):
        return {"health": "gone", "next_poll_at": now + 24 * HOUR}
    if isinstance(error, RateLimited):
        # What is used up for a month is looked at again within a day: the limit may have been raised.
        until = min(error.until, now + LONGEST)
        return {"health": "limited", "limited_until": until, "next_poll_at": max(until, now + SECOND)}
    if isinstance(error, Refused) and not isinstance(error, Denied | NotThere):
        return {"health": "failing", "next_poll_at": now + LONGEST_BACK_OFF}
    wait = min(max(interval, 5 * SECOND) * 2 ** min(failures - 1, 8), max(LONGEST_BACK_OFF, interval))
    jitter = 0.8 + 0.4 * random.random()  # noqa: S311 - spreads retries, guards nothing
    return {"health": "failing", "next_poll_at": now + round(wait * jitter)}
