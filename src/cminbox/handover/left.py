"""What left the list since the handover before, and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from cminbox.handover.words import clock, person, said
from cminbox.model import HOUR, Conversation, Instant
from cminbox.store import Connection, conversations, crises, handover_reading, handovers, questions, sources
from cminbox.store.handovers import Handover, Item

_SENT = {"sent": "sent", "cancelled": "taken back", "draft": "a draft again"}


def left_since(
    conn: Connection, last: Handover | None, standing: Iterable[str], since: Instant, now: Instant, zone: tzinfo
) -> list[Item]:
    """The matters of the handover before that are none any more, and promises, questions and crises that ended since.

    Args:
        standing: keys of what stands on the list now.
    """
    still = set(standing)
    before = [] if last is None else [item for item in handovers.items(conn, last.id) if item.key not in still]
    found = {item.key: item for item in (*_of_before(conn, before, since, now, zone), *_ended(conn, since))}
    return list(found.values())


def _of_before(conn: Connection, before: Sequence[Item], since: Instant, now: Instant, zone: tzinfo) -> Iterable[Item]:
    rows = conversations.many(conn, [item.conversation_id for item in before if item.conversation_id is not None])
    replies = [int(number) for kind, number in map(_parts, before) if kind == "reply" and number.isdigit()]
    statuses = handover_reading.outgoing_status(conn, replies)
    states = {f"source:{one.id}": one.state for one in sources.all(conn)}
    for item in before:
        kind, number = _parts(item)
        how = ""
        if kind == "conversation":
            how = how_it_left(item, rows.get(item.conversation_id or 0), since, now, zone)
        elif kind == "reply" and number.isdigit():
            status = statuses.get(int(number))
            how = "gone" if status is None else _SENT.get(status, "" if status in _STUCK else "tried again")
        elif kind == "question" and number.isdigit():
            asked = questions.get(conn, int(number))
            how = "gone" if asked is None else "" if asked.status == "open" else asked.status
        elif kind == "source":
            state = states.get(item.key, "gone")
            how = "works again" if state in ("ok", "new") else f"is {state}" if state in ("off", "gone") else ""
        if how:
            yield item._replace(how=how, ticked_by="", ticked_at=None)


_STUCK = ("unknown", "failed", "awaiting approval")


def _parts(item: Item) -> tuple[str, str]:
    kind, _, number = item.key.partition(":")
    return kind, number


def how_it_left(item: Item, row: Conversation | None, since: Instant, now: Instant, zone: tzinfo) -> str:
    """How a conversation that an item was about left the list; empty where it has not."""
    if row is None:
        return "gone"
    if row.gone:
        return "deleted on the network"
    if row.status == "closed":
        why = f": {row.end_reason}" if row.end_reason else ""
        return f"closed unanswered{why}" if row.end == "unanswered" else f"{row.end or 'closed'}{why}"
    if row.status == "pending":
        return "answered"
    if row.status == "spam":
        return "spam"
    if row.status == "snoozed":
        until = f" until {clock(row.snoozed_until, now, zone)}" if row.snoozed_until is not None else ""
        return f"snoozed{until}"
    if row.outbound_at is not None and row.outbound_at >= since:
        return "answered, and they wrote again"
    if row.needs_since is None:
        return "needs no answer"
    # What was due in the first hour of a shift that had yet to begin has not left because of that.
    later = row.due_at is not None and row.due_at > max(now + HOUR, item.by_at or 0)
    return "due later" if later and item.kind == "due" else ""


def _ended(conn: Connection, since: Instant) -> Iterable[Item]:
    """Promises, questions and crises that ended, whether or not a handover told of them."""
    promises, answers = handover_reading.promises_ended(conn, since), handover_reading.questions_ended(conn, since)
    rows = conversations.many(conn, [one.conversation_id for one in (*promises, *answers)])
    for one in promises:
        row = rows.get(one.conversation_id)
        who = person(row) if row is not None else "somebody"
        by = f" by {one.by}" if one.by else ""
        line = f"{who}: {said(one.text)}"
        yield Item(
            *(f"promise:{one.id}", "promise", "steady", line),
            promised=said(one.text, 120),
            promised_to=who,
            conversation_id=one.conversation_id,
            how=f"{one.how}{by}",
        )
    for one in answers:
        row = rows.get(one.conversation_id)
        who = person(row) if row is not None else "somebody"
        how = f"answered by {one.by}" if one.how == "answered" else one.how
        line = f"{who} waited for {one.by}: “{said(one.text)}”"
        number = one.conversation_id
        yield Item(f"question:{one.id}", "question", "steady", line, conversation_id=number, how=how)
    for crisis in crises.all(conn):
        if crisis.ended_at is not None and crisis.ended_at >= since:
            line = f"SEV {crisis.severity} {said(crisis.name)}"
            yield Item(f"crisis:{crisis.id}", "crisis", "steady", line, crisis_id=crisis.id, how=crisis.status)
