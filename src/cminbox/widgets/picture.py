"""A picture of coloured half blocks: each cell shows two points, one above the other."""

from __future__ import annotations

from typing import NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

UPPER_HALF = "▀"


class Pixels(NamedTuple):
    """A picture.

    Attributes:
        content: three bytes a point, red, green and blue, line by line from the top.
    """

    width: int
    height: int
    content: bytes

    @property
    def lines(self) -> int:
        """How many lines of cells it takes."""
        return (self.height + 1) // 2

    def colour(self, x: int, y: int) -> Color | None:
        """The colour of a point; None below the last line."""
        if y >= self.height:
            return None
        at = 3 * (y * self.width + x)
        return Color.from_rgb(*self.content[at : at + 3])

    def strip(self, line: int) -> Strip:
        """One line of cells; neighbours that look the same are one piece."""
        pieces: list[Segment] = []
        last: tuple[Color | None, Color | None] | None = None
        many = 0
        for x in range(self.width + 1):
            look = (self.colour(x, 2 * line), self.colour(x, 2 * line + 1)) if x < self.width else None
            if look != last and last is not None:
                pieces.append(Segment(UPPER_HALF * many, Style(color=last[0], bgcolor=last[1])))
                many = 0
            last, many = look, many + 1
        return Strip(pieces, self.width)


class PictureView(Widget):
    """Shows a picture in its middle; nothing where there is none."""

    DEFAULT_CSS = "PictureView { height: 1fr; width: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._strips: list[Strip] = []

    def show(self, pixels: Pixels | None) -> None:
        """Show another one, or none."""
        self._strips = [pixels.strip(line) for line in range(pixels.lines)] if pixels is not None else []
        self.refresh()

    @property
    def room(self) -> Size:
        """How many cells there are for one."""
        return self.content_size

    def render_line(self, y: int) -> Strip:
        room = self.content_size
        line = y - max(0, (room.height - len(self._strips)) // 2)
        blank = Strip.blank(room.width, self.rich_style)
        if not 0 <= line < len(self._strips):
            return blank
        strip = self._strips[line]
        left = max(0, (room.width - strip.cell_length) // 2)
        right = max(0, room.width - left - strip.cell_length)
        air = self.rich_style
        return Strip([Segment(" " * left, air), *strip, Segment(" " * right, air)]).adjust_cell_length(room.width)
