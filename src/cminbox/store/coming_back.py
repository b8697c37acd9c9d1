"""What comes back to the queue when they do not answer: the columns of its row."""

from __future__ import annotations

from cminbox.duration import format_duration
from cminbox.model import Instant
from cminbox.store.changes import ConversationChanges


def columns(since: Instant, after: int) -> ConversationChanges:
    """The columns of what comes back so many milliseconds after an instant."""
    return {"back_at": since + after, "back_why": f"no reply in {format_duration(after)}"}
