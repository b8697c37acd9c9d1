"""A prompt in the last line, for commands, searches and filters: completion, history, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from cminbox.textwidth import cut, first_lines, width_of

MOST_LINES = 4
"""Lines that what is wrong takes at most."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What could stand at the cursor.

    Attributes:
        start: where in the text the options begin.
        options: what may stand there; each replaces the text from `start` to the cursor.
        note: a word about what is expected, shown when there are no options.
    """

    start: int
    options: tuple[str, ...]
    note: str = ""


Completer = Callable[[str, int], Completion]


class Prompt(Widget):
    """One line to type in, below a line of completions; takes the place of the last lines of a screen.

    Args:
        sign: what stands before the text: `:`, `/` or `\\`.
        value: the text to begin with.
        complete: what could stand at the cursor; called at each change.
        history: earlier texts, oldest first.
        cursor: where in the text to begin with; at its end unless given.
    """

    DEFAULT_CSS = """
    Prompt {
        height: auto; padding: 0 1; background: $background;
        & > #prompt-options { height: 1; color: $context; }
        & > #prompt-options.-wrong { color: $error; }
        & > Horizontal { height: 1; }
        & #prompt-sign { width: 2; color: $accent; text-style: bold; }
        & Input, & Input:focus {
            width: 1fr; height: 1; border: none; padding: 0; background: $background; background-tint: $background 0%;
        }
    }
    """

    @dataclass
    class TextEntered(Message):
        """A text was entered with Enter."""

        text: str

    @dataclass
    class PromptLeft(Message):
        """The prompt was left with Esc, or with Backspace in an empty one."""

    def __init__(
        self,
        sign: str,
        value: str = "",
        *,
        complete: Completer | None = None,
        history: Sequence[str] = (),
        cursor: int | None = None,
    ) -> None:
        super().__init__()
        self._sign = sign
        self._value = value
        self._cursor = len(value) if cursor is None else cursor
        self._complete = complete
        self._history = [*history]
        self._at = len(self._history)
        self._typed = value
        self._completion = Completion(0, ())
        self._tail = ""
        self._chosen = -1

    def compose(self) -> ComposeResult:
        yield Static("", id="prompt-options", markup=False)
        with Horizontal():
            yield Static(self._sign, id="prompt-sign", markup=False)
            yield Input(self._value, id="prompt-input", select_on_focus=False)

    def on_mount(self) -> None:
        self.input.focus()
        self.input.cursor_position = self._cursor
        self._look_up()

    @property
    def input(self) -> Input:
        """The field that is typed into."""
        return self.query_one("#prompt-input", Input)

    @property
    def options(self) -> tuple[str, ...]:
        """What could stand at the cursor."""
        return self._completion.options

    def wrong(self, line: str) -> None:
        """Say what is wrong with the text, in place of the completions, until it is changed; all of it."""
        shown = self.query_one("#prompt-options", Static)
        shown.add_class("-wrong")
        lines = first_lines(line, max(8, self.size.width - 2), MOST_LINES)
        shown.styles.height = len(lines)
        shown.update(Content("\n".join(lines)))

    @on(Input.Changed)
    def _text_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._chosen < 0:
            self._look_up()

    @on(Input.Submitted)
    def _text_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.TextEntered(event.value))

    def _look_up(self) -> None:
        if self._complete is not None:
            self._completion = self._complete(self.input.value, self.input.cursor_position)
        self._show_options()

    def _show_options(self) -> None:
        shown = self.query_one("#prompt-options", Static)
        shown.remove_class("-wrong")
        shown.styles.height = 1
        room = max(8, self.size.width - 2)
        if not self._completion.options:
            shown.update(Content(cut(self._completion.note, room)))
            return
        parts: list[Content] = []
        first = max(0, self._chosen - 2)
        for index in range(first, len(self._completion.options)):
            option = cut(self._completion.options[index], 40)
            room -= width_of(option) + 2
            if room < 0:
                break
            parts.append(Content.styled(option, "$accent bold") if index == self._chosen else Content(option))
        shown.update(Content("  ").join(parts))

    def on_key(self, event: events.Key) -> None:
        """Tab completes, up and down go through the history, Esc leaves."""
        match event.key:
            case "tab":
                self._step(1)
            case "shift+tab":
                self._step(-1)
            case "up":
                self._remember(-1)
            case "down":
                self._remember(1)
            case "escape":
                self.post_message(self.PromptLeft())
            case "backspace" if not self.input.value:
                self.post_message(self.PromptLeft())
            case _:
                self._chosen = -1
                return
        event.stop()
        event.prevent_default()

    def _step(self, by: int) -> None:
        options = self._completion.options
        if not options:
            return
        if self._chosen < 0:
            self._tail = self.input.value[self.input.cursor_position :]
        self._chosen = (self._chosen + by) % len(options) if self._chosen >= 0 or by > 0 else len(options) - 1
        text = self.input.value[: self._completion.start] + options[self._chosen]
        self._put(text + self._tail, len(text))
        if len(options) == 1:
            self._chosen = -1
            self._look_up()
        else:
            self._show_options()

    def _put(self, text: str, at: int) -> None:
        with self.prevent(Input.Changed):
            self.input.value = text
        self.input.cursor_position = at

    def _remember(self, by: int) -> None:
        if self._at == len(self._history):
            self._typed = self.input.value
        self._at = max(0, min(self._at + by, len(self._history)))
        text = self._history[self._at] if self._at < len(self._history) else self._typed
        self._chosen = -1
        self._put(text, len(text))
        self._look_up()
