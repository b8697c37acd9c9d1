"""Brings a conversation's row up to date with its lifecycle, its newest messages, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from cminbox import query, rules
from cminbox.engine import lifting, needs, row_text
from cminbox.engine.message_columns import message_columns, message_signals, mood_direction
from cminbox.engine.scoring import subject
from cminbox.engine.transaction import Transaction
from cminbox.lifecycle import Findings, Lifecycle, MessageFact, Sla, decided_since, due_at, in_order
from cminbox.model import Conversation, Instant, Reason, StoredMessage
from cminbox.store import (
    assignments,
    contacts,
    conversations,
    crises,
    events,
    labels,
    lifecycle_rows,
    messages,
    notices,
    people,
    rule_hits,
)
from cminbox.store.changes import ConversationChanges
from cminbox.store.contacts import PersonKey
from cminbox.text import one_line

COOL_DOWN = 6 * 60 * 60 * 1000
"""A rule proposes the same crisis at most once in this time."""


def add_messages(tx: Transaction, row: Conversation, new: Sequence[StoredMessage], *, replay: bool = False) -> None:
    """Bring a row up to date after messages were stored: by appending them where their order allows, else by a replay.

    Args:
        row: the row as it stood before.
        new: what was added, oldest first.
        replay: something else changed too: a text, a deletion, whose an answer is.
    """
    if row.heard and (by := lifting.why(tx, row, new)):
        row, replay = lifting.lift(tx, row, by), True
    facts = [MessageFact.of(message) for message in new]
    life = lifecycle_rows.lifecycle_of(row)
    if replay or not _can_append(tx, row, life, facts):
        life = lifecycle_rows.replay(tx.conn, row, tx.sla_of(row))
        refresh(tx, row, life, {**messages.counts(tx.conn, row), **_no_longer_back(row, life, facts)})
        return
    found = Findings()
    for fact in facts:
        life.add_message(fact, found)
    refresh(tx, row, life, {**count_columns(row, new), **_no_longer_back(row, life, facts)}, found)


def _no_longer_back(row: Conversation, life: Lifecycle, new: Sequence[MessageFact]) -> ConversationChanges:
    """The columns of what comes back when they do not write, once they wrote."""
    wrote = any(fact.inbound and not fact.history for fact in new)
    return {"back_at": None, "back_why": ""} if row.back_why and wrote and life.waiting_since is not None else {}


def tell_again(tx: Transaction, row: Conversation) -> None:
    """Write what the messages of a conversation that is over say now; what was judged of it then stays."""
    theirs = messages.inbound(tx.conn, row.id)
    waiting = messages.waiting(theirs, row.waiting_since, row.waiting)
    if not waiting:
        return
    content = row.content._replace(mood_direction=mood_direction(theirs))
    now = row._replace(**message_columns(waiting, content, tx.handles.get(row.source_id, ""), row.network))
    wanted = tx.scoring.labels(now._replace(**message_columns(theirs, now.content)), theirs, tx.now)
    if wanted or row.labels:
        now = now._replace(labels=_put_labels(tx, row.id, wanted, True))
    changes = {name: new for name, old, new in zip(row._fields, row, now, strict=True) if new != old}
    if changes:
        conversations.update(tx.conn, row.id, cast("ConversationChanges", {**changes, "changed": tx.changed}))


def look_at_others(tx: Transaction) -> None:
    """Bring conversations up to date of which an earlier one of the same person says something new."""
    for row in conversations.many(tx.conn, tx.past.to_look_at()).values():
        if _with_past(tx, row) != row:
            refresh(tx, row, lifecycle_rows.lifecycle_of(row))


def _can_append(tx: Transaction, row: Conversation, life: Lifecycle, facts: Sequence[MessageFact]) -> bool:
    """Whether the messages may be appended to the life that a row stands for, as they were stored."""
    if messages.any_asked_again(tx.conn, row.id):
        return False  # an edit may have asked later than what arrives now was written
    ours = [fact for fact in facts if not fact.inbound]
    if ours and any(
        decided_since(life, fact)
        or (fact.seen is not None and messages.any_between(tx.conn, row.id, fact.seen, fact.id))
        for fact in ours
    ):
        return False
    deletions = bool(ours) and messages.any_deleted(tx.conn, row.id)
    return all(in_order(row.newest_at, fact, deletions=deletions) for fact in facts)


def refresh(
    tx: Transaction,
    row: Conversation,
    life: Lifecycle,
    counts: ConversationChanges | None = None,
    found: Findings | None = None,
    *,
    settled: bool = False,
) -> None:
    """Write the row as its lifecycle and its messages now are, with the rules' verdict.

    Args:
        row: the row as it stands in the store.
        life: the lifecycle that it should stand for.
        counts: columns that count messages or take times from them, where they have changed.
        found: what was measured on the way there, where the store does not have it yet.
        settled: the rules had their say on what needs an answer.
    """
    theirs = messages.inbound(tx.conn, row.id)
    newest = theirs[-1] if theirs else next(iter(messages.thread(tx.conn, row.id, limit=1)), None)
    after = refreshed(tx, row, life, counts or {}, theirs, newest)
    if found is not None:
        # Where nobody waited before, no SLA was in force.
        sla = tx.sla_of(after if row.sla_target is None and not row.sla else row)
        lifecycle_rows.insert_found(tx.conn, after, life, found, sla)
    same_wait = after.needs_since is not None and after.needs_since == row.needs_since
    if found is None or (same_wait and _sla_parts(after) != _sla_parts(row)):
        lifecycle_rows.set_sla(tx.conn, after, tx.now)
    changes = {name: new for name, old, new in zip(row._fields, row, after, strict=True) if new != old}
    if changes:
        conversations.update(tx.conn, row.id, cast("ConversationChanges", changes))
    waiting = messages.waiting(theirs, after.waiting_since, after.waiting) if after.waiting_since is not None else ()
    if not settled and needs.judge_again(tx, after, waiting):
        refresh(tx, after, lifecycle_rows.replay(tx.conn, after, tx.sla_of(after)), settled=True)


def _sla_parts(row: Conversation) -> tuple[int | None, Instant | None, str]:
    return row.sla_target, row.due_at, row.lang


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
    waiting = messages.waiting(theirs, life.waiting_since, life.waiting)
    before = row
    changes: ConversationChanges = {**counts, **lifecycle_rows.columns(life)}
    if waiting:
        content = changes.get("content", row.content)
        # A source that was only imported is mostly called as the account is.
        handle = tx.handles.get(row.source_id) or row.source
        changes |= message_columns(waiting, content, handle, row.network)
        changes["content"] = changes["content"]._replace(
            stars=next((m.stars for m in reversed(theirs) if m.stars is not None), None),
            mood_direction=mood_direction(theirs),
        )
    elif newest is not None:
        # Nothing of theirs (or nothing left): the list shows what we wrote.
        preview = row_text.preview(newest.searched, "")
        changes |= {"preview": preview, "lang": newest.lang, "kind": newest.kind, "title": newest.title}
    changes["due_at"] = _due_at(tx, row, life, tx.sla_of(row))
    changes["changed"] = tx.changed
    row = _with_past(tx, row._replace(**changes))
    row = _in_crisis(tx, row, waiting)
    row, verdict = _judged(tx, row, theirs, waiting, stored)
    row = _as_judged(tx, row, verdict, life, before)._replace(rules=verdict.rules)
    if verdict.role is not None:
        row = _with_role(tx, row, *verdict.role, stored=stored)
    if hits := rule_hits.found(before, row, tx.now):
        if stored:
            rule_hits.add(tx.conn, hits, tx.now)
        else:
            tx.writer.count_hits(hits, tx.now)
    if row.warned_at is not None and (row.due_at != before.due_at or life.needs_since is None):
        row = row._replace(warned_at=None)  # another SLA: it is warned of anew
    tx.past.note(before, row)
    return row


def _with_past(tx: Transaction, row: Conversation) -> Conversation:
    """The row with the signals that no text shows: who waits, and what was before."""
    content = row.content
    signals = tuple(sorted([*message_signals(content), *tx.past.signals(row)]))
    return row if signals == content.signals else row._replace(content=content._replace(signals=signals))


def _due_at(tx: Transaction, before: Conversation, life: Lifecycle, sla: Sla) -> Instant | None:
    """When the SLA ends for who waits; one that is missed already stays as it was."""
    due = due_at(life, sla)
    broken = before.due_at is not None and before.due_at < tx.now and before.needs_since == life.needs_since
    if broken and life.needs_since is not None and (due is None or (before.due_at is not None and due > before.due_at)):
        return before.due_at
    return due


def count_columns(row: Conversation, new: Sequence[StoredMessage]) -> ConversationChanges:
    """Counts and times of a conversation's row after messages were appended."""
    theirs = [m for m in new if m.inbound]
    inbound = [m.created_at for m in theirs]
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
        "content": row.content._replace(
            edited=row.content.edited or any([m.edited_at is not None for m in theirs]),
            held=row.content.held or any([m.held for m in theirs]),
            hidden=row.content.hidden or any([m.hidden for m in theirs]),
            ad=row.content.ad or any([m.ad for m in theirs]),
        ),
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
            return row._replace(**crises.joined(row, crisis.id, crisis.name))
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
    if theirs and row.inbound > len(waiting):
        wanted = scoring.labels(row._replace(**message_columns(theirs, row.content)), theirs, tx.now)
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


