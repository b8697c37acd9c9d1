"""Choosing why something is taken from a person on a network."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.desk.context import DeskContext
from cminbox.text import clean, one_line
from cminbox.widgets.picker import Choice, Picker


class VerbReasonPicker(Picker[str]):
    """One of the reasons of `reasons.toml`, or the member's own words.

    Args:
        verb: what is to be done.
        desk: has the reasons.
        note: what a person should know before; may be empty.
        tells: the networks on which the author is told, of those on which it is done.
    """

    def __init__(self, verb: str, desk: DeskContext, note: str = "", tells: Sequence[str] = ()) -> None:
        book = desk.reasons.load() if desk.reasons is not None else None
        reasons = book.reasons if book is not None else ()
        choices = [
            Choice(reason.title, reason.title, preview=_told(reason.text_for("en"), tells)) for reason in reasons
        ]
        known = f"   {note}" if note else ""
        broken = f"   {one_line(book.problems[0].message)}" if book is not None and book.problems else ""
        super().__init__(
            f"Why {verb} it?{known}{broken}",
            choices,
            typed=_own_words,
            hint="Enter chooses   ↑ ↓ move   Esc leave",
            placeholder="type to narrow, or a reason of your own",
        )


def _told(text: str, tells: Sequence[str]) -> str:
    """Whether the author is told, and what."""
    return f"they are told in private, on {' and '.join(tells)}: {text}" if text and tells else "nobody is told"


def _own_words(typed: str) -> Choice[str] | None:
    """What a person typed as a reason of their own."""
    words = one_line(clean(typed)).strip()
    return Choice(words, words, "your own words; nobody is told") if words else None
