"""What time alone brings: snoozed conversations wake, priorities grow, promises near their end."""

from __future__ import annotations

import time

from cminbox.engine.conversation_refresh import Batch, refresh
from cminbox.engine.takein import Intake, renew
from cminbox.lifecycle import Step
from cminbox.store import Connection, conversations, events, lifecycle_rows, messages, timers

AT_ONCE = 25
HOLD_SECONDS = 0.05
"""How long one transaction may be, so that no person waits behind the engine."""


def run(conn: Connection, intake: Intake) -> int:
    """Do what is due, for `HOLD_SECONDS` at most; how many rows were touched.

    While somebody's long action is under way nothing is judged: it would stand in that one's way, and most of what it
    touches would be judged twice.
    """
    batch, touched, end = intake.begin(conn), 0, time.monotonic() + HOLD_SECONDS
    judges = not events.under_way(conn, batch.now)
    while True:
        found = _wake(batch) + (_rescore(batch) if judges else 0) + _warn(batch)
        touched += found
        if not found or time.monotonic() >= end:
            return touched


def _wake(batch: Batch) -> int:
    rows = timers.to_wake(batch.conn, batch.now, AT_ONCE)
    for row in rows:
        step = Step(batch.now, "woke", messages.newest_id(batch.conn, row.id))
        event = events.add(batch.conn, batch.now, "engine", "wake")
        events.add_item(batch.conn, event, row.id, {"columns": {"status": row.status}}, {"columns": {"status": "open"}})
        lifecycle_rows.add_step(batch.conn, row.id, step, event)
        life = lifecycle_rows.lifecycle_of(row)
        life.add_step(step)
        refresh(batch, row, life)
    return len(rows)


def _rescore(batch: Batch) -> int:
    rows = timers.to_rescore(batch.conn, batch.now, AT_ONCE)
    for row in rows:
        renew(batch, row)
    return len(rows)


def _warn(batch: Batch) -> int:
    rows = timers.to_warn(batch.conn, batch.now, AT_ONCE)
    for row in rows:
        conversations.update(batch.conn, row.id, {"warned_at": batch.now, "changed": batch.changed})
        event = events.add(batch.conn, batch.now, "engine", "sla warning", detail={"due_at": row.due_at})
        events.add_item(batch.conn, event, row.id)
    return len(rows)