def _as_judged(
    tx: Transaction, row: Conversation, verdict: rules.Verdict, life: Lifecycle, before: Conversation
) -> Conversation:
    """The row as the rules say: its priority, its SLA, and who gets it."""
    priority, reasons = verdict.priority, verdict.reasons
    if row.priority_by:
        priority, reasons = row.priority, (Reason(row.priority, f"member:{row.priority_by}", "set by hand"),)
    target, business, by = tx.intake.sla_default, tx.intake.sla_business, ""
    if verdict.sla is not None:
        target, by = verdict.sla[0], f"rule:{verdict.sla[1]}"
    if verdict.sla_business is not None:
        business = verdict.sla_business
    sla = tx.sla(target, business=business)
    row = row._replace(
        priority=priority,
        reasons=reasons,
        rescore_at=verdict.rescore_at if row.status in ("open", "snoozed") else None,
        sla=by,
        sla_target=target,
        sla_business=sla.hours is not None and target is not None,
        due_at=_due_at(tx, before, life, sla),
    )
    if verdict.assign is not None and not row.assigned_by.startswith("member:") and row.status == "open":
        row = _assigned(tx, row, *verdict.assign)
    if row.heard and (verdict.crisis or verdict.notify) and lifting.is_backlog(tx, row, row.newest_at):
        return row  # the first backlog of what is only heard raises no alarm
    for rule in verdict.crisis:
        _propose(tx, row, rule)
    for who, rule in verdict.notify:
        _notify(tx, row, rule, who)
    return row


