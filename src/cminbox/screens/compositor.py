"""Drawing only what a change touches.

Textual draws every widget again whose clipping overlaps the box around all changes, and all lines of each: a cursor
that moves by one line costs as much as the whole screen. Here a widget takes part where it lies itself within that box,
and with the lines that are in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class FrugalCompositor(Compositor):
    """Textual's compositor, which asks widgets for the changed lines alone."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if crop is None:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            rows = Region(clip.x, crop.y, clip.width, crop.height).intersection(clip)
            seen = region.intersection(rows)
            if seen and crop.overlaps(seen):
                yield region, rows, widget.render_lines(seen.translate((-region.x, -region.y)))
