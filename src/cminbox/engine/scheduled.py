"""What time alone brings: snoozed conversations wake, priorities grow, SLAs near their end."""

from __future__ import annotations

import time

from cminbox.engine.conversation_refresh import refresh
from cminbox.engine.transaction import Intake, Transaction
from cminbox.lifecycle import Findings, Step
from cminbox.store import Connection, conversations, events, lifecycle_rows, messages, timers

AT_ONCE = 25
HOLD_SECONDS = 0.05
"""How long one transaction may be, so that no person waits behind the engine."""


def run(conn: Connection, intake: Intake) -> int:
    """Do what is due, for `HOLD_SECONDS` at most; how many rows were touched.

    While somebody's long action is under way nothing is judged: it would stand in that one's way, and most of what it
    touches would be judged twice.
    """
    tx, touched, end = intake.begin(conn), 0, time.monotonic() + HOLD_SECONDS
    judges = not events.under_way(conn, tx.now)
    while True:
        found = _wake(tx) + (_rescore(tx) if judges else 0) + _warn(tx)
        touched += found
        if not found or time.monotonic() >= end:
            return touched


def _wake(tx: Transaction) -> int:
    rows = timers.due(tx.conn, timers.WAKE, tx.now, AT_ONCE)
    for row in rows:
        step = Step(tx.now, "woke", messages.newest_id(tx.conn, row.id))
        event = events.add(tx.conn, tx.now, "engine", "wake")
        events.add_item(tx.conn, event, row.id, {"columns": {"status": row.status}}, {"columns": {"status": "open"}})
        lifecycle_rows.add_steps(tx.conn, [(row.id, step, event)])
        life = lifecycle_rows.lifecycle_of(row)
        life.add_step(step, Findings())
        refresh(tx, row, life)
    return len(rows)


def _rescore(tx: Transaction) -> int:
    rows = timers.due(tx.conn, timers.RESCORE, tx.now, AT_ONCE)
    for row in rows:
        refresh(tx, row, lifecycle_rows.lifecycle_of(row))
    return len(rows)


def _warn(tx: Transaction) -> int:
    """Warn of SLAs before their end, of each once; what is overdue when it is first seen is past a warning."""
    rows = timers.due(tx.conn, timers.WARN, tx.now, AT_ONCE)
    for row in rows:
        conversations.update(tx.conn, row.id, {"warned_at": tx.now, "changed": tx.changed})
        if row.due_at is None or row.due_at < tx.now or events.warned_of(tx.conn, row.id, row.due_at):
            continue
        event = events.add(tx.conn, tx.now, "engine", events.WARNING, detail={"due_at": row.due_at})
        events.add_item(tx.conn, event, row.id)
    return len(rows)
