"""Charts drawn with block characters: every mark has its word or number beside it, none means by colour alone.

Pure functions from numbers to lines, and one small widget that draws them at its width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cminbox.duration import format_rough
from cminbox.widgets.styled_lines import ACCENT, ALARM, MUTED, Line, LinesWidget, Piece

FULL, PART = "█", "░"
EIGHTHS = " ▁▂▃▄▅▆▇█"
SHADES = "·░▒▓█"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Bar:
    """One column of the volume chart: its label (empty: none), how many, and how many of them were answered."""

    label: str
    total: int
    answered: int


def volume_bars(bars: Sequence[Bar], width: int, height: int = 6) -> list[Line]:
    """Volume as upright bars, the answered part filled from below.

    Args:
        bars: one for each hour, oldest first; the newest that fit are shown.
        width: cells; five are for the axis.
        height: lines for the bars; one more is for their labels.
    """
    room = max(width - 5, 4)
    step = max(1, min(room // max(len(bars), 1), 4))
    shown = list(bars)[-(room // step) :]
    thick = max(step - 1, 1)
    peak = max((bar.total for bar in shown), default=0)
    if not peak:
        return [(("no messages in this time", MUTED),)]
    lines: list[Line] = []
    for row in range(height, 0, -1):
        parts: list[Piece] = [(f"{peak if row == height else '':>4} ", MUTED)]
        for bar in shown:
            parts += [_cell(bar, peak, height, row, thick), (" " * (step - thick), "")]
        lines.append(tuple(parts))
    axis = [" "] * (len(shown) * step + 6)
    for index, bar in enumerate(shown):
        place = index * step
        if bar.label and all(cell == " " for cell in axis[max(place - 1, 0) : place + len(bar.label)]):
            axis[place : place + len(bar.label)] = bar.label
    lines.append(((f"     {''.join(axis)[:room].rstrip()}", MUTED),))
    return lines


def _cell(bar: Bar, peak: int, height: int, row: int, thick: int) -> Piece:
    """One cell of a bar: filled where answered, shaded where not; an eighth block ends the filled part."""
    answered, total = (part * height / peak - (row - 1) for part in (bar.answered, bar.total))
    if answered >= 1 or (answered >= 0.5 and total >= 1):
        return (FULL * thick, ACCENT)
    if total > answered and (total >= 0.5 or (row == 1 and answered <= 0)):
        return (PART * thick, MUTED)
    if answered > 0:
        return (EIGHTHS[max(1, round(answered * 8))] * thick, ACCENT)
    return (" " * thick, MUTED)


def heat_map(cells: Sequence[Sequence[float | None]], width: int, target: float) -> list[Line]:
    """How long people wait, seven days by 24 hours, as shades with a scale in words below.

    Args:
        cells: `cells[weekday][hour]`, Monday first: seconds, or None where there is nothing to count.
        width: cells; each hour gets two where there is room.
        target: the SLA in seconds; the shades are its half, itself and its double.
    """
    wide = 2 if width >= 5 + 48 else 1
    head = "".join(f"{hour:<{wide * 3}}" for hour in range(0, 24, 3))
    lines: list[Line] = [((f"     {head}".rstrip(), MUTED),)]
    steps = (target / 2, target, target * 2)
    for day, row in zip(DAYS, cells, strict=True):
        parts: list[Piece] = [(f" {day} ", MUTED)]
        for value in row:
            shade = SHADES[0] if value is None else SHADES[1 + sum(value > step for step in steps)]
            style = MUTED if value is None else ALARM if value > target else ACCENT
            parts.append((shade * wide, style))
        lines.append(tuple(parts))
    words = [f"≤{format_rough(round(step * 1000))}" for step in steps]
    scale = zip(SHADES, (MUTED, ACCENT, ACCENT, ALARM, ALARM), ("none", *words, "longer"), strict=True)
    lines.append(
        (("     ", ""), *(piece for shade, style, word in scale for piece in ((shade, style), (f" {word}  ", MUTED))))
    )
    return lines


def histogram(
    counts: Sequence[int], edges: Sequence[int], width: int, *, target: int | None = None, height: int = 5
) -> list[Line]:
    """Times on a logarithmic axis as upright bars, with the SLA marked and told in words.

    Args:
        counts: one more than `edges`: how many took at most each edge and longer than the one before, then the rest.
        edges: upper ends of the bins in ms, each about twice the one before.
        width: cells.
        target: the SLA in ms; the edge nearest to it is marked.
        height: lines for the bars.
    """
    peak = max(counts, default=0)
    if not peak:
        return [(("no answers in this time", MUTED),)]
    step = max(3, min(6, (width - 5) // len(counts)))
    mark = _mark(target, edges)
    lines: list[Line] = []
    for row in range(height, 0, -1):
        parts: list[Piece] = [(f"{peak if row == height else '':>4} ", MUTED)]
        for index, count in enumerate(counts):
            fill = count * height / peak - (row - 1)
            block = EIGHTHS[8 if fill >= 1 else max(0, round(fill * 8))]
            if count and row == 1 and block == " ":
                block = EIGHTHS[1]
            late = mark is not None and index > mark
            parts += [(block * (step - 1), ALARM if late else ACCENT), ("│" if index == mark else " ", ALARM)]
        lines.append(tuple(parts))
    labels = [" "] * (len(counts) * step + 6)
    for index, edge in enumerate(edges):
        label = format_rough(edge)
        place = (index + 1) * step - len(label)
        if index % max(1, math.ceil(4 / step)) == 0 and place >= 0:
            labels[place : place + len(label)] = label
    lines.append(((f"     {''.join(labels).rstrip()}", MUTED),))
    if mark is not None and target is not None:
        about = "" if edges[mark] == target else "about "
        kept, missed = sum(counts[: mark + 1]), sum(counts[mark + 1 :])
        words = f" SLA {format_rough(target)}: {about}{kept:,} in time, {missed:,} after"
        lines.append((("     ", ""), ("│", ALARM), (words, MUTED)))
    return lines


def _mark(target: int | None, edges: Sequence[int]) -> int | None:
    """The bin whose upper end is nearest to the target on the logarithmic axis."""
    if not target or not edges:
        return None
    return min(range(len(edges)), key=lambda index: abs(math.log(edges[index] / target)))


class Chart(LinesWidget):
    """Draws one chart at its own width under a title."""

    DEFAULT_CSS = "Chart { height: auto; width: 1fr; }"
    LEAST: ClassVar[int] = 20

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title: Line = ((title, "bold"),)
        self._draw: Callable[[int], list[Line]] = lambda width: []

    def draw(self, draw: Callable[[int], list[Line]], *legend: Piece) -> None:
        """Show what `draw` makes of a width in cells, under the title and its legend."""
        self._draw = draw
        self._title = (self._title[0], ("   ", ""), *legend)
        self.refresh(layout=True)

    def lines(self, width: int) -> Sequence[Line]:
        return [self._title, *self._draw(width)]
