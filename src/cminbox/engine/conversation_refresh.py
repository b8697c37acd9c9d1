"""Brings a conversation's row up to date with its lifecycle, its newest messages, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from cminbox import query, rules
from cminbox.engine import row_text
from cminbox.engine.scoring import asks, subject
from cminbox.engine.transaction import Transaction
from cminbox.lifecycle import Lifecycle, Measure, MessageFact, due_at, in_order
from cminbox.model import UNKNOWN_SENTIMENT, Conversation, Instant, Reason, StoredMessage
from cminbox.store import conversations, crises, events, labels, lifecycle_rows, messages, people
from cminbox.store.changes import ConversationChanges

COOL_DOWN = 6 * 60 * 60 * 1000
"""A rule proposes the same crisis at most once in this time."""


def add_messages(tx: Transaction, row: Conversation, new: Sequence[StoredMessage], *, replay: bool = False) -> None:
    """Bring a row up to date after messages were stored: by appending them where their order allows, else by a replay.

    Args:
        row: the row as it stood before.
        new: what was added, oldest first.
        replay: something else changed too: a text, a deletion, whose an answer is.
    """
    facts = [MessageFact.of(message) for message in new]
    found: list[Measure] = []
    deletions = not all(fact.inbound for fact in facts) and messages.any_deleted(tx.conn, row.id)
    if not replay and all(in_order(row.newest_at, fact, deletions=deletions) for fact in facts):
        life = lifecycle_rows.lifecycle_of(row)
        for fact in facts:
            found += life.add_message(fact)
        counts = count_columns(row, new)
    else:
        life = lifecycle_rows.replay(tx.conn, row)
        counts = messages.counts(tx.conn, row.id)
    after = refresh(tx, row, life, counts)
    # The promise was in force while somebody waited; a conversation that came with its answer had none before.
    target = after.sla_target if row.sla_target is None else row.sla_target
    lifecycle_rows.insert_measures(tx.conn, lifecycle_rows.measure_rows(after, found, target))


def refresh(
    tx: Transaction, row: Conversation, life: Lifecycle, counts: ConversationChanges | None = None
) -> Conversation:
    """Write the row as its lifecycle and its messages now are, with the rules' verdict, and return it.

    Args:
        row: the row as it stands in the store.
        life: the lifecycle that it should stand for.
        counts: columns that count messages or take times from them, where they have changed.
    """
    theirs = messages.inbound(tx.conn, row.id)
    newest = theirs[-1] if theirs else next(iter(messages.thread(tx.conn, row.id, limit=1)), None)
    after = refreshed(tx, row, life, counts or {}, theirs, newest)
    changes = {name: new for name, old, new in zip(row._fields, row, after, strict=True) if new != old}
    if changes:
        conversations.update(tx.conn, row.id, cast("ConversationChanges", changes))
    return after


def refreshed(
    tx: Transaction,
    row: Conversation,
    life: Lifecycle,
    counts: ConversationChanges,
    theirs: Sequence[StoredMessage],
    newest: StoredMessage | None,
    *,
    stored: bool = True,
) -> Conversation:
    """A row as its lifecycle and its messages now are, with the rules' verdict.

    What the rules do besides is written: labels, events of an assignment, a crisis that is proposed or joined.

    Args:
        row: as it was.
        life: the lifecycle that it should stand for.
        counts: columns that count messages or take times from them, where they have changed.
        theirs: the newest messages of theirs that are still there, oldest first, as `messages.inbound` gives them.
        newest: the newest message, theirs or ours.
        stored: the row is in the store; else its labels are left to the transaction's writer.
    """
    waiting = messages.waiting(theirs, life.waiting_since)
    promised = row.due_at
    changes: ConversationChanges = {**counts, **lifecycle_rows.columns(life)}
    if waiting:
        changes |= message_columns(waiting, tx.handles.get(row.source_id, ""))
    elif newest is not None:
        # Nothing of theirs (or nothing left): the list shows what we wrote.
        preview = row_text.preview(newest.searched, "")
        changes |= {"preview": preview, "lang": newest.lang, "kind": newest.kind, "title": newest.title}
    changes["due_at"] = due_at(life, tx.intake.sla_default if row.sla_target is None else row.sla_target)
    changes["changed"] = tx.changed
    row = _in_crisis(tx, row._replace(**changes), waiting)
    row, verdict = _judged(tx, row, theirs, waiting, stored)
    row = _as_judged(tx, row, verdict, life)
    if row.warned_at is not None and (row.due_at != promised or life.waiting_since is None):
        return row._replace(warned_at=None)  # another promise: it is warned of anew
    return row


def message_columns(waiting: Sequence[StoredMessage], handle: str = "") -> ConversationChanges:
    """What the inbound messages that matter now say of who, what and how.

    Args:
        waiting: those that wait for an answer (or, if none does, the newest one), oldest first; not empty.
        handle: our own handle on the source.
    """
    newest = waiting[-1]
    author = newest.author
    known = [(m.sentiment, m.sentiment_class) for m in waiting if m.sentiment is not None]
    score, label = min(known) if known else UNKNOWN_SENTIMENT[:2]
    return {
        "kind": newest.kind,
        "author_id": author.id,
        "handle": author.handle,
        "name": author.name,
        "followers": author.followers,
        "vip": author.vip,
        "role": author.role,
        "title": newest.title,
        "preview": row_text.telling(waiting, handle),
        "lang": next((m.lang for m in reversed(waiting) if m.lang), ""),
        "sentiment": score,
        "sentiment_class": label,
        "question": any(map(asks, waiting)),
        "is_reply": newest.parent is not None,
    }


def count_columns(row: Conversation, new: Sequence[StoredMessage]) -> ConversationChanges:
    """Counts and times of a conversation's row after messages were appended."""
    inbound = [m.created_at for m in new if m.inbound]
    outbound = [m.created_at for m in new if not m.inbound]
    times = [*inbound, *outbound]
    return {
        "messages": row.messages + len(new),
        "inbound": row.inbound + len(inbound),
        "gone": row.gone and not inbound,
        "created_at": min([*times, row.created_at]),
        "newest_at": max([*times, row.newest_at]),
        "inbound_at": _latest(inbound, row.inbound_at),
        "outbound_at": _latest(outbound, row.outbound_at),
        "edited": row.edited or any(m.inbound and m.edited_at is not None for m in new),
    }


