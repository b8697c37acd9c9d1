"""The least that Textual can show: what any program on it pays before its own first line."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Empty(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static("nothing-but-this", markup=False)


if __name__ == "__main__":
    Empty().run()
