"""The app that writes to the terminal only what the terminal does not show already."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App

from cminbox.terminal.diff import Drawn, Written

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.screen import Screen
    from textual.strip import Strip


class FrugalApp(App[None], inherit_bindings=False):
    """An app whose screens, one above the other, share what is known of the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn = Drawn(os.environ)

    def on_resize(self) -> None:
        """The terminal has another size, or has shown something else meanwhile."""
        self.draw_anew()

    def draw_anew(self) -> None:
        """Write the whole screen again, whatever the terminal shows."""
        self._drawn.forget()
        for screen in self.screen_stack[-1:]:
            screen.refresh()

    def expect(self, strips: Iterable[Strip]) -> None:
        """These lines may be drawn soon: what can be worked out before is."""
        self._drawn.expect(strips)

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        # Textual draws all of a screen again when the one below it changes, even where nothing of that is seen.
        return [] if self.screen.styles.background.a == 1 else super()._background_screens

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        shown: Any = renderable
        if (
            isinstance(renderable, LayoutUpdate | ChopsUpdate)
            and self._running
            and not (self._batch_count or self._closed or self.is_headless or self._driver is None)
        ):
            if not screen.is_mounted:
                # Nothing of it is there yet: what is shown stays until all of it comes at once.
                screen._compositor._dirty_regions.add(screen.size.region)
                return
            colours = self.console._color_system or ColorSystem.TRUECOLOR
            text = self._drawn.changes(renderable, *self.size, colours)
            moved = self.screen.outer_size.clamp_offset(self.cursor_position) != self._previous_cursor_position
            shown = Written(text) if text or moved else None
        super()._display(screen, shown)