def _latest(times: Iterable[Instant], known: Instant | None) -> Instant | None:
    return max(times, default=None) if known is None else max([*times, known])


def _in_crisis(tx: Transaction, row: Conversation, waiting: Sequence[StoredMessage]) -> Conversation:
    """The row, in the running crisis whose query it matches."""
    if not tx.running or row.crisis or row.status not in ("open", "snoozed"):
        return row
    asked = subject(row, waiting)
    for crisis, wanted in tx.running:
        if wanted is not None and query.matches(wanted, asked, query.Context(tx.now, zone=tx.scoring.zone)):
            crises.count_attached(tx.conn, crisis.id)
            return row._replace(**crises.columns_of(crisis))
    return row


def _judged(
    tx: Transaction,
    row: Conversation,
    theirs: Sequence[StoredMessage],
    waiting: Sequence[StoredMessage],
    stored: bool,
) -> tuple[Conversation, rules.Verdict]:
    """The row with the rules' labels, and what the rules say of the messages that matter now.

    Labels speak of all its messages, so that an answer takes none of them away.
    """
    scoring, verdict = tx.scoring, None
    if row.inbound > len(waiting):
        wanted = scoring.labels(row._replace(**message_columns(theirs)), theirs, tx.now)
    else:
        verdict = scoring.judge(row, waiting, tx.now)
        wanted = verdict.labels
    if wanted or row.labels:
        on = _put_labels(tx, row.id, wanted, stored)
        if on != row.labels:
            row = row._replace(labels=on)
            verdict = None if scoring.book.looks_at_labels else verdict
    return row, verdict or scoring.judge(row, waiting, tx.now)


