"""What is attached to a message: its picture, its words, its address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from cminbox import handles, links
from cminbox.errors import CminboxError
from cminbox.model import Attachment, attachment_words
from cminbox.screens.picture.loading import load_picture
from cminbox.text import one_line
from cminbox.widgets.picture import PictureView, Pixels
from cminbox.widgets.styled_lines import literal

if TYPE_CHECKING:
    from cminbox.model import StoredMessage
    from cminbox.screens.base import BaseScreen

LONGEST = 2_000
"""Characters of an address."""
MANY_COLOURS = ("256", "truecolor")

Load = Callable[[str, int, int], Awaitable[Pixels]]
"""Gives the picture at an address for so many columns and lines; raises CminboxError where it cannot be shown."""


class PictureScreen(ModalScreen[None]):
    """Shows attachments one at a time.

    Args:
        attachments: what is attached.
        load: gets a picture.
        whose: who sent them.
    """

    DEFAULT_CSS = """
    PictureScreen > Vertical { width: 100%; height: 100%; background: $background; padding: 0 1; }
    PictureScreen .picture--title { height: 1; color: $context; }
    PictureScreen .picture--words { height: auto; max-height: 4; text-style: bold; }
    PictureScreen .picture--trouble { height: auto; max-height: 4; color: $warning; }
    PictureScreen .picture--address { height: auto; max-height: 4; }
    PictureScreen .picture--hint { height: 1; color: $context; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i,enter", "leave", "leave", show=False, priority=True),
        Binding("right,j,n,space,down,right_square_bracket", "step(1)", "next", show=False, priority=True),
        Binding("left,k,p,up,left_square_bracket", "step(-1)", "before", show=False, priority=True),
        Binding("c,y", "copy", "copy the address", show=False, priority=True),
    ]

    def __init__(self, attachments: Sequence[Attachment], load: Load, whose: str) -> None:
        super().__init__()
        self._attachments, self._load, self._whose = tuple(attachments), load, whose
        self._place = 0
        self._drawn_for: tuple[int, Size] | None = None
        """Which one was asked for last, and for which room."""
        self._title, self._words = _text("title"), _text("words")
        self._trouble, self._address, self._hint = _text("trouble"), _text("address"), _text("hint")
        self._view = PictureView()

    def compose(self) -> ComposeResult:
        """Title and words above the picture, its address and the keys below."""
        with Vertical():
            yield self._title
            yield self._words
            yield self._view
            yield self._trouble
            yield self._address
            yield self._hint

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        """A picture is drawn for its room."""
        self.call_after_refresh(self._draw)

    @property
    def _shown(self) -> Attachment:
        return self._attachments[self._place]

    def _show(self) -> None:
        many, shown = len(self._attachments), self._shown
        place = f"{self._place + 1} of {many}, " if many > 1 else ""
        self._title.update(literal(f"{place}from {self._whose}"))
        self._words.update(literal(one_line(attachment_words(shown) if shown.alt else f"{shown.kind} without words")))
        self._address.update(literal(links.address(shown.address, LONGEST) if shown.address else "it has no address"))
        keys = (["c copies the address"] if shown.address else []) + (["j k next, before"] if many > 1 else [])
        self._hint.update(literal("   ".join([*keys, "Esc leaves"])))
        self._say("")
        self._view.show(None)
        self._drawn_for = None
        self.call_after_refresh(self._draw)

    def _say(self, words: str) -> None:
        self._trouble.update(literal(words))
        self._trouble.display = bool(words)

    def _draw(self) -> None:
        shown, room = self._shown, self._view.room
        if not room.area or self._drawn_for == (self._place, room):
            return
        self._drawn_for = self._place, room
        if shown.gone:
            self._say("it is gone")
        elif not shown.address:
            self._say("the network gave no address for it")
        elif shown.kind != "picture":
            self._say(f"a {shown.kind} is not shown here")
        elif self.app.console.color_system not in MANY_COLOURS:
            self._say("this terminal has too few colours for a picture")
        else:
            self._say("it is fetched …")
            # A function: a coroutine that another one takes the place of before it began would be told as forgotten.
            work: Callable[[], Any] = partial(self._fetch, shown, room)
            self.run_worker(work, exclusive=True, exit_on_error=False)

    async def _fetch(self, shown: Attachment, room: Size) -> None:
        try:
            pixels = await self._load(shown.address, room.width, room.height)
        except CminboxError as error:
            self._say(f"not shown: {error.line()}")
            return
        if shown is self._shown and self.is_attached:
            self._say("")
            self._view.show(pixels)

    def action_step(self, step: int) -> None:
        """Show the one so many places further, if there is one."""
        place = self._place + step
        if 0 <= place < len(self._attachments):
            self._place = place
            self._show()

    def action_copy(self) -> None:
        """Have the terminal keep the address, as OSC 52 asks it to."""
        if self._shown.address:
            self.app.copy_to_clipboard(self._shown.address)
            self._say("the address was given to the terminal's clipboard, if it takes one")

    def action_leave(self) -> None:
        self.dismiss(None)


def _text(name: str) -> Static:
    return Static("", classes=f"picture--{name}", markup=False)


def show_attachments(screen: BaseScreen, message: StoredMessage, network: str) -> None:
    """Show above a screen what is attached to a message; it has something."""
    whose = handles.called(network, message.author.handle, message.author.name)
    load = partial(load_picture, screen.services.config.paths.pictures)
    screen.app.push_screen(PictureScreen(message.attachments, load, whose))
