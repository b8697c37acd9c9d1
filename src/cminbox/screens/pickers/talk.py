"""Choosing one of several conversations of the same person."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.duration import format_rough
from cminbox.model import Conversation, Instant
from cminbox.widgets.picker import Choice, Picker


class TalkPicker(Picker[int]):
    """Asks for a conversation; gives its id.

    Args:
        title: what is asked, in words.
        talks: the conversations, in the order in which they are offered.
        now: from when their age is counted.
    """

    def __init__(self, title: str, talks: Sequence[Conversation], now: Instant) -> None:
        choices = [
            Choice(
                talk.id,
                talk.preview or talk.title,
                f"{talk.status} · {talk.network} · {format_rough(now - talk.newest_at)}",
                preview=talk.preview,
            )
            for talk in talks
        ]
        super().__init__(title, choices)
