"""A list to choose from by typing: a filter line, the choices that match, and what the chosen one would do.

Choices may come from a network (names, labels, texts): they are always shown literally.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cminbox.text import clean, fold
from cminbox.textwidth import cut_line
from cminbox.widgets.asking import AskingScreen
from cminbox.widgets.styled_lines import ACCENT, MUTED, content, literal, safe, size, spread

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One thing to choose.

    Attributes:
        value: what choosing it gives.
        title: the word that names it.
        detail: quiet words at the end of its line.
        words: more words by which typing finds it.
        preview: what it would do or say, shown below the list while it is highlighted.
        marked: it holds already (a label that is on).
    """

    value: T
    title: str
    detail: str = ""
    words: str = ""
    preview: str = ""
    marked: bool = False


def matching(choices: Sequence[Choice[T]], typed: str) -> list[Choice[T]]:
    """The choices that have every word typed in their title, detail or words.

    What is called just so comes first, then what begins with it.
    """
    wanted = fold(typed).split()
    if not wanted:
        return list(choices)
    found: list[tuple[int, int, Choice[T]]] = []
    for place, choice in enumerate(choices):
        text = fold(f"{choice.title} {choice.detail} {choice.words}")
        if all(word in text for word in wanted):
            title = fold(choice.title)
            found.append((0 if title == " ".join(wanted) else 1 if title.startswith(wanted[0]) else 2, place, choice))
    return [choice for _, _, choice in sorted(found, key=lambda row: row[:2])]


class Picker(AskingScreen[T]):
    """Gives the value chosen, or None when left with Esc.

    Args:
        title: what is asked, in words.
        choices: in the order in which they are offered.
        typed: makes a choice of what is typed, where free input is allowed; None for text that is not understood.
        hint: the last line: which keys do what.
        empty: what to say and do when there is nothing to choose.
    """

    DEFAULT_CSS = """
    Picker { align: center middle; background: $background 60%; }
    Picker > Vertical {
        width: 72; max-width: 94%; height: auto; max-height: 90%;
        background: $surface; padding: 1 2 0 2;
    }
    Picker .picker--title { text-style: bold; height: auto; padding-bottom: 1; }
    Picker Input { border: none; height: 1; padding: 0; background: $foreground 8%; }
    Picker Input:focus { border: none; background-tint: $foreground 0%; }
    Picker OptionList {
        border: none; height: auto; max-height: 12; padding: 0; margin: 1 0 0 0;
        background: transparent; scrollbar-size-vertical: 1;
    }
    Picker OptionList:focus { border: none; background-tint: $foreground 0%; }
    Picker OptionList > .option-list--option-highlighted,
    Picker OptionList:focus > .option-list--option-highlighted {
        background: $accent 25%; color: $foreground; text-style: none;
    }
    Picker .picker--preview { height: auto; max-height: 9; margin-top: 1; padding: 0 1; border-left: outer $accent; }
    Picker .picker--hint { height: 1; margin: 1 0; color: $context; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", "next", show=False, priority=True),
        Binding("up", "move(-1)", "before", show=False, priority=True),
        Binding("pagedown", "move(10)", "page down", show=False, priority=True),
        Binding("pageup", "move(-10)", "page up", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[T]],
        *,
        typed: Callable[[str], Choice[T] | None] | None = None,
        hint: str = "Enter choose   ↑ ↓ move   Esc leave",
        empty: str = "Nothing to choose from.",
        placeholder: str = "type to narrow",
    ) -> None:
        super().__init__()
        self._title = self.asks = title
        self._given = tuple(choices)
        self._choices: list[Choice[T]] = []
        self._typed = typed
        self._hint = hint
        self._empty = empty
        self._placeholder = placeholder
        self._shown: list[Choice[T]] = []
        self._typed_before = ""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(literal(self._title), classes="picker--title", markup=False)
            yield Input(placeholder=self._placeholder)
            yield OptionList(markup=False)
            yield Static("", classes="picker--preview", markup=False)
            yield Static(literal(self._hint), classes="picker--hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        self.reload()

    def choices(self) -> Iterable[Choice[T]]:
        """What is offered; asked once the picker is shown, and again by `reload`."""
        return self._given

    def reload(self) -> None:
        """Asks for the choices again, keeping the highlight where it is."""
        place = self.query_one(OptionList).highlighted
        self._choices = list(self.choices())
        self._narrow()
        if place is not None and self._shown:
            self.query_one(OptionList).highlighted = min(place, len(self._shown) - 1)

    def notice(self, words: str) -> None:
        """What to say where there is nothing to choose."""
        self._empty = words

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._narrow)

    @on(Input.Changed)
    def _filter_changed(self) -> None:
        self._narrow()

    def _narrow(self) -> None:
        typed = clean(self.query_one(Input).value).strip()
        self._shown = matching(self._choices, typed)
        made = self._typed(typed) if self._typed and typed else None
        if made is not None and all(choice.title != made.title for choice in self._shown):
            self._shown.append(made)
        options = self.query_one(OptionList)
        width = (options.size.width or 66) - 3
        place = options.highlighted if self._typed_before == typed else 0
        self._typed_before = typed
        options.clear_options()
        options.add_options([Option(self.line(choice, width)) for choice in self._shown])
        if self._shown:
            options.highlighted = min(place or 0, len(self._shown) - 1)
        self._preview()

    def line(self, choice: Choice[T], width: int) -> Content:
        """A choice as one line."""
        detail = safe(cut_line(clean(choice.detail), max(width // 2, 10)), MUTED)
        mark = ("✓ ", ACCENT) if choice.marked else ("  ", "")
        title = safe(cut_line(choice.title, max(width - size((detail,)) - 3, 8)))
        return content([spread((mark, title), (detail,), width)])

    def _preview(self) -> None:
        choice = self.highlighted
        box = self.query_one(".picker--preview", Static)
        if choice is None:
            typed = self.query_one(Input).value.strip()
            words = "Nothing matches; Esc leaves, Backspace widens." if typed and self._choices else self._empty
            box.update(Content.styled(words, MUTED))
            box.display = True
            return
        box.update(literal(choice.preview))
        box.display = bool(choice.preview)

    @property
    def highlighted(self) -> Choice[T] | None:
        """The choice that Enter would take."""
        place = self.query_one(OptionList).highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None

    @on(OptionList.OptionHighlighted)
    def _highlight_moved(self) -> None:
        self._preview()

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _take(self) -> None:
        if self.highlighted is not None:
            self.choose(self.highlighted)

    def choose(self, choice: Choice[T]) -> None:
        """Gives the value of a choice to whoever asked."""
        self.dismiss(choice.value)

    def action_move(self, lines: int) -> None:
        options = self.query_one(OptionList)
        if self._shown:
            options.highlighted = min(max((options.highlighted or 0) + lines, 0), len(self._shown) - 1)

    def action_leave(self) -> None:
        self.dismiss(None)
