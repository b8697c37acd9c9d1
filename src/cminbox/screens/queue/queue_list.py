"""The list of the queue: conversations in columns, with who else is on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from cminbox.model import Conversation
from cminbox.screens.queue.state import QueueState
from cminbox.sources.glyphs import glyph_of
from cminbox.widgets.column_heads import ColumnHeads
from cminbox.widgets.queue_columns import paint
from cminbox.widgets.queue_row import STYLES
from cminbox.widgets.windowed_list import RowState, WindowedList


class QueueList(WindowedList[Conversation]):
    """The list of the queue, whose lines show time, people and columns as the state has them.

    Args:
        expect: told lines that may be shown soon, so that their cells can be worked out before.

    Attributes:
        heads: the words above the columns, to stand above the list.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"queue--{name}" for name in STYLES}

    def __init__(self, state: QueueState, expect: Callable[[Iterable[Strip]], None], *, id: str | None = None) -> None:
        super().__init__(self._paint, id=id)
        self._state, self._expect = state, expect
        self.heads = ColumnHeads(id="queue-heads")
        self._line_styles: dict[str, Style] = {}

    def _paint(self, row: Conversation, width: int, state: RowState) -> Strip:
        if not self._line_styles:
            named = {name: self.get_component_rich_style(f"queue--{name}", partial=True) for name in STYLES}
            self._line_styles = {**named, "line": self.rich_style, "cursor": self.rich_style + named["cursor"]}
        hit = self._state.hits.get(row.id)
        return paint(
            row,
            width,
            self._line_styles,
            now=self._state.now,
            glyph_of=glyph_of,
            me=self._state.member.handle,
            present=self._state.people.get(row.id, ()),
            cursor=state.cursor,
            marked=state.marked,
            columns=self._state.view.columns,
            needles=self._state.needles if hit is None else self._state.needles + hit.needles,
            said=None if hit is None else hit.text,
        )

    def show_heads(self) -> None:
        """Say above the list what its columns are, while it has rows."""
        self.heads.columns = self._state.view.columns if self.rows else None

    def notify_style_update(self) -> None:
        """Another theme has other styles."""
        super().notify_style_update()
        self._line_styles = {}

    def drawn_ahead(self, strip: Strip) -> None:
        """Work out the cells of a line before it is shown."""
        self._expect((strip,))