def _put_labels(
    tx: Transaction, conversation_id: int, wanted: Sequence[tuple[str, str]], stored: bool
) -> tuple[str, ...]:
    """Set the rules' labels, each given with its rule; the labels that are on it then, sorted."""
    if stored:
        labels.by_rules(tx.conn, conversation_id, wanted)
        return tuple(sorted(labels.of(tx.conn, conversation_id)))
    for label, rule in wanted:
        tx.writer.labels.append((conversation_id, label, f"rule:{rule}"))
    return tuple(sorted(label for label, _ in wanted))


def _as_judged(tx: Transaction, row: Conversation, verdict: rules.Verdict, life: Lifecycle) -> Conversation:
    """The row as the rules say: its priority, its promise, and who gets it."""
    priority, reasons = verdict.priority, verdict.reasons
    if row.priority_by:
        priority, reasons = row.priority, (Reason(row.priority, f"member:{row.priority_by}", "set by hand"),)
    target, by = tx.intake.sla_default, ""
    if verdict.sla is not None:
        target, by = verdict.sla[0], f"rule:{verdict.sla[1]}"
    row = row._replace(
        priority=priority,
        reasons=reasons,
        rescore_at=verdict.rescore_at if row.status in ("open", "snoozed") else None,
        sla=by,
        sla_target=target,
        due_at=due_at(life, target),
    )
    if verdict.assign is not None and not row.assigned_by.startswith("member:") and row.status == "open":
        row = _assigned(tx, row, *verdict.assign)
    for rule in verdict.crisis:
        _propose(tx, row, rule)
    for who, rule in verdict.notify:
        _note_once(tx, row, f"rule:{rule}", "notify", {"to": who})
    return row


def _assigned(tx: Transaction, row: Conversation, to: str, rule: str) -> Conversation:
    """The row, assigned as a rule says."""
    if row.assigned_by == f"rule:{rule}":
        return row  # it did so before; who holds it now is as that ended
    member, team = to, ""
    if to.startswith("team:"):
        member, team = "", to.removeprefix("team:")
    elif to.startswith("least-loaded:"):
        team = to.removeprefix("least-loaded:")
        tx.writer.flush_conversations()
        loads = people.open_counts(tx.conn, (tx.intake.teams or {}).get(team, ()))
        member = min(loads, key=lambda handle: (loads[handle], handle), default="")
    if (member, team) == (row.assignee, row.team):
        return row
    event = events.add(tx.conn, tx.now, f"rule:{rule}", "assign", detail={"to": to})
    before = {"assignee": row.assignee, "team": row.team}
    events.add_item(tx.conn, event, row.id, before, {"assignee": member, "team": team})
    return row._replace(assignee=member, team=team, assigned_by=f"rule:{rule}")


def _propose(tx: Transaction, row: Conversation, rule: str) -> None:
    if crises.known_since(tx.conn, rule, tx.now - COOL_DOWN):
        return
    crises.begin(
        tx.conn,
        {
            "name": rule,
            "severity": 3,
            "status": "proposed",
            "reason": f"rule “{rule}” matched {row.handle or row.name}: {row.preview[:80]}",
            "declared_by": "",
            "declared_at": tx.now,
        },
        f"by the rule {rule}",
    )


def _note_once(tx: Transaction, row: Conversation, actor: str, action: str, detail: dict[str, Any]) -> None:
    """Write an event about a conversation, unless the same one was written for it in this cycle."""
    if events.happened(tx.conn, row.id, actor, action, row.cycle_at or 0):
        return
    event = events.add(tx.conn, tx.now, actor, action, detail=detail)
    events.add_item(tx.conn, event, row.id)
