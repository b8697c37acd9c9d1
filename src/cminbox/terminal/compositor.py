"""Drawing only what a change touches, and what is seen.

Textual draws every widget again whose clipping overlaps the box around all changes, and all lines of each: a cursor
that moves by one line costs as much as the whole screen. Here a widget takes part where it lies itself within that box,
with the lines that are in it, and only where nothing in front of it hides all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from textual._compositor import Compositor, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip


class FrugalCompositor(Compositor):
    """Textual's compositor, which asks widgets for the changed lines alone."""

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """The whole screen. What a widget leaves out of its box is blank for now; else nothing could be drawn."""
        update = super().render_full_update(simplify)
        for y, (strips, cuts) in enumerate(zip(update.strips, self.cuts, strict=False)):
            pieces: list[Strip | None] = list(strips)
            if None in pieces:
                sizes = (end - start for start, end in pairwise(cuts))
                update.strips[y] = [
                    Strip.blank(size) if strip is None else strip for strip, size in zip(pieces, sizes, strict=True)
                ]
        return update

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if crop is None:
            yield from super()._get_renders(crop)
            return
        drawn = Cover()
        # From the front to the back.
        for widget, (region, clip) in self.visible_widgets.items():
            rows = Region(clip.x, crop.y, clip.width, crop.height).intersection(clip)
            seen = region.intersection(rows)
            if seen and crop.overlaps(seen) and drawn.add(seen):
                yield region, rows, widget.render_lines(seen.translate((-region.x, -region.y)))


class Cover:
    """Which cells have something in them already; a line is a number with a bit for each cell."""

    def __init__(self) -> None:
        self._lines: dict[int, int] = {}

    def add(self, region: Region) -> bool:
        """Cover a region; whether any cell of it was free."""
        bits, free = ((1 << region.width) - 1) << region.x, False
        for y in region.line_range:
            before = self._lines.get(y, 0)
            free = free or before | bits != before
            self._lines[y] = before | bits
        return free
