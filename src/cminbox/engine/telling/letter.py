"""What is told, as text: one notice, or several together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from cminbox.store.notices import Notice
from cminbox.text import clean, one_line
from cminbox.when import local_time

LONGEST_TITLE = 200
LONGEST_TEXT = 80_000
_SHORTENED = 400
"""How much of each text stands there where several are told together."""
_WHOLE = frozenset({"handover"})
"""Kinds whose text is what is told: the page of a shift."""


class Letter(NamedTuple):
    """What is told in one message.

    Attributes:
        title: one line.
        text: plain text.
        message_id: names it in mail.
    """

    title: str
    text: str
    message_id: str = ""


def written(notices: Sequence[Notice], zone: tzinfo, message_id: str = "") -> Letter:
    """The letter that tells these notices, of which there is one at least."""
    if len(notices) == 1:
        (one,) = notices
        parts = [one.text.strip() or one_line(one.title), *_place(one)]
        return Letter(clean(one_line(one.title), LONGEST_TITLE), clean("\n\n".join(parts), LONGEST_TEXT), message_id)
    title = f"{len(notices):,} notices: {one_line(notices[0].title)}"
    entries = []
    for each in notices:
        lines = [f"{local_time(each.at, zone):%H:%M} {clean(one_line(each.title), LONGEST_TITLE)}"]
        longest = LONGEST_TEXT if each.kind in _WHOLE else _SHORTENED
        lines += [f"  {line}" for line in clean(each.text.strip(), longest).splitlines()]
        entries.append("\n".join([*lines, *(f"  {line}" for line in _place(each))]))
    return Letter(clean(title, LONGEST_TITLE), clean("\n\n".join(entries), LONGEST_TEXT), message_id)


def _place(notice: Notice) -> list[str]:
    if notice.conversation_id is None:
        return []
    return [f"Conversation {notice.conversation_id}: cminbox show {notice.conversation_id}"]
