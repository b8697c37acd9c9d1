"""Makes deliveries of notices: whom each reaches, and when; what comes close together is told together."""

from __future__ import annotations

from cminbox.channels import quiet_until
from cminbox.config import Config
from cminbox.engine.telling.whom import digest_of, quiet_of, reached
from cminbox.model import Instant
from cminbox.store import Connection, crises, deliveries, events, notices
from cminbox.store.deliveries import Target
from cminbox.store.notices import Notice

AT_ONCE = 100
"""Notices planned in one transaction."""


def plan(conn: Connection, config: Config, now: Instant) -> int:
    """Find whom the oldest notices reach that nobody was found for yet; how many these were."""
    found = notices.unplanned(conn, now, AT_ONCE)
    for notice in found:
        where = reached(conn, config, notice, now)
        for target in where.targets:
            _queue(conn, config, notice, target, now)
        notices.plan(conn, notice.id, now, where.nobody)
        if where.nobody and config.tell.channels:
            event = events.add(conn, now, "engine", "not told", detail={"of": notice.kind, "why": where.nobody})
            if notice.conversation_id is not None:
                events.add_item(conn, event, notice.conversation_id)
    return len(found)


def _queue(conn: Connection, config: Config, notice: Notice, target: Target, now: Instant) -> None:
    """Have a target told of a notice: with what waits for it already, or alone."""
    crisis = crises.get(conn, notice.crisis_id) if notice.crisis_id is not None else None
    if notice.kind == "test" or config.tell.is_urgent(notice.kind, crisis.severity if crisis is not None else None):
        deliveries.carry(conn, deliveries.add(conn, target, now, now, urgent=True), notice.id)
        return
    if notice.kind == "question":
        # Its answer is found by its subject: it goes alone, in no digest, and nothing goes with it.
        when = quiet_until(quiet_of(config, target), now, config.zone)
        deliveries.carry(conn, deliveries.add(conn, target, now, when, urgent=True), notice.id)
        return
    digest, last = digest_of(config, target), deliveries.last_told_at(conn, target)
    soonest = max(now, last + digest if last is not None and digest else now)
    when = quiet_until(quiet_of(config, target), soonest, config.zone)
    waiting = deliveries.gathering(conn, target) if digest or when > soonest else None
    delivery = waiting.id if waiting is not None else deliveries.add(conn, target, now, when, urgent=False)
    deliveries.carry(conn, delivery, notice.id)
