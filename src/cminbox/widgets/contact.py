"""What is known beside the thread: why it is here, who writes, what was done. Plain words in a narrow column."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from cminbox.model import Reason
from cminbox.widgets.cells import width as cells
from cminbox.widgets.message_view import ACCENT, MUTED, fit, literal, wrap


class Facts(Widget):
    """A heading and lines below it; as high as what it says."""

    DEFAULT_CSS = "Facts { height: auto; width: 1fr; padding: 0 1; margin-bottom: 1; }"

    def __init__(self, title: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._title = title
        self._rows: tuple[tuple[str, str], ...] = ()

    def show(self, rows: Sequence[tuple[str, str]], title: str = "") -> None:
        """Shows rows of (word, what): a row without a word is a line of its own."""
        self._rows = tuple(rows)
        self._title = title or self._title
        self.display = bool(rows)
        self.refresh(layout=True)

    @property
    def plain(self) -> str:
        """All of it as plain text."""
        return "\n".join(line.plain for line in self._lines(max(self.size.width, 24)))

    def _lines(self, width: int) -> list[Content]:
        lines = [literal(self._title, "bold")]
        # Words stand in a column of their own, as wide as the longest of them.
        margin = max((cells(word) + 2 for word, _ in self._rows if word), default=0)
        for word, what in self._rows:
            indent = margin if word else 0
            for place, line in enumerate(wrap(what, width - indent)):
                head = word if place == 0 else ""
                space = " " * (indent - cells(head))
                lines.append(Content.assemble(literal(head, MUTED), space, literal(line)))
        return lines

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as it has."""
        return len(self._lines(max(width, 8)))

    def render(self) -> Content:
        """The heading and its lines."""
        return Content("\n").join(self._lines(max(self.size.width, 8)))


def signed(points: int) -> str:
    """Points with their sign: `+35`, `−10`."""
    return f"+{points}" if points >= 0 else f"−{-points}"


class Why(Facts):
    """The priority and every reason for it, with points, in words."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("why", id=id, classes=classes)
        self._reasons: tuple[Reason, ...] = ()

    def explain(self, priority: int, band: str, reasons: Sequence[Reason], *, by: str = "") -> None:
        """Shows why a conversation has its priority; `by` is the member who set it by hand."""
        self._reasons = tuple(reasons)
        self._title = f"why {priority} {band}" + (f", set by {by}" if by else "")
        self.display = True
        self.refresh(layout=True)

    def _lines(self, width: int) -> list[Content]:
        lines = [literal(self._title, "bold")]
        for reason in self._reasons:
            points = Content.styled(f"{signed(reason.points):>4}", ACCENT)
            words = wrap(reason.why or reason.rule, width - 6)
            lines.append(Content.assemble(points, "  ", literal(words[0])))
            lines += [Content.assemble("      ", literal(line)) for line in words[1:]]
        if not self._reasons:
            lines.append(Content.styled("no rule gave it points", MUTED))
        return lines


def why_line(priority: int, reasons: Sequence[Reason], width: int) -> Content:
    """The reasons in one line, the heaviest first: `why 88: refund words +35, VIP +15, waiting 56m +10`."""
    ordered = sorted(reasons, key=lambda reason: -abs(reason.points))
    words = ", ".join(f"{reason.why or reason.rule} {signed(reason.points)}" for reason in ordered)
    return literal(fit(f"why {priority}: {words or 'no rule gave it points'}", width), MUTED)
