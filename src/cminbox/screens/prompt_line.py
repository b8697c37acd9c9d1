"""A line to type in, over the last lines of a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from textual import on
from textual.containers import Container

from cminbox.errors import CminboxError
from cminbox.screens.type_ahead import OPENING_SECONDS, KeyQueue
from cminbox.widgets.prompt import Completer, Prompt


class PromptLine(Container):
    """Holds a prompt while it is asked, and hands what was typed to whoever asked.

    Args:
        sign: what stands before the text: `:`, `/` or `\\`.
        value: the text to begin with.
        then: told the text; where it raises an error of ours, that is said and the text is asked for again.
        complete: what could stand at the cursor.
        history: earlier texts, oldest first.
        keys: those that are typed wait until there is a field for them, and again until it is gone.
        cursor: where the cursor is in the text to begin with; at its end unless given.
    """

    DEFAULT_CSS = "PromptLine { dock: bottom; height: auto; layer: overlay; }"

    def __init__(
        self,
        sign: str,
        value: str,
        then: Callable[[str], object],
        complete: Completer | None,
        history: Sequence[str],
        keys: KeyQueue,
        cursor: int | None = None,
    ) -> None:
        self._prompt = Prompt(sign, value, complete=complete, history=history, cursor=cursor)
        super().__init__(self._prompt)
        self._like_this = sign, then, complete, history
        self._then = then
        self._keys = keys
        self._hold = keys.hold(seconds=OPENING_SECONDS)
        self._entered = False
        self._answered = asyncio.Event()

    def again(self) -> Callable[[], PromptLine]:
        """What makes a line that asks the same, with the text and the cursor that this one has now."""
        sign, then, complete, history = self._like_this
        text, cursor = self._prompt.input.value, self._prompt.input.cursor_position
        return lambda: PromptLine(sign, text, then, complete, history, self._keys, cursor)

    @property
    def open(self) -> bool:
        """Whether it is asked still."""
        return not self._answered.is_set()

    async def answered(self) -> bool:
        """Wait until a text was entered; False where it was left without."""
        await self._answered.wait()
        return self._entered

    def on_descendant_focus(self) -> None:
        """There is a field for keys."""
        self._hold.release()

    def on_unmount(self) -> None:
        """Keys run commands again."""
        self._answered.set()
        self._hold.release()

    def _close(self) -> None:
        self._hold.release()
        self._hold = self._keys.hold(seconds=OPENING_SECONDS)
        self.remove()

    @on(Prompt.PromptLeft)
    def _prompt_left(self, event: Prompt.PromptLeft) -> None:
        event.stop()
        self._close()

    @on(Prompt.TextEntered)
    def _text_entered(self, event: Prompt.TextEntered) -> None:
        event.stop()
        try:
            self._then(event.text)
        except CminboxError as error:
            self._prompt.wrong(error.line())
        else:
            self._entered = True
            self._close()
