"""What is known beside the thread: why it is here, who writes, what was done. Plain words in a narrow column."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.model import Reason
from cminbox.number_format import signed
from cminbox.text import clean
from cminbox.textwidth import cut_line, width_of, wrap
from cminbox.widgets.styled_lines import ACCENT, MUTED, Line, LinesWidget, safe


class Facts(LinesWidget):
    """A heading and lines below it; as high as what it says."""

    DEFAULT_CSS = "Facts { height: auto; width: 1fr; padding: 0 1; margin-bottom: 1; }"

    def __init__(self, title: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._title = title
        self._rows: tuple[tuple[str, str], ...] = ()

    def show(self, rows: Sequence[tuple[str, str]], title: str = "") -> None:
        """Show rows of (word, what): a row without a word is a line of its own."""
        self._rows = tuple(rows)
        self._title = title or self._title
        self.display = bool(rows)
        self.refresh(layout=True)

    def lines(self, width: int) -> Sequence[Line]:
        return facts_lines(self._title, self._rows, width)


def facts_lines(title: str, rows: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """A heading and below it rows of (word, what): words stand in a column of their own, as wide as the longest."""
    lines: list[Line] = [(safe(title, "bold"),)]
    margin = max((width_of(word) + 2 for word, _ in rows if word), default=0)
    for word, what in rows:
        indent = margin if word else 0
        for place, line in enumerate(wrap(clean(what), width - indent)):
            head = clean(word) if place == 0 else ""
            space = " " * (indent - width_of(head))
            lines.append(((head, MUTED), (space, ""), (line, "")))
    return lines


def why_lines(priority: int, band: str, reasons: Sequence[Reason], width: int, *, by: str = "") -> list[Line]:
    """The priority and every reason for it, with points, in words; `by` is the member who set it by hand."""
    lines: list[Line] = [(safe(f"why {priority} {band}" + (f", set by {by}" if by else ""), "bold"),)]
    for reason in reasons:
        words = wrap(clean(reason.why or reason.rule), width - 6)
        lines.append(((f"{signed(reason.points):>4}", ACCENT), ("  ", ""), (words[0], "")))
        lines += [(("      ", ""), (line, "")) for line in words[1:]]
    if not reasons:
        lines.append((("no rule gave it points", MUTED),))
    return lines


def why_line(priority: int, reasons: Sequence[Reason], width: int) -> Line:
    """The reasons in one line, the heaviest first: `why 88: refund words +35, VIP +15, waiting 56m +10`."""
    ordered = sorted(reasons, key=lambda reason: -abs(reason.points))
    words = ", ".join(f"{reason.why or reason.rule} {signed(reason.points)}" for reason in ordered)
    return (safe(cut_line(f"why {priority}: {words or 'no rule gave it points'}", width), MUTED),)
