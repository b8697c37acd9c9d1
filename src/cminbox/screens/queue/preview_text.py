"""What the preview says of a conversation, in words."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.duration import format_narrow
from cminbox.model import Conversation, Instant, band
from cminbox.number_format import signed
from cminbox.widgets.preview import Preview
from cminbox.widgets.queue_row import SENTIMENT_GLYPHS, Someone, author_of


def preview_of(row: Conversation, present: Sequence[Someone], me: str, now: Instant) -> Preview:
    """What the preview shows of a row."""
    about = ["★ VIP"] if row.vip else []
    if row.name and row.name.casefold() != row.handle.casefold():
        about.append(row.name)
    if row.role:
        about.append(row.role)
    about.append(f"{row.network} {row.kind}")
    if row.waiting > 1:
        about.append(f"{row.waiting} messages waiting")
    elif row.messages > 1:
        about.append(f"{row.messages} messages")
    if row.sentiment_class != "unknown":
        about.append(mood(row))
    state = [] if row.status == "open" else [state_words(row, now)]
    text = f"{row.title}: {row.preview}" if row.title else row.preview
    return Preview(
        who=author_of(row),
        about=tuple(about),
        text=text,
        reasons=row.reasons,
        priority=row.priority,
        set_by=row.priority_by,
        now=(*clock_words(row, now), *state, *row.labels, *crisis_words(row), *people_words(row, present, me)),
        alarm=row.waiting_since is not None and row.due_at is not None and row.due_at < now,
    )


def mood(row: Conversation) -> str:
    """The sentiment as a word with its glyph."""
    score = "" if row.sentiment is None else f" {signed(row.sentiment, 2)}"
    return f"{row.sentiment_class}{score} {SENTIMENT_GLYPHS[row.sentiment_class]}".strip()


def state_words(row: Conversation, now: Instant) -> str:
    """The status, and for how long it is asleep."""
    if row.status == "snoozed" and row.snoozed_until is not None:
        return f"snoozed for {format_narrow(max(0, row.snoozed_until - now))}"
    return row.status


def clock_words(row: Conversation, now: Instant) -> tuple[str, ...]:
    """How they wait and when a reply is due."""
    if row.waiting_since is None:
        return (f"{band(row.priority)}", "nobody waits")
    waited = f"waiting {format_narrow(now - row.waiting_since)}"
    if row.due_at is None:
        return (waited, band(row.priority))
    due = (
        f"overdue by {format_narrow(now - row.due_at)}"
        if row.due_at < now
        else f"reply due in {format_narrow(row.due_at - now)}"
    )
    return (due, waited, band(row.priority))


def crisis_words(row: Conversation) -> tuple[str, ...]:
    """The crisis that it belongs to."""
    return (f"‼ crisis {row.crisis}",) if row.crisis else ()


def people_words(row: Conversation, present: Sequence[Someone], me: str) -> tuple[str, ...]:
    """Who holds it and who is on it."""
    words: list[str] = []
    if row.assignee:
        words.append("yours" if row.assignee == me else f"assigned to {row.assignee}")
    elif row.team:
        words.append(f"team {row.team}")
    for someone in present:
        if someone.member != me:
            words.append(f"✎ {someone.member} is replying" if someone.replying else f"◦ {someone.member} is viewing")
    if row.outbox:
        words.append("a draft" if row.outbox == "draft" else f"reply {row.outbox}")
    return tuple(words)
