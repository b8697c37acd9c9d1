"""What a line of the queue says of a conversation, in glyphs and few words; `queue_columns` puts it in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cminbox import handles
from cminbox.duration import format_narrow
from cminbox.model import HOUR, UNSENT, Conversation, Instant, MoodDirection, SentimentClass, Status

STATUS_GLYPHS: Mapping[Status, str] = {"open": "", "pending": "…", "snoozed": "z", "closed": "✓", "spam": "✕"}
SENTIMENT_GLYPHS: Mapping[SentimentClass, str] = {"negative": "↘", "neutral": " ", "positive": "↗", "unknown": " "}
DIRECTION_GLYPHS: Mapping[MoodDirection, str] = {"getting worse": "⇊", "getting better": "⇈"}
STYLES = (
    *("urgent", "high", "normal", "low", "overdue", "soon", "clock", "context"),
    *("author", "vip", "text", "dim", "accent", "cursor", "mark", "hit"),
)
"""Names of the styles that a line is made from; component classes `queue--<name>` of the list. `line` is its own."""


class Someone(NamedTuple):
    """Somebody who looks at a conversation or answers it."""

    member: str
    replying: bool


def author_of(row: Conversation) -> str:
    """How a person is called in a list: their handle, else their name."""
    return handles.called(row.network, row.handle, row.name)


PROMISE = "◆"
"""Before what was promised."""
PICTURE = "▣"
"""Before what is attached to a message."""


def stars_of(stars: int | None) -> str:
    """The stars of a review: `★★★☆☆`; nothing where it has none."""
    known = None if stars is None else max(0, min(stars, 5))
    return "" if known is None else "★" * known + "☆" * (5 - known)


def marks_of(row: Conversation) -> str:
    """What else a line has to say of its text, before it: `‹held› ★★☆☆☆`."""
    words = [f"‹{word}›" for word in ("held", "hidden", "ad") if getattr(row.content, word)]
    words += [f"‹{row.back_why}›"] if row.came_back else []
    return " ".join(filter(None, (*words, stars_of(row.content.stars))))


def clock_of(row: Conversation, now: Instant) -> tuple[str, str]:
    """The clock of a line and its style: when an answer is due (`in 1h`, `5h late`), else how long ago they wrote.

    A promise that is due before an answer is counts down instead: `◆ 3h`, and `◆ -3h` when it is late. At most eight
    cells.
    """
    if row.promise_at is not None and promise_is_first(row):
        return promise_clock(row.promise_at, now)
    if row.status == "snoozed" and row.snoozed_until is not None:
        return f"z in {format_narrow(max(0, row.snoozed_until - now))}", "context"
    if row.status != "open":
        return STATUS_GLYPHS[row.status], "context"
    if row.due_at is None:
        return ("" if row.waiting_since is None else f"{format_narrow(now - row.waiting_since)} ago"), "context"
    left = row.due_at - now
    if left < 0:
        return f"{format_narrow(-left)} late", "overdue"
    return f"in {format_narrow(left)}", "soon" if left < HOUR else "clock"


def promise_is_first(row: Conversation) -> bool:
    """Whether a promise is due before an answer is."""
    answer = row.due_at if row.status == "open" else None
    return row.promise_at is not None and (answer is None or row.promise_at < answer)


def promise_clock(promise_at: Instant, now: Instant) -> tuple[str, str]:
    """How long a promise has left, and the style: `◆ 3h`; `◆ -3h` when it is late."""
    left = promise_at - now
    if left < 0:
        return f"{PROMISE} -{format_narrow(-left)}", "overdue"
    return f"{PROMISE} {format_narrow(left)}", "soon" if left < HOUR else "clock"


def who_is_on(row: Conversation, present: Sequence[Someone], me: str) -> tuple[str, str]:
    """Who is on it and the style: replying before viewing, before a reply on its way, before who holds it."""
    others = [someone for someone in present if someone.member != me]
    for someone in others:
        if someone.replying:
            return f"✎ {someone.member}", "accent"
    # The word alone: with a sign before it, it would not fit where the column is narrow.
    if row.outbox in UNSENT:
        return row.outbox.removeprefix("action "), "soon"
    if row.outbox == "awaiting approval":
        return "approve", "soon"
    if row.outbox in ("held", "queued", "sending"):
        return row.outbox, "accent"
    if others:
        return f"◦ {others[0].member}", "context"
    if row.outbox == "draft" and not row.assignee:
        return "draft", "context"
    return row.assignee or (f"team {row.team}" if row.team else ""), "context"
