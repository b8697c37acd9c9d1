"""Lines as pieces of text with the names of their styles: quick to make, to compare and to draw.

Every text from outside is shown literally: never read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.content import Content
from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from cminbox.text import clean
from cminbox.textwidth import cut, width_of

MUTED = "$context"
ACCENT = "$accent"
ALARM = "$error"
CARE = "$warning"
FAINT = "$faint"
TEXT = "$foreground"

Piece = tuple[str, str]
"""A text, literal, and its style as style sheets write it: `$context`, `bold $accent`, or nothing."""
Line = tuple[Piece, ...]


def plain(line: Line) -> str:
    """The line without its styles."""
    return "".join(text for text, _ in line)


def size(line: Line) -> int:
    """How many cells a line takes."""
    return sum(width_of(text) for text, _ in line)


def safe(text: str, style: str = "") -> Piece:
    """A piece from outside: cleaned again at the last door, and in one line."""
    return clean(text).replace("\n", " "), style


def spread(left: Line, right: Line, room: int) -> Line:
    """One line: `left` at its start and `right` at its end."""
    return (*left, (" " * max(room - size(left) - size(right), 1), ""), *right)


def exact(line: Line, room: int) -> Line:
    """A line of exactly `room` cells: filled with blanks, or cut where it is longer."""
    used = size(line)
    if used <= room:
        return (*line, (" " * (room - used), "")) if used < room else line
    found: list[Piece] = []
    for text, style in line:
        found.append((set_cell_size(text, min(width_of(text), room)), style))
        room -= width_of(found[-1][0])
    return tuple(found)


def shortened(line: Line, room: int) -> Line:
    """A line cut with an ellipsis where it is longer than `room` cells."""
    if size(line) <= room:
        return line
    found: list[Piece] = []
    for text, style in line:
        shown = cut(text, room)
        found.append((shown, style))
        room -= width_of(shown)
        if width_of(shown) < width_of(text):
            break
    return tuple(found)


def content(lines: Iterable[Line]) -> Content:
    """Lines for a widget that shows content."""
    return Content("\n").join(Content.assemble(*line) for line in lines)


def literal(text: str) -> Content:
    """A text from outside as content: cleaned again at the last door, and never read as markup."""
    return Content(clean(text))


class Painter:
    """Draws lines over the background and in the text colour of a widget."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[str, RichStyle] = {}

    def forget(self) -> None:
        """Another theme has other colours."""
        self._styles.clear()

    def style(self, name: str) -> RichStyle:
        """A style by its name."""
        found = self._styles.get(name)
        if found is None:
            base = self._widget.visual_style
            found = self._styles[name] = (base + Style.parse(name) if name else base).rich_style
        return found

    def strip(self, line: Line, room: int) -> Strip:
        """A line as it is drawn, exactly `room` cells; pieces of one style that follow each other as one."""
        found: list[Segment] = []
        held, last = "", ""
        for text, name in exact(line, room):
            if name == last:
                held += text
                continue
            if held:
                found.append(Segment(held, self.style(last)))
            held, last = text, name
        if held:
            found.append(Segment(held, self.style(last)))
        return Strip(found, room)


class LinesWidget(Widget):
    """A widget that draws the lines which it makes for its width; as high as they are, where its height is `auto`."""

    LEAST: ClassVar[int] = 8
    """Cells for which lines are made where there are fewer; what is too much is cut."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._painter = Painter(self)
        self._drawn: Sequence[Line] = ()

    def lines(self, width: int) -> Sequence[Line]:
        """What it shows, in lines of so many cells."""
        return ()

    @property
    def plain(self) -> str:
        """All of it as plain text."""
        return "\n".join(map(plain, self.lines(max(self.size.width, self.LEAST))))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self.lines(max(width, self.LEAST)))

    def render_lines(self, crop: Region) -> list[Strip]:
        self._drawn = self.lines(max(self.size.width, self.LEAST))
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        return self._painter.strip(self._drawn[y] if y < len(self._drawn) else (), self.size.width)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget()


def bare_lines(widget: Widget, crop: Region) -> list[Strip]:
    """What `render_lines` gives for a widget that draws its lines whole, in colours of its own.

    Textual puts border, padding and background around each line, and looks for colours of the terminal's palette in it:
    that takes longer than drawing the line.
    """
    strips = [widget.render_line(y) for y in crop.line_range]
    for line_filter in widget.get_line_filters():
        if not isinstance(line_filter, ANSIToTruecolor):
            strips = [strip.apply_filter(line_filter, widget.background_colors[1]) for strip in strips]
    if crop.column_span != (0, widget.size.width):
        strips = [strip.crop(*crop.column_span) for strip in strips]
    return strips
