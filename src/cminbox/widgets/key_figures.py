"""Key figures in a row and a table of numbers, each with a cursor that a screen moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widget import Widget

from cminbox.textwidth import cut_line, width_of
from cminbox.widgets.styled_lines import ACCENT, ALARM, MUTED, literal

CURSOR = "▌"


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number with its name, how it changed, and the conversations behind it.

    Attributes:
        name: what it is, in words.
        value: the number as shown.
        change: how it differs from before, in words; empty when there is nothing to compare with.
        query: the conversations that Enter opens.
        sort: in which order.
        alarm: it asks for attention.
    """

    name: str
    value: str
    change: str = ""
    query: str = ""
    sort: str = "waiting"
    alarm: bool = False


class KeyFigures(Widget):
    """Key figures side by side: name, number, change."""

    DEFAULT_CSS = "KeyFigures { height: 3; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._figures: tuple[KeyFigure, ...] = ()
        self._cursor: int | None = None

    def show(self, figures: Sequence[KeyFigure], cursor: int | None) -> None:
        """Shows figures, with the cursor at one of them or at none."""
        self._figures, self._cursor = tuple(figures), cursor
        self.refresh()

    @property
    def plain(self) -> str:
        """All of it as plain text."""
        return self.render().plain

    def _widths(self) -> list[int]:
        """Each as wide as it needs, the rest shared; all the same where there is too little."""
        needed = [max(width_of(f.name), width_of(f.value), width_of(f.change)) + 2 for f in self._figures]
        rest = (self.size.width - sum(needed)) // len(needed)
        if rest < 0:
            return [max(self.size.width // len(needed), 8)] * len(needed)
        return [number + rest for number in needed]

    def render(self) -> Content:
        """Three lines: names, numbers, changes; the cursor before its figure."""
        if not self._figures:
            return Content("")
        wides = self._widths()
        rows: list[list[Content]] = [[], [], []]
        for place, figure in enumerate(self._figures):
            here = place == self._cursor
            mark = Content.styled(f"{CURSOR} ", ACCENT) if here else Content("  ")
            value = f"bold {ALARM}" if figure.alarm else "bold"
            wide = wides[place]
            for row, text, style in zip(
                rows,
                (figure.name, figure.value, figure.change),
                ("" if here else MUTED, value, MUTED),
                strict=True,
            ):
                shown = cut_line(text, wide - 2)
                row.append(mark + literal(shown, style) + Content(" " * (wide - 2 - width_of(shown))))
        return Content("\n").join(Content("").join(row) for row in rows)


class NumberTable(Widget):
    """Rows of a name and numbers: names at the left, numbers at the right of their columns."""

    DEFAULT_CSS = "NumberTable { height: auto; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = ""
        self._head: tuple[str, ...] = ()
        self._rows: tuple[tuple[str, ...], ...] = ()
        self._cursor: int | None = None
        self._empty = ""

    def show(
        self,
        title: str,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        cursor: int | None = None,
        *,
        empty: str = "nothing in this time",
    ) -> None:
        """Shows a table, with the cursor at one of its rows or at none."""
        higher = len(rows) != len(self._rows) or not self._title
        self._title, self._head, self._empty = title, tuple(head), empty
        self._rows, self._cursor = tuple(tuple(row) for row in rows), cursor
        self.refresh(layout=higher)

    @property
    def plain(self) -> str:
        """All of it as plain text."""
        return self.render().plain

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as title, head and rows take."""
        return 2 + max(len(self._rows), 1)

    def render(self) -> Content:
        """The title, the head and a line for each row; columns that do not fit are left out from the right."""
        width = max(self.size.width, 30)
        numbers = [
            max([len(head), *(width_of(row[place]) for row in self._rows)])
            for place, head in enumerate(self._head[1:], 1)
        ]
        gap = 2 if sum(numbers) + 2 * len(numbers) <= width - 16 else 1
        while numbers and sum(numbers) + gap * len(numbers) > width - 10:
            numbers.pop()
        numbers = [number + gap for number in numbers]
        name = min(width - 3 - sum(numbers), 32)
        name_of, _, about = self._title.partition("   ")
        title = Content.assemble(literal(name_of, "bold"), "   " if about else "", literal(about, MUTED))
        lines = [title, self._line(self._head, name, numbers, MUTED, here=False)]
        for place, row in enumerate(self._rows):
            lines.append(self._line(row, name, numbers, "", here=place == self._cursor))
        if not self._rows:
            lines.append(Content.styled(f"  {self._empty}", MUTED))
        return Content("\n").join(lines)

    def _line(self, row: Sequence[str], name: int, numbers: Sequence[int], style: str, *, here: bool) -> Content:
        if not row:
            return Content("")
        shown = cut_line(row[0], name)
        line = Content.styled(f"{CURSOR} ", ACCENT) if here else Content("  ")
        line += literal(shown, style) + Content(" " * (name - width_of(shown)))
        for text, width in zip(row[1:], numbers, strict=False):
            line += Content(" " * (width - width_of(text))) + literal(text, style)
        return line
