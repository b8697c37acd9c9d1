"""The app that writes to the terminal only what the terminal does not show already."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS

from cminbox.terminal.compat import ChopsUpdate, CompositorUpdate, HookedApp, LayoutUpdate
from cminbox.terminal.diff import ScreenDiff, WrittenUpdate

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.strip import Strip


def plain_asked(environ: Mapping[str, str]) -> bool:
    """Whether `CMINBOX_PLAIN` asks for Textual's own way to write to the terminal."""
    return environ.get("CMINBOX_PLAIN", "") not in ("", "0")


class DiffApp(HookedApp, inherit_bindings=False):
    """An app whose screens, one above the other, share what is known of the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.draws_plainly = plain_asked(os.environ)
        self._terminal = ScreenDiff(os.environ)

    def on_resize(self) -> None:
        # The terminal may have shown something else meanwhile.
        self.draw_anew()

    def draw_anew(self) -> None:
        """Write the whole screen again, whatever the terminal shows."""
        self._terminal.forget()
        for screen in self.screen_stack[-1:]:
            screen.refresh()

    def prepare(self, strips: Iterable[Strip]) -> None:
        """These lines may be drawn soon: what can be worked out before is."""
        if not self.draws_plainly:
            self._terminal.prepare(strips)

    def update_to_write(self, screen: Screen[Any], update: LayoutUpdate | ChopsUpdate) -> CompositorUpdate | None:
        """The cells that differ; nothing where none does and the cursor stays."""
        if not screen.is_mounted:
            # Nothing of it is there yet: what is shown stays until all of it comes at once.
            self.draw_whole_next(screen)
            return None
        colours = COLOR_SYSTEMS.get(self.console.color_system or "", ColorSystem.TRUECOLOR)
        text = self._terminal.changes(update, *self.size, colours)
        return WrittenUpdate(text) if text or self.cursor_moves else None
