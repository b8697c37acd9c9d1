"""The words of a handover: times, people, lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from cminbox import handles
from cminbox.model import DAY, Conversation, Instant
from cminbox.text import one_line
from cminbox.textwidth import cut_line
from cminbox.when import local_time

SAID = 140
"""Cells of what somebody said, in a line."""
LEVELS: Mapping[str, str] = {"burning": "●", "watch": "◐", "steady": "○"}
"""A sign for each level, which stands beside its word."""
DONE: Mapping[str, tuple[str, str]] = {
    "came": ("message came", "messages came"),
    "answered": ("answered", "answered"),
    "none needed": ("closed, none needed", "closed, none needed"),
    "unanswered": ("closed unanswered", "closed unanswered"),
    "returned": ("returned to the queue", "returned to the queue"),
    "promises made": ("promise made", "promises made"),
    "promises kept": ("promise kept", "promises kept"),
    "promises broken": ("promise broken", "promises broken"),
    "questions answered": ("question answered", "questions answered"),
}
"""What was done in a shift, in words: of one, and of many."""


def clock(when: Instant, now: Instant, zone: tzinfo) -> str:
    """A time as one says it: `14:20`, `Thu 18:00` within some days, `2026-12-03 18:00`."""
    then, today = local_time(when, zone), local_time(now, zone)
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then:%a %H:%M}" if abs(when - now) < 6 * DAY else f"{then:%Y-%m-%d %H:%M}"


def person(row: Conversation) -> str:
    """Whose a conversation is, with what they are to us."""
    role = row.role if row.role in ("journalist", "influencer") else ""
    marks = " ".join(filter(None, ("★ VIP" if row.vip else "", role)))
    who = handles.called(row.network, row.handle, row.name)
    return f"{who} ({marks})" if marks else who


def said(text: str, room: int = SAID) -> str:
    """What somebody said or wrote, on one line and not too long."""
    return cut_line(one_line(text), room)


def done_words(figures: Mapping[str, int]) -> str:
    """What was done, in one line: `12 messages came, 9 answered`."""
    known = [(name, one, many) for name, (one, many) in DONE.items() if figures.get(name)]
    return ", ".join(f"{figures[name]:,} {one if figures[name] == 1 else many}" for name, one, many in known)
