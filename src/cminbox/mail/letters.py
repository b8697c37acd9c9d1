"""What a colleague reads who is asked: the question, the thread, and where their answer goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from cminbox.mail.answers import marker
from cminbox.model import StoredMessage
from cminbox.text import clean, one_line
from cminbox.when import full_time

SHOWN = 10
"""So many messages of the thread stand in it, the newest."""
_LONGEST = 1_500


def letter(token: str, question: str, asked_by: str, thread: Sequence[StoredMessage], zone: tzinfo) -> str:
    """A question as it goes out.

    Args:
        thread: the newest messages of the conversation, oldest first.
    """
    parts = [marker(token), "", f"{asked_by} asks:", question, ""]
    if thread:
        parts += ["What was said:", ""]
        for message in thread[-SHOWN:]:
            who = message.author.handle or message.author.name or "somebody"
            parts += [f"{one_line(who) if message.inbound else 'we'}, {full_time(message.created_at, zone)}:"]
            text = clean(message.text, _LONGEST)
            parts += [*(f"    {line}" for line in text.splitlines() or ["(no text)"]), ""]
        if thread[-1].url:
            parts += [thread[-1].url, ""]
    parts.append(f"Answer this message; keep [{token}] in its subject.")
    return "\n".join(parts)
