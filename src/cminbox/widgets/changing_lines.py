"""Lines that are told again and again, and drawn only when they changed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Static

from cminbox.widgets.styled_lines import Line, content


class ChangingLines(Static):
    """Some lines of pieces, in a widget of a fixed height."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._shown: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; the same ones are not drawn again."""
        if lines != self._shown:
            self._shown = lines
            self.update(content(lines), layout=False)
