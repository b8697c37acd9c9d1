"""The app that gives keys to what is in front, one at a time: they wait in the queue of keys typed ahead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.screen import Screen

from cminbox.screens.esc_meaning import EscMeaning
from cminbox.screens.type_ahead import OPENING_SECONDS, KeyQueue
from cminbox.terminal.compat import BrokenEsc
from cminbox.terminal.diff_app import DiffApp
from cminbox.terminal.keys import read_alt_digits
from cminbox.text import clean

if TYPE_CHECKING:
    from textual.await_complete import AwaitComplete
    from textual.dom import DOMNode
    from textual.widget import Widget


MOST_PASTED = 100_000
"""Characters of a pasted text."""


class TypingApp(DiffApp, inherit_bindings=False):
    """An app whose keys wait for what the keys before them set off (`screens.type_ahead`)."""

    def __init__(self) -> None:
        super().__init__()
        esc = EscMeaning(lambda: self.screen_stack)
        self.key_queue = KeyQueue(
            lambda: self.screen_stack[-1] if self.screen_stack else None,
            lambda: self.call_later(self._deliver_keys),
            esc.parts,
            esc.came,
            esc.opened,
        )

    def on_load(self) -> None:
        """Before the terminal's first key is read."""
        read_alt_digits()

    async def on_event(self, event: events.Event) -> None:
        """Keys go into the queue before anything else sees them."""
        if isinstance(event, events.Paste) and not event.is_forwarded:
            # It may be a stranger's text, and a field shows it as it is.
            event.text = clean(event.text, MOST_PASTED)
        if isinstance(event, events.Key | events.Paste | BrokenEsc) and not event.is_forwarded:
            self.key_queue.put(event)
            await self._deliver_keys()
        else:
            await super().on_event(event)

    async def _deliver_keys(self) -> None:
        while (event := self.key_queue.next()) is not None:
            if isinstance(event, BrokenEsc):
                continue
            target = self.focused or self.screen
            await super().on_event(event)
            # A character in a field is text, whatever comes behind it; any other key may lead somewhere else.
            if event.is_forwarded and not _is_text(event, target):
                _when_done(target, self.key_queue.hold(seconds=OPENING_SECONDS).release)

    def push_screen(self, *args: Any, **named: Any) -> Any:
        """Show a screen above the others; keys wait until it takes them."""
        below = len(self.screen_stack)
        pushed = super().push_screen(*args, **named)
        if len(self.screen_stack) > below:
            self.key_queue.opened(self.screen)
        self._hold_for_front()
        return pushed

    def pop_screen(self) -> AwaitComplete:
        """Leave the screen in front; keys go to the one below, once it is there again."""
        left = self.screen
        popped = super().pop_screen()
        self.key_queue.left(left)
        self._hold_for_front()
        return popped

    def _hold_for_front(self) -> None:
        screen, hold = self.screen, self.key_queue.hold(seconds=OPENING_SECONDS)

        def arrived() -> None:
            if screen.focused is None and screen.query("Input, TextArea"):
                self.watch(screen, "focused", lambda focused: hold.release() if focused else None, init=False)
            else:
                hold.release()

        # Behind what the screen does as it comes to the front.
        if not screen.call_later(arrived):
            hold.release()


def _is_text(event: events.Key | events.Paste, target: Widget) -> bool:
    return isinstance(event, events.Paste) or target.check_consume_key(event.key, event.character)


def _when_done(target: Widget, done: Callable[[], None]) -> None:
    """Call something once all is done that a key, just delivered, sets off at a widget and in those around it.

    A key goes from the widget up to the app, and what the app's bindings make of it is done at the widget again, which
    may send a message up the same way. A callback takes the same ways behind them, through the same queues.
    """
    if isinstance(target, Screen):
        stops: list[DOMNode] = [target]
    else:
        path = target.ancestors_with_self
        # Twice at each, the second time: what takes one message there may send another.
        stops = [*path, *(node for node in path[:-1] for _ in range(2))]

    def go_on() -> None:
        while stops:
            if stops.pop(0).call_later(go_on):
                return
        done()

    go_on()
