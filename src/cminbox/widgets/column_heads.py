"""The words above the columns of a list: one dim line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.reactive import reactive

from cminbox.widgets.queue_columns import heads
from cminbox.widgets.styled_lines import MUTED, Line, LinesWidget


class ColumnHeads(LinesWidget):
    """What stands in each column of the list below; blank while the list has no rows."""

    DEFAULT_CSS = "ColumnHeads { height: 1; }"
    columns: reactive[tuple[str, ...] | None] = reactive(None)
    """The columns by name, empty for the usual ones; None where there are no rows."""

    def lines(self, width: int) -> Sequence[Line]:
        return [() if self.columns is None else ((heads(self.columns, width), MUTED),)]
