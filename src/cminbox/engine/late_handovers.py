"""Handovers that nobody took in time: the lead is told, and what the leaving member had returns to the queue."""

from __future__ import annotations

from cminbox import handover
from cminbox.config import Config
from cminbox.model import Instant
from cminbox.number_format import count_of
from cminbox.store import Connection, assignments, crises, handovers, notices, people
from cminbox.store.handovers import Handover
from cminbox.when import full_time


def run(conn: Connection, config: Config, now: Instant) -> int:
    """Return what waits too long to be taken; how many handovers that were."""
    found = handovers.late(conn, now)
    for one in found:
        _return(conn, config, one, now)
    return len(found)


def _return(conn: Connection, config: Config, one: Handover, now: Instant) -> None:
    until = handover.until(conn, config, one, now)
    held = handovers.held_by(conn, one.leaving, until)
    busy = assignments.at_work(conn, one.leaving, held, now)
    ids = [number for number in held if number not in busy]
    reason = f"nobody took the handover of {one.leaving} by {full_time(one.take_by, config.zone)}"
    if ids:
        detail = {"from": one.leaving, "why": reason, "handover": one.id}
        assignments.give_back(conn, now, "engine", detail, ids)
    handovers.update(conn, one.id, {"returned_at": now})
    stays = _stays(conn, one, until)
    text = f"{reason}: {count_of(len(ids), 'conversation')} went back to the queue.{stays}"
    leads = [who.handle for who in people.team(conn, config.team).values() if who.role == "lead"]
    title = f"nobody took the handover of {one.leaving}: {count_of(len(ids), 'conversation')} back in the queue"
    key = f"{handovers.notice_key(one.id)}late:{one.take_by}"
    told = sorted({*leads, one.leaving, *([one.next] if one.next else [])})
    notices.tell(conn, now, "handover", title, key=key, text=text, people={"lead": leads}, recipients=told)


def _stays(conn: Connection, one: Handover, until: Instant) -> str:
    """What nobody can return to a queue, in words: it is still the leaving member's."""
    kept = handovers.promises_of(conn, one.leaving, until, ())
    led = [crisis.name for crisis in crises.all(conn, running_only=True) if crisis.lead == one.leaving]
    parts = [count_of(len(kept), "promise")] if kept else []
    parts += [f"the lead of {name}" for name in led]
    return f" Still with {one.leaving}: {', '.join(parts)}." if parts else ""
