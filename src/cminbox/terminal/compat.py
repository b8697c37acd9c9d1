"""All that the program uses of Textual's and Rich's inside. No other module may use a private name of theirs.

Textual has no public way to say what is written of an update, or to know a widget's new size before its first paint. It
has none to give a sequence of the terminal another key, or to join one that came in two packets, and Rich none to
measure as the terminal does. A release may change any of this: `tests/unit/test_textual_internals.py` names each thing
that is used here and says what has changed.
"""

from __future__ import annotations

import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TextIO

from rich import cells
from rich._unicode_data import load as load_table
from rich.cells import CellTable
from rich.console import RenderableType
from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from cminbox.terminal.packets import ESC, EscWasNone, PacketReader, Pasted, Piece

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.message import Message

__all__ = ["BrokenEsc", "CellTable", "ChopsUpdate", "CompositorUpdate", "EscAndKey", "HookedApp", "HookedWidget",
           "LayoutUpdate", "PacketDriver", "cell_table", "is_known_sequence", "measure_by", "messages_of",
           "name_keys"]  # fmt: skip

LOOK_SECONDS = 0.1
"""How often the thread that reads the terminal looks whether it shall end."""
READ_BYTES = 4096


class _Forgiving:
    """A file for a terminal that may go away: what cannot be written is dropped, for nobody is there to see it."""

    def __init__(self, file: TextIO) -> None:
        self._written = file

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._written.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._written.flush()

    def fileno(self) -> int:
        return self._written.fileno()


class HookedApp(App[None], inherit_bindings=False):
    """Textual's app, which asks what is written of an update and tells of errors that would end it."""

    draws_plainly = False
    """Whether Textual writes as it does by itself, and asks nothing."""

    def update_to_write(self, screen: Screen[Any], update: LayoutUpdate | ChopsUpdate) -> CompositorUpdate | None:
        """What is written of an update that a screen drew; nothing at all where it is None."""
        return update

    def deal_with(self, error: Exception) -> bool:
        """Do what has to be done about an error that nobody caught; where it is False, Textual prints a traceback."""
        return False

    @property
    def cursor_moves(self) -> bool:
        """Whether the terminal's cursor goes to another place with the next update."""
        return self.screen.outer_size.clamp_offset(self.cursor_position) != self._previous_cursor_position

    def draw_whole_next(self, screen: Screen[Any]) -> None:
        """Let the next update of a screen be all of it."""
        screen._compositor._dirty_regions.add(screen.size.region)

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver for this terminal; where that is the one for terminals, ours."""
        driver = super().get_driver_class()
        return PacketDriver if driver is LinuxDriver else driver

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        # Textual writes nothing in a batch, without a terminal and on its way out: then nothing may be asked either.
        writes = self.is_running and not (
            self._batch_count or self._closed or self.is_headless or self._driver is None or self.draws_plainly
        )
        if writes and isinstance(renderable, LayoutUpdate | ChopsUpdate):
            update: Any = self.update_to_write(screen, renderable)
            super()._display(screen, update)
        else:
            super()._display(screen, renderable)

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        # Textual draws all of a screen again when the one below it changes, even where nothing of that is seen.
        opaque = self.screen.styles.background.a == 1
        return [] if opaque and not self.draws_plainly else super()._background_screens

    def _handle_exception(self, error: Exception) -> None:
        if not self.deal_with(error):
            super()._handle_exception(error)


def mount_unseen(app: App[Any], screen: Screen[Any]) -> None:
    """Mount an installed screen, with its styles, before it is first shown."""
    app._load_screen_css(screen)
    app._get_screen(screen)


class HookedWidget(Widget):
    """Textual's widget, which is told of a new size before it is painted in it; the Resize event comes after that."""

    def size_changed(self) -> None:
        """It has another size than before."""

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        before = self.outer_size
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if self.outer_size != before:
            self.size_changed()
        return changed


class EscAndKey(events.Key):
    """Esc and a key in one packet. Nobody can tell from the bytes whether it is Alt and that key, or first one and then
    the other.

    Attributes:
        behind: the key behind the Esc.
    """

    def __init__(self, behind: events.Key) -> None:
        # It is none of a text, and Alt and a sign is not that sign.
        super().__init__(f"alt+{behind.key}", None)
        self.behind = behind


EscAndKey.handler_name = events.Key.handler_name


class BrokenEsc(events.Event, bubble=False):
    """The Esc before this was none: it was the beginning of a key that came in two packets, and the rest comes now."""


class PacketDriver(LinuxDriver):
    """Textual's driver for terminals, which joins the bytes of a key however they come.

    It outlives its terminal, and takes back all the modes that it set.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        # Else the thread that writes ends with the terminal, and whoever writes next waits for it for ever.
        self._file: Any = _Forgiving(self._file)

    def stop_application_mode(self) -> None:
        """Textual leaves the mouse counted in pixels where the terminal can do that."""
        self.write("\x1b[?1016l")
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read the terminal until the driver shall end, or the terminal is gone."""
        packets, parser = PacketReader(is_known_sequence, constants.ESCAPE_DELAY), XTermParser()
        # Bytes that are no text are shown as such, and end nothing.
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                wait = packets.wait(time.monotonic())
                if selector.select(LOOK_SECONDS if wait is None else min(wait, LOOK_SECONDS)):
                    try:
                        data = os.read(self.fileno, READ_BYTES)
                    except OSError:
                        return
                    if not data:
                        return
                    text = decode(data)
                    pieces = packets.read(text, time.monotonic()) if text else []
                else:
                    pieces = packets.rest(time.monotonic())
                for piece in pieces:
                    for message in messages_of(parser, piece):
                        self.process_message(message)


def messages_of(parser: XTermParser, piece: Piece) -> Iterator[Message]:
    """What a piece of what was typed is to Textual; nothing of it waits for what comes behind."""
    if isinstance(piece, Pasted):
        yield events.Paste(piece.text)
        return
    if isinstance(piece, EscWasNone):
        yield BrokenEsc()
        return
    alt = len(piece) == 2 and piece[0] == ESC
    found = list(parser.feed(piece[1:] if alt else piece))
    if parser._timeout_time is not None:
        parser._timeout_time = 0.0
        found += parser.tick()
    yield from (EscAndKey(one) if alt and isinstance(one, events.Key) else one for one in found)


def is_known_sequence(sequence: str) -> bool:
    """Whether a whole sequence of a terminal means something to Textual: a key, the mouse, a report."""
    parser = XTermParser()
    for _ in parser.feed(sequence):
        pass
    return parser._timeout_time is None


def name_keys(names: Mapping[str, str]) -> None:
    """From now on each of these sequences of the terminal is the key of that name, known without a delay."""
    table: dict[str, Any] = ANSI_SEQUENCES_KEYS  # type: ignore[assignment]
    table.update({sequence: (SimpleNamespace(value=name),) for sequence, name in names.items()})


def cell_table() -> CellTable:
    """How wide Rich draws each character of the newest Unicode that it knows."""
    return load_table("latest")


def measure_by(table: CellTable) -> None:
    """Let all measures of Rich and Textual use this table, whatever version of Unicode they ask for."""

    vars(cells)["load_cell_table"] = lambda unicode_version="auto": table
    cells.get_character_cell_size.cache_clear()
    cells.cached_cell_len.cache_clear()
