"""Lines as pieces of text with the names of their styles: quick to make, to compare and to draw.

Every text from outside is shown literally: never read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable

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
from cminbox.textwidth import width_of

MUTED = "$context"
ACCENT = "$accent"
ALARM = "$error"
CARE = "$warning"

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


def apart(left: Line, right: Line, room: int) -> Line:
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


def content(lines: Iterable[Line]) -> Content:
    """Lines for a widget that shows content."""
    return Content("\n").join(Content.assemble(*line) for line in lines)


def literal(text: str, style: str = "") -> Content:
    """A text from outside as content: cleaned again at the last door, and never read as markup."""
    safe = clean(text)
    return Content.styled(safe, style) if style else Content(safe)


def spread(left: Content, right: Content, width: int) -> Content:
    """One line: `left` at its start and `right` at its end."""
    gap = width - left.cell_length - right.cell_length
    return Content.assemble(left, " " * max(gap, 1), right)


class Painter:
    """Draws lines in the colours of a widget.

    Args:
        widget: whose background and text colour are below every style.
    """

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
