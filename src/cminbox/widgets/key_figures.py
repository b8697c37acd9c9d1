"""Key figures in a row and a table of numbers, each with a cursor that a screen moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from cminbox.textwidth import cut_line, width_of
from cminbox.widgets.styled_lines import ACCENT, ALARM, MUTED, Line, LinesWidget, Piece, exact, safe


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number with its name, how it changed, and the conversations behind it.

    Attributes:
        name: what it is, in words.
        value: the number as shown.
        change: how it differs from before, in words; empty when there is nothing to compare with.
        notes: what has to be known beside it, in few words each.
        key: which figure it is; Enter opens the conversations that it counts.
        sort: in which order.
        meaning: what it is, in one line.
        alarm: it asks for attention.
    """

    name: str
    value: str
    change: str = ""
    notes: tuple[str, ...] = ()
    key: str = ""
    sort: str = "waiting"
    meaning: str = ""
    alarm: bool = False


class KeyFigures(LinesWidget):
    """Key figures side by side: name, number, change, and what has to be known beside it."""

    DEFAULT_CSS = "KeyFigures { height: auto; width: 1fr; }"
    _figures: Sequence[KeyFigure] = ()
    _cursor: int | None = None

    def show(self, figures: Sequence[KeyFigure], cursor: int | None) -> None:
        """Show figures, with the cursor at one of them or at none."""
        higher = len(figures) != len(self._figures) or _notes(figures) != _notes(self._figures)
        self._figures, self._cursor = tuple(figures), cursor
        self.refresh(layout=higher)

    def lines(self, width: int) -> Sequence[Line]:
        """Names, numbers, changes and notes, a line each; the cursor before its figure."""
        rows: list[list[Piece]] = [[] for _ in range(3 + _notes(self._figures))]
        for place, (figure, wide) in enumerate(zip(self._figures, self._widths(width), strict=True)):
            here = place == self._cursor
            pieces = (
                (figure.name, "" if here else MUTED),
                (figure.value, f"bold {ALARM}" if figure.alarm else "bold"),
                (figure.change, MUTED),
                *((note, MUTED) for note in figure.notes),
                *(("", MUTED),) * (len(rows) - 3 - len(figure.notes)),
            )
            for row, (text, style) in zip(rows, pieces, strict=True):
                row += [_mark(here), *exact((safe(cut_line(text, wide - 2), style),), wide - 2)]
        return [tuple(row) for row in rows] if self._figures else []

    def _widths(self, width: int) -> list[int]:
        """Each as wide as it needs, the rest shared; all the same where there is too little."""
        needed = [max(map(width_of, (f.name, f.value, f.change, *f.notes))) + 2 for f in self._figures]
        many = max(len(needed), 1)
        rest = (width - sum(needed)) // many
        return [max(width // many, 8)] * len(needed) if rest < 0 else [number + rest for number in needed]


def _notes(figures: Sequence[KeyFigure]) -> int:
    """How many lines the notes of figures take."""
    return max((len(figure.notes) for figure in figures), default=0)


class NumberTable(LinesWidget):
    """Rows of a name and numbers: names at the left, numbers at the right of their columns."""

    DEFAULT_CSS = "NumberTable { height: auto; width: 1fr; }"
    LEAST: ClassVar[int] = 30
    _title, _empty = "", ""
    _head: Sequence[str] = ()
    _rows: Sequence[Sequence[str]] = ()
    _cursor: int | None = None

    def show(
        self, title: str, head: Sequence[str], rows: Sequence[Sequence[str]], cursor: int | None, *, empty: str = ""
    ) -> None:
        """Show a table, with the cursor at one of its rows or at none; `empty` is said where it has none."""
        higher = len(rows) != len(self._rows) or not self._title
        self._title, self._head, self._rows, self._cursor, self._empty = title, head, tuple(rows), cursor, empty
        self.refresh(layout=higher)

    def lines(self, width: int) -> Sequence[Line]:
        """The title, the head and a line for each row; columns that do not fit are left out from the right."""
        numbers = [
            max([len(head), *(width_of(row[place]) for row in self._rows)])
            for place, head in enumerate(self._head[1:], 1)
        ]
        gap = 2 if sum(numbers) + 2 * len(numbers) <= width - 16 else 1
        while numbers and sum(numbers) + gap * len(numbers) > width - 10:
            numbers.pop()
        numbers = [number + gap for number in numbers]
        name = min(width - 3 - sum(numbers), 32)
        name_of, space, about = self._title.partition("   ")
        lines: list[Line] = [(safe(name_of, "bold"), (space, ""), safe(about, MUTED))]
        lines.append(_row(self._head, name, numbers, MUTED, here=False))
        for place, row in enumerate(self._rows):
            lines.append(_row(row, name, numbers, "", here=place == self._cursor))
        if not self._rows:
            lines.append(((f"  {self._empty}", MUTED),))
        return lines


def _mark(here: bool) -> Piece:
    return ("▌ ", ACCENT) if here else ("  ", "")


def _row(row: Sequence[str], name: int, numbers: Sequence[int], style: str, *, here: bool) -> Line:
    if not row:
        return ()
    line: Line = (_mark(here), *exact((safe(cut_line(row[0], name), style),), name))
    for text, width in zip(row[1:], numbers, strict=False):
        line = (*line, (" " * (width - width_of(text)), ""), safe(text, style))
    return line
