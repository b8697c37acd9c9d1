"""Where the cursor is among the figures and the rows of the table below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.reports.definitions import DEFINITIONS
from cminbox.screens.metrics import data
from cminbox.screens.metrics.data import Chosen

if TYPE_CHECKING:
    from cminbox.screens.metrics.data import Tab
    from cminbox.widgets.key_figures import KeyFigure


class MetricsSelection:
    """The figures, the table, and the cursor that goes through both.

    Attributes:
        metrics: what was read last; None before.
        figures: shown first.
        rows: of the table, as `tab` says.
    """

    def __init__(self) -> None:
        self.metrics: data.Metrics | None = None
        self.figures: list[KeyFigure] = []
        self.rows: list[tuple[str, ...]] = []
        self._tab = 0
        self._cursor = 0

    @property
    def tab(self) -> Tab:
        """What the table shows."""
        return data.TABS[self._tab]

    @property
    def figure(self) -> int | None:
        """The figure under the cursor; None where it is in the table."""
        return self._cursor if self._cursor < len(self.figures) else None

    @property
    def row(self) -> int | None:
        """The row of the table under the cursor; None where it is on a figure."""
        return None if self._cursor < len(self.figures) else self._cursor - len(self.figures)

    def take(self, metrics: data.Metrics) -> None:
        """Show what was read; the cursor stays at its place as far as there is one."""
        if self.metrics is None and not data.rows(metrics, self.tab):
            # Begin with a table that says something: before anybody here has answered, members have no figures.
            full = (place for place, tab in enumerate(data.TABS) if tab != "figures" and data.rows(metrics, tab))
            self._tab = next(full, 0)
        self.metrics = metrics
        self.figures = data.figures(metrics)
        self._tabulate()

    def _tabulate(self) -> None:
        if self.metrics is not None:
            self.rows = data.rows(self.metrics, self.tab)
        self.move(0)

    def move(self, lines: int) -> None:
        """Go down by so many lines, or up where negative; both ends stop it."""
        self._cursor = min(max(self._cursor + lines, 0), max(len(self.figures) + len(self.rows) - 1, 0))

    def turn(self, steps: int) -> None:
        """Show the next table, or one before where negative."""
        self._tab = (self._tab + steps) % len(data.TABS)
        # In the table, it begins with its first row.
        self._cursor = min(self._cursor, len(self.figures))
        self._tabulate()

    def meaning(self) -> str:
        """What the figure under the cursor is; empty for a row of a table by something."""
        if self.figure is not None:
            return self.figures[self.figure].meaning
        if self.metrics is not None and self.row is not None and self.tab == "figures":
            return data.meaning(self.metrics, DEFINITIONS[self.row])
        return ""

    def chosen(self) -> Chosen | None:
        """What is under the cursor; None where nothing was read."""
        if self.figure is not None:
            figure = self.figures[self.figure]
            return Chosen(figure.name, (figure.key,), sort=figure.sort)
        if self.metrics is None or self.row is None or self.row >= len(self.rows):
            return None
        if self.tab == "figures":
            one = DEFINITIONS[self.row]
            return Chosen(one.title, (one.key,))
        name = self.rows[self.row][0]
        if self.tab == "promises":
            return data.open_promises(name)
        return Chosen(name, data.ROW, self.tab, name)
