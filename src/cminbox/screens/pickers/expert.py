"""Choosing a colleague to ask."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.experts import Expert, ExpertFile
from cminbox.text import one_line
from cminbox.widgets.picker import Choice, Picker


class ExpertPicker(Picker[str]):
    """Whom to ask, by name.

    Args:
        file: who there is.
        topics: what the conversation is about: who knows of it stands first.
    """

    def __init__(self, file: ExpertFile | None, topics: Iterable[str] = ()) -> None:
        book = file.load() if file is not None else None
        broken = f"   {one_line(book.problems[0].message)}" if book is not None and book.problems else ""
        found = [] if book is None else book.ranked(topics)
        super().__init__(
            f"Whom?{broken}",
            [Choice(one.name, one.name, _detail(one)) for one in found],
            hint="Enter chooses   ↑ ↓ move   Esc leave",
            empty="Nobody can be asked yet. Name them in experts.toml: [[expert]] with name, topics and channel.",
        )


def _detail(expert: Expert) -> str:
    return " · ".join(filter(None, (expert.about, ", ".join(expert.topics))))
