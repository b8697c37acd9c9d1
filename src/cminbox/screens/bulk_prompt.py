"""Actions on many, as a screen has them: asked once more with what would change, told how far they are, undone."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from cminbox.errors import CminboxError, UsageError
from cminbox.widgets.styled_lines import literal

if TYPE_CHECKING:
    from textual import events

    from cminbox.commands.registry import Command
    from cminbox.desk import Outcome
    from cminbox.screens.base import BaseScreen

ASKED = 50
"""Conversations from which on an action first says what it would change."""
PROGRESS_SECONDS = 0.25


class Agree(ModalScreen[bool | None]):
    """Says what an action on many would change, and asks whether it shall.

    Args:
        words: what is known at once.
        keys: keys that agree, besides Enter.
    """

    DEFAULT_CSS = """
    Agree { align: center bottom; background: $background 0%; }
    Agree > Vertical { width: 100%; height: auto; background: $surface; padding: 0 1; }
    Agree .agree--what { height: auto; text-style: bold; }
    Agree .agree--hint { height: 1; color: $context; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "leave", show=False, priority=True),
        Binding("enter", "answer(True)", "do it", show=False, priority=True),
    ]

    def __init__(self, words: str, keys: str) -> None:
        super().__init__()
        self._words, self._keys = words, keys

    def compose(self) -> ComposeResult:
        """What would change, and the keys."""
        with Vertical():
            yield Static(literal(self._words), classes="agree--what", markup=False)
            again = f" or {self._keys}" if self._keys else ""
            yield Static(literal(f"Enter{again} does it   Esc leaves it"), classes="agree--hint", markup=False)

    def tell(self, words: str) -> None:
        """What would change is known now."""
        for what in self.query(".agree--what").results(Static):
            what.update(literal(words))

    def on_key(self, event: events.Key) -> None:
        """The command's own key agrees too."""
        from cminbox.terminal.keys import pressed_key

        event.stop()
        if pressed_key(event) == self._keys:
            self.dismiss(True)

    def action_answer(self, agreed: bool) -> None:
        """Yes or no."""
        self.dismiss(agreed)


async def agreed(screen: BaseScreen, command: Command, args: tuple[str, ...], ids: tuple[int, ...]) -> bool:
    """Whether the person wants it, once they have read what would change. A few need no question."""
    if len(ids) <= ASKED:
        return True
    keys = screen.services.keys_for(command.id, screen.CONTEXT)
    asking = Agree(f"{command.name} {len(ids):,}: looking what would change …", keys)

    async def look() -> None:
        try:
            asking.tell((await rehearsed(screen, command.name, args, ids)).summary)
        except CminboxError as error:
            asking.dismiss(False)
            screen.say_error(error)

    looking = asyncio.create_task(look())
    try:
        answer: bool | None = await screen.ask(asking)
        return answer is True
    finally:
        looking.cancel()


async def rehearsed(screen: BaseScreen, name: str, args: tuple[str, ...], ids: tuple[int, ...]) -> Outcome:
    """What a command would change, read on another thread."""
    from cminbox.commands.run import run

    return await screen.aside(run, name, args, ids, screen.services.desk, screen.services.clock(), dry_run=True)


async def dry(screen: BaseScreen, words: tuple[str, ...]) -> None:
    """Say what a command would change, and change nothing: `:dry close`."""
    if not words:
        raise UsageError("dry: which command?", "such as: dry close, dry assign ana")
    ids = screen.targets()
    screen.say((await rehearsed(screen, words[0], words[1:], ids)).summary, keep=True)


def progress(screen: BaseScreen, name: str, of: int) -> Callable[[int], None] | None:
    """What the desk's thread tells how far it is; the last line says it, some times a second. None for a few."""
    from cminbox.screens.base import MANY

    if of <= MANY:
        return None
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()
    stops = screen.services.keys_for("app.back", "queue")
    ends = f"; {stops} stops it" if stops and screen.CONTEXT == "queue" else "; Ctrl+C stops it"
    screen.say(f"{name}: {of:,} conversations …{ends}", keep=True)
    screen.let_keys_go()
    due = time.monotonic() + PROGRESS_SECONDS

    def say(done: int) -> None:
        if screen.services.desk_threads.busy:
            screen.say(f"{name}: {done:,} of {of:,} conversations …{ends}", keep=True)

    def tell(done: int) -> None:
        nonlocal due
        if time.monotonic() >= due and done < of:
            due = time.monotonic() + PROGRESS_SECONDS
            loop.call_soon_threadsafe(functools.partial(say, done), context=context)

    return tell


async def undo(screen: BaseScreen) -> Outcome | None:
    """Take the last action back; a long one is stopped first, and taking it back says how far it is."""
    desk = screen.services.desk
    many = desk.prepare_undo()
    told = progress(screen, "undo", many)
    return await screen.call_for(many, lambda: desk.undo(progress=told))
