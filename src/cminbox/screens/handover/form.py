"""Asks the leaving member what worries them, what they promised outside, and what the next one must not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cminbox.screens.pickers.dialog import Dialog
from cminbox.store.handovers import Words
from cminbox.text import clean, one_line
from cminbox.widgets.styled_lines import literal

FIELDS = (
    ("worries", "what worries you?"),
    ("promised", "what did you promise outside of cminbox?"),
    ("must_not", "what must the next one not do?"),
    ("next", "whom is it for? (empty: whoever takes it)"),
)


class WordsForm(Dialog[Words]):
    """Four lines; Enter goes on, and at the end gives them. They are kept as they are typed.

    Args:
        words: what stands there already.
        changed: told what stands in them after each key.
        signs: whether the last Enter signs the shift over.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "app.focus_next", "next", show=False),
        Binding("up,shift+tab", "app.focus_previous", "before", show=False),
    ]

    def __init__(self, words: Words, changed: Callable[[Words], object], *, signs: bool) -> None:
        super().__init__()
        self.asks = "Sign your shift over" if signs else "Your words for the next shift"
        self._words, self._changed, self._signs = words, changed, signs

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self.asks, classes="dialog--title", markup=False)
            for name, asked in FIELDS:
                yield Static(asked, classes="dialog--word", markup=False)
                yield Input(clean(getattr(self._words, name)), id=f"handover-{name}")
            does = "signs: nothing moves before the next one takes it" if self._signs else "done"
            yield Static(
                literal(f"Enter next, at the end {does}   Esc leave; what you wrote is kept"),
                classes="dialog--hint",
                markup=False,
            )

    def on_mount(self) -> None:
        """Begin with what is not said yet."""
        fields = list(self.query(Input))
        next((field for field in fields if not field.value), fields[0]).focus()

    @property
    def written(self) -> Words:
        """What stands in the lines."""
        texts = {name: one_line(clean(self.query_one(f"#handover-{name}", Input).value)) for name, _ in FIELDS}
        return Words(**texts)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._changed(self.written)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.input is list(self.query(Input))[-1]:
            self.dismiss(self.written)
        else:
            self.focus_next(Input)
