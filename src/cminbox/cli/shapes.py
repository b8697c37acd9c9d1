"""What conversations and what belongs to them look like as JSON: times ISO 8601, durations in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cminbox.model import LABELLED, Attachment, Instant, NetworkAction, Reply, band, to_iso

if TYPE_CHECKING:
    from cminbox.model import AttachmentKind, Conversation, StoredMessage
    from cminbox.store.deliveries import Told
    from cminbox.store.events import Event
    from cminbox.store.notes import Note
    from cminbox.store.promises import Promise


def time(when: Instant | None) -> str | None:
    """A time, or null."""
    return None if when is None else to_iso(when)


def seconds(milliseconds: int | None) -> float | None:
    """A duration, or null."""
    return None if milliseconds is None else milliseconds / 1000


def sla_target(row: Conversation) -> int | None:
    """The SLA of a conversation in milliseconds; None where somebody waits who needs no answer."""
    return None if row.waiting_since is not None and row.needs_since is None else row.sla_target


def conversation(row: Conversation) -> dict[str, Any]:
    """A conversation as `list --json` shows it."""
    return {
        "id": row.id,
        "status": row.status,
        "priority": row.priority,
        "band": band(row.priority),
        "source": row.source,
        "network": row.network,
        "kind": row.kind,
        "author": {
            "handle": row.handle,
            "name": row.name,
            "followers": row.followers,
            "role": row.role,
            "vip": row.vip,
        },
        "title": row.title,
        "text": row.preview,
        "lang": row.lang or None,
        "sentiment": row.sentiment,
        "class": row.sentiment_class,
        "mood_direction": row.content.mood_direction or None,
        "signals": list(row.content.signals),
        "urgency": row.content.urgency,
        "urgent_words": list(row.content.urgent_words),
        "question": row.content.question,
        "edited": row.content.edited,
        "held": row.content.held,
        "hidden": row.content.hidden,
        "ad": row.content.ad,
        "heard": row.heard,
        "stars": row.content.stars,
        "attachments": [_from_words(words) for words in row.content.attachments],
        "post": {"title": row.content.post} if row.content.post else None,
        "answer_until": time(row.content.answer_until),
        "labels": list(row.labels),
        "assignee": row.assignee or None,
        "team": row.team or None,
        "crisis": row.crisis or None,
        "reply": (None if row.outbox.startswith("action ") else row.outbox) or None,
        "created_at": time(row.created_at),
        "newest_at": time(row.newest_at),
        "waiting_since": time(row.waiting_since),
        "due_at": time(row.due_at),
        "sla": seconds(sla_target(row)),
        "snoozed_until": time(row.snoozed_until),
        "closed_at": time(row.closed_at),
        "promise": (
            None
            if row.promise_at is None
            else {"text": row.promise, "due_at": time(row.promise_at), "owner": row.promise_owner}
        ),
        "back_at": time(row.back_at),
        "back_why": row.back_why or None,
        "watchers": list(row.watchers),
        "waiting": row.waiting,
        "needs_answer": row.needs_since is not None,
        "needs_since": time(row.needs_since),
        "end": row.end or None,
        "end_reason": row.end_reason or None,
        "inbound": row.inbound,
        "conversation": row.remote_id,
    }


def reasons(row: Conversation) -> list[dict[str, Any]]:
    """What made the priority."""
    return [{"points": reason.points, "rule": reason.rule, "why": reason.why} for reason in row.reasons]


def message(item: StoredMessage) -> dict[str, Any]:
    """A message as `show --json` shows it."""
    return {
        "id": item.remote_id,
        "number": item.id,
        "direction": item.direction,
        "kind": item.kind,
        "parent": item.parent,
        "author": {"id": item.author.remote_id, "handle": item.author.handle, "name": item.author.name},
        "member": item.member or None,
        "title": item.title,
        "text": item.text,
        "lang": item.lang or None,
        "sentiment": item.sentiment,
        "class": item.sentiment_class,
        "vader": item.vader,
        "signals": list(item.signals),
        "signal_words": {name: list(words) for name, words in item.signal_words.items()},
        "urgency": item.urgency,
        "urgent_words": list(item.urgent_words),
        "judged_with": item.judged_with,
        "needs_answer": item.needs_answer if item.inbound else None,
        "created_at": time(item.created_at),
        "time_known": item.time_known,
        "edited_at": time(item.edited_at),
        "deleted_at": time(item.deleted_at),
        "erased": item.erased,
        "url": item.url,
        "visibility": item.visibility,
        "attachments": [attachment(one) for one in item.attachments],
        "stars": item.stars,
        "held": item.held,
        "hidden": item.hidden,
        "ad": item.ad,
        "labelled": item.extra.get(LABELLED) or None,
        "post": None if item.post is None else {"id": item.post[1], "title": item.post.title, "url": item.post.url},
        "can": None if item.can is None else sorted(item.can),
        "done": sorted(item.done),
        "answer_until": time(item.answer_until),
    }


def attachment(item: Attachment) -> dict[str, Any]:
    """A picture, film, sound or file; what is not said of it is left out."""
    return {key: value for key, value in item._asdict().items() if value}


def _from_words(words: str) -> dict[str, Any]:
    """An attachment as a conversation's row tells of it: without its address."""
    kind, _, alt = words.partition(": ")
    gone = kind.endswith(" (gone)")
    return attachment(Attachment(cast("AttachmentKind", kind.removesuffix(" (gone)")), alt=alt, gone=gone))


