"""What time alone brings: snoozed conversations wake, priorities grow, SLAs and promises near their end."""

from __future__ import annotations

import time

from cminbox.duration import format_rough
from cminbox.engine import coming_back, promises_due, watching
from cminbox.engine.conversation_refresh import refresh
from cminbox.engine.transaction import Intake, Transaction
from cminbox.lifecycle import Findings, Step, StepName
from cminbox.model import Conversation
from cminbox.store import Connection, contacts, conversations, events, lifecycle_rows, messages, notices, timers
from cminbox.store.contacts import Contact, PersonKey

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
        found = _wake(tx) + _follow_up(tx) + (_rescore(tx) if judges else 0) + _warn(tx)
        found += coming_back.bring_back(tx, AT_ONCE) + promises_due.ring(tx, AT_ONCE)
        watching.tell(tx)
        touched += found
        if not found or time.monotonic() >= end:
            return touched


def _wake(tx: Transaction) -> int:
    rows = timers.due(tx.conn, timers.WAKE, tx.now, AT_ONCE)
    for row in rows:
        _open_again(tx, row, "woke", events.add(tx.conn, tx.now, "engine", "wake"))
    return len(rows)


def _open_again(tx: Transaction, row: Conversation, name: StepName, event: int) -> None:
    """Bring a conversation back to the queue by a step of its life."""
    step = Step(tx.now, name, messages.newest_id(tx.conn, row.id))
    events.add_item(tx.conn, event, row.id, {"columns": {"status": row.status}}, {"columns": {"status": "open"}})
    lifecycle_rows.add_steps(tx.conn, [(row.id, step, event)])
    life = lifecycle_rows.lifecycle_of(row)
    if life.can_append(step):
        life.add_step(step, Findings())
    else:
        life = lifecycle_rows.replay(tx.conn, row, tx.sla_of(row))
    refresh(tx, row, life)


def _follow_up(tx: Transaction) -> int:
    """Bring the newest conversation of people back whose next follow-up has come due, each once."""
    due = contacts.follow_ups_due(tx.conn, tx.now, AT_ONCE)
    for contact in due:
        contacts.update(tx.conn, contact.id, {"followed_up_at": tx.now})
        _bring_back(tx, contact)
    return len(due)


def _bring_back(tx: Transaction, contact: Contact) -> None:
    authors = [known.id for known in contacts.authors_of(tx.conn, PersonKey(contact.id))]
    number = contacts.newest_conversation(tx.conn, authors)
    row = conversations.get(tx.conn, number) if number is not None else None
    detail = {"contact": contact.id, "what": contact.follow_up, "of": contact.follow_up_by}
    event = events.add(tx.conn, tx.now, "engine", events.FOLLOW_UP, detail=detail, count=int(row is not None))
    if row is None:
        return
    if row.status == "open":
        events.add_item(tx.conn, event, row.id)
        conversations.update(tx.conn, row.id, {"changed": tx.changed})
    else:
        _open_again(tx, row, "woke" if row.status == "snoozed" else "opened", event)


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
        title = f"Due in {format_rough(row.due_at - tx.now)}: {notices.named(row)}"
        key = f"due:{row.id}:{row.due_at}"
        notices.tell(tx.conn, tx.now, "due", title, key=key, text=row.preview, conversation_id=row.id)
    return len(rows)