def _with_role(tx: Transaction, row: Conversation, role: str, rule: str, *, stored: bool) -> Conversation:
    """The row, with the role that a rule gives to the person behind it, where nobody else gave one.

    What another rule said stays, so that two rules do not take turns for ever.
    """
    by = f"rule:{rule}"
    if row.author_id is None or (row.role == role and stored):
        return row
    if not stored:
        return row._replace(rescore_at=tx.now)  # its author is not written yet
    contact = contacts.ensure(tx.conn, PersonKey(author=row.author_id), tx.now)
    if contact is None or (contact.role and contact.role_by != by):
        return row
    if contact.role != role:
        contacts.update(tx.conn, contact.id, {"role": role, "role_by": by})
        contacts.refresh_rows(tx.conn, contacts.authors_ids(tx.conn, [contact.id]), tx.changed)
    return row._replace(role=role, vip=contact.vip, rescore_at=tx.now)


def _assigned(tx: Transaction, row: Conversation, to: str, rule: str) -> Conversation:
    """The row, assigned as a rule says."""
    if row.assigned_by == f"rule:{rule}":
        return row  # it did so before; who holds it now is as that ended
    detail, member, team = {"to": to}, to, ""
    if ":" in to:
        how, _, team = to.partition(":")
        member = "" if how == "team" else _of_team(tx, how, team)
        if how != "team" and not member:
            detail["why"] = f"nobody of {team} is on duty"
    if (member, team) == (row.assignee, row.team):
        return row
    event = events.add(tx.conn, tx.now, f"rule:{rule}", "assign", detail=detail)
    before = {"assignee": row.assignee, "team": row.team}
    events.add_item(tx.conn, event, row.id, before, {"assignee": member, "team": team})
    if member:
        notices.tell(
            tx.conn,
            tx.now,
            "assigned",
            f"The rule {one_line(rule)} gave you {notices.named(row)}",
            key=f"assigned:{event}:{member}",
            text=row.preview,
            conversation_id=row.id,
            people={"assignee": [member]},
        )
    return row._replace(assignee=member, team=team, assigned_by=f"rule:{rule}")


def _of_team(tx: Transaction, how: str, team: str) -> str:
    """Who of a team gets the next conversation, by turns or by how many each has; nobody where none is on duty."""
    members = (tx.intake.teams or {}).get(team, ())
    if tx.intake.available is not None:
        members = tx.intake.available.among(tx.conn, members)
    if not members:
        return ""
    if how == "round-robin":
        return assignments.next_turn(tx.conn, team, members)
    tx.writer.flush_conversations()
    return assignments.least_loaded(people.open_counts(tx.conn, members), members)


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


def _notify(tx: Transaction, row: Conversation, rule: str, who: str) -> None:
    """Have told what a rule notifies of a conversation, unless it did so in this cycle."""
    actor, detail = f"rule:{rule}", {"to": who}
    if events.happened(tx.conn, row.id, actor, "notify", detail, row.cycle_at or 0):
        return
    event = events.add(tx.conn, tx.now, actor, "notify", detail=detail)
    events.add_item(tx.conn, event, row.id)
    title, key = f"{one_line(rule)}: {notices.named(row)}", f"rule:{event}"
    notices.tell(tx.conn, tx.now, "rule", title, key=key, text=row.preview, conversation_id=row.id, recipients=[who])