def note(item: Note) -> dict[str, Any]:
    """A note of the team."""
    about = item.message_id
    return {"member": item.member, "text": item.text, "created_at": time(item.created_at), "message": about}


def promise(item: Promise) -> dict[str, Any]:
    return {
        "id": item.id,
        "text": item.text,
        "due_at": time(item.due_at),
        "owner": item.owner,
        "made_by": item.made_by,
        "made_at": time(item.made_at),
        "status": item.status,
        "ended_at": time(item.ended_at),
        "ended_by": item.ended_by or None,
        "word": item.word or None,
    }


def event(item: Event) -> dict[str, Any]:
    """An event of the log."""
    return {
        "at": time(item.at),
        "actor": item.actor,
        "by": item.account or None,
        "action": item.action,
        "detail": dict(item.detail),
    }


def told(item: Told) -> dict[str, Any]:
    """What became of a notice, in one delivery."""
    return {
        "of": item.notice.kind,
        "title": item.notice.title,
        "to": item.delivery.whom,
        "status": item.delivery.status,
        "sent_at": time(item.delivery.sent_at),
        "error": item.delivery.error or None,
        "acknowledged_by": item.acknowledged_by or None,
        "acknowledged_at": time(item.acknowledged_at),
    }


def network_action(item: NetworkAction) -> dict[str, Any]:
    """A verb of the outbox."""
    return {
        "id": item.id,
        "conversation": item.conversation_id,
        "message": item.message_id,
        "verb": item.verb,
        "undo": item.undo,
        "status": item.status,
        "member": item.member,
        "reason": item.reason or None,
        "text": item.text or None,
        "created_at": time(item.created_at),
        "held_until": time(item.held_until),
        "tries": item.tries,
        "sent_at": time(item.sent_at),
        "error": item.error,
        "cause": item.cause,
    }


def reply(item: Reply) -> dict[str, Any]:
    """A reply of the outbox."""
    return {
        "id": item.id,
        "conversation": item.conversation_id,
        "status": item.status,
        "member": item.member,
        "private": item.private,
        "text": item.text,
        "lang": item.lang or None,
        "template": item.template or None,
        "created_at": time(item.created_at),
        "held_until": time(item.held_until),
        "tries": item.tries,
        "first_try_at": time(item.first_try_at),
        "sending_at": time(item.sending_at),
        "try_ended_at": time(item.try_ended_at),
        "next_try_at": time(item.next_try_at),
        "look_ups": item.look_ups,
        "sent_at": time(item.sent_at),
        "url": item.url,
        "error": item.error,
        "cause": item.cause,
        "seen": item.seen,
        "back_after": seconds(item.back_after),
        "promises": [{"text": p.text, "due_at": time(p.due_at), "owner": p.owner} for p in item.promises],
    }
