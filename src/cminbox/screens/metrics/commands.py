"""Choosing on the metrics screen: what the table is by, how long back, the conversations behind a number."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.config import ViewConfig
from cminbox.screens.metrics.reader import MetricsReader
from cminbox.screens.metrics.selection import MetricsSelection


class MetricsCommands:
    """The commands of the metrics screen.

    Args:
        selection: where the cursor is.
        reader: reads the metrics.
        turned: called when the table is by something else.
        reading: called when another span is being read.
        open_list: shows the conversations of a view.
    """

    def __init__(
        self,
        selection: MetricsSelection,
        reader: MetricsReader,
        turned: Callable[[], None],
        reading: Callable[[], None],
        open_list: Callable[[ViewConfig], None],
    ) -> None:
        self._selection, self._reader = selection, reader
        self._turned, self._reading, self._open_list = turned, reading, open_list

    def do_view_next(self) -> None:
        """Make the table by the next of member, source, network, language, label."""
        self._selection.turn(1)
        self._turned()

    def do_view_previous(self) -> None:
        """Make the table by the one before."""
        self._selection.turn(-1)
        self._turned()

    do_metrics_group = do_view_next

    def do_metrics_span(self) -> None:
        """Go on to the next of a day, a week, a month."""
        self._reader.next_span()
        self._reading()

    def do_view_refresh(self) -> None:
        """Read again now."""
        self._reader.start()

    def do_move_open(self) -> None:
        """Show the conversations behind the figure or the row under the cursor."""
        if (view := self._selection.chosen()) is not None:
            self._open_list(view)
