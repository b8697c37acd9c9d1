"""Declaring a crisis: its name, severity and reason."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cminbox import query
from cminbox.errors import CminboxError
from cminbox.screens.pickers.dialog import Dialog
from cminbox.text import clean, one_line
from cminbox.widgets.styled_lines import literal

SEVERITIES = {
    1: "1 the brand itself is at stake; everybody now",
    2: "2 many people harmed or angry; lead and responders now",
    3: "3 growing; somebody leads it today",
    4: "4 to be watched",
}

_NEEDED = {
    "crisis-name": "it needs a name, by which everybody will call it",
    "crisis-severity": "it needs a severity, 1 to 4",
    "crisis-reason": "it needs a reason: what happened, how do we know",
}


def _mistake(text: str) -> str:
    """What is wrong with a query, in one line; empty where nothing is."""
    try:
        query.parse_typed(text)
    except CminboxError as error:
        return error.line()
    return ""


class CrisisForm(Dialog[tuple[str, ...]]):
    """Name, severity and reason of a new crisis (and with `attach` a query); Enter goes on, at the end declares it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "app.focus_next", "next", show=False),
        Binding("up,shift+tab", "app.focus_previous", "before", show=False),
    ]

    def __init__(self, name: str = "", severity: int = 3, reason: str = "", *, attach: bool = False) -> None:
        super().__init__()
        self.asks = "Declare a crisis"
        self._attaches = attach
        self._called, self._severity, self._reason = clean(name), severity, clean(reason)

    def compose(self) -> ComposeResult:
        """Three lines to fill."""
        with Vertical():
            yield Static(self.asks, classes="dialog--title", markup=False)
            yield Static("name", classes="dialog--word", markup=False)
            yield Input(self._called, id="crisis-name")
            yield Static("severity, 1 (highest) to 4", classes="dialog--word", markup=False)
            yield Input(str(self._severity), id="crisis-severity", max_length=1, restrict="[1-4]?")
            yield Static("reason: what happened, how do we know", classes="dialog--word", markup=False)
            yield Input(self._reason, id="crisis-reason")
            if self._attaches:
                words = "attach what matches this query, now and later (may stay empty)"
                yield Static(words, classes="dialog--word", markup=False)
                yield Input("", id="crisis-query", placeholder='refund OR "late parcel"')
            yield Static("", classes="dialog--wrong", markup=False)
            yield Static("", classes="dialog--hint", markup=False)

    def on_mount(self) -> None:
        """Begin with what is not said yet."""
        self.query_one("#crisis-severity" if self._called else "#crisis-name").focus()
        self._wrong("")
        self._explain()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._wrong("")

    def _wrong(self, words: str) -> None:
        line = self.query_one(".dialog--wrong", Static)
        line.update(literal(words))
        line.display = bool(words)

    @on(Input.Changed, "#crisis-severity")
    def _explain(self) -> None:
        severity = self.query_one("#crisis-severity", Input).value
        words = SEVERITIES.get(int(severity) if severity.isdigit() else 0, "a severity is 1, 2, 3 or 4")
        self.query_one(".dialog--hint", Static).update(literal(f"{words}\nEnter next   Esc leave"))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        fields = list(self.query(Input))
        if event.input is not fields[-1]:
            self.focus_next(Input)
            return
        empty = next((field for field in fields if field.id in _NEEDED and not field.value.strip()), None)
        query = next((field for field in fields if field.id == "crisis-query"), None)
        if empty is not None:
            self._wrong(f"not declared yet: {_NEEDED[empty.id or '']}")
            empty.focus()
        elif query is not None and (wrong := _mistake(query.value)):
            self._wrong(wrong)
            query.focus()
        else:
            self.dismiss(tuple(one_line(clean(field.value)) for field in fields))
