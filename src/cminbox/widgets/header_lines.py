"""The two lines at the top of the queue: where one is and what waits; the query, its order, what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from textual import events
from textual.message import Message
from textual.reactive import reactive

from cminbox.textwidth import cut, width_of
from cminbox.widgets.styled_lines import ACCENT, ALARM, CARE, FAINT, MUTED, TEXT, Line, LinesWidget, size, spread

Health = Literal["well", "resting", "ill"]
_BETWEEN = " │ "
_MORE = 4
"""Cells of the word that says how many more views hold something."""
_KEPT = 2
"""A view of this weight is shown as long as there is any room."""
_BREATH = 3
"""Cells that stay empty between the query and who is on duty."""
_HEALTH: Mapping[Health, tuple[str, str]] = {
    "well": ("● ", "$success"), "resting": ("○ ", FAINT), "ill": ("● ", f"bold {ALARM}")
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A view in the first line.

    Attributes:
        count: how many it holds; None until it is counted.
        alarm: a count above 0 is shown in red.
        care: a count above 0 is shown in amber, and it keeps its place where there is little room.
        beside: it is shown only while it holds something, and gives way first where there is little room.
    """

    name: str
    count: int | None = None
    alarm: bool = False
    care: bool = False
    beside: bool = False


class ViewsLine(LinesWidget):
    """The views with what waits in each, and at the right how engine and sources are."""

    DEFAULT_CSS = "ViewsLine { height: 1; padding: 0 1; }"
    tabs: reactive[tuple[ViewTab, ...]] = reactive(())
    here: reactive[int] = reactive(0)
    health: reactive[tuple[Health, str]] = reactive(("resting", ""))

    @dataclass
    class ViewClicked(Message):
        """A view's name was clicked."""

        index: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._places: list[tuple[int, int, int]] = []

    def lines(self, width: int) -> Sequence[Line]:
        """The views that there is room for, that which one is in among them; `+2`: two more hold something."""
        state, text = self.health
        right: Line = (_HEALTH[state], (text, MUTED)) if text else ()
        tabs = [self._tab(index) for index in range(len(self.tabs))]
        sizes = [size(tab) + len(_BETWEEN) for tab in tabs]
        left: Line = ()
        self._places = []
        shown = self._fitting(sizes, width - size(right) - 2)
        if state == "well" and any(tab.care and tab.count for tab in self.tabs) and self._holding_besides(shown):
            # That all is well needs no words where what waits for a person needs the room.
            right = (_HEALTH[state],)
            shown = self._fitting(sizes, width - size(right) - 2)
        for index in shown:
            left = (*left, (_BETWEEN, FAINT)) if left else ()
            start = size(left)
            left = (*left, *tabs[index])
            self._places.append((start, size(left), index))
        if more := self._holding_besides(shown):
            left = (*left, (f"  +{more}", MUTED))
        return [spread(left, right, width)]

    def _holding_besides(self, shown: Sequence[int]) -> int:
        """How many views that are not shown hold something."""
        return sum(1 for index, tab in enumerate(self.tabs) if tab.count and index not in shown)

    def _tab(self, index: int) -> Line:
        tab = self.tabs[index]
        name = (cut(tab.name, 24), f"bold {ACCENT}" if index == self.here else MUTED)
        if tab.count is None:
            return (name,)
        tone = ALARM if tab.alarm else CARE if tab.care else ""
        return name, (f" {tab.count:,}", f"bold {tone}" if tone and tab.count > 0 else TEXT)

    def _fitting(self, sizes: Sequence[int], room: int) -> Sequence[int]:
        """The views that are shown. Where there is little room those give way first that matter least now."""

        def over(some: Sequence[int]) -> bool:
            used = sum(sizes[index] for index in some) - len(_BETWEEN)
            return used + (_MORE if self._holding_besides(some) else 0) > room

        shown = [index for index, tab in enumerate(self.tabs) if index == self.here or tab.count or not tab.beside]
        for index in sorted(shown, key=self._weight):
            if not over(shown):
                return shown
            if index != self.here and self._weight(index)[0] < _KEPT:
                shown.remove(index)
        while over(shown) and len(shown) > 1:
            others = [index for index in shown if index != self.here]
            shown.remove(next((index for index in reversed(others) if not self.tabs[index].care), others[-1]))
        return shown

    def _weight(self, index: int) -> tuple[int, int]:
        """What a view is worth in the first line, and of two that are worth the same, which gives way first."""
        tab = self.tabs[index]
        worth = 0 if tab.beside and not tab.care else 1 if tab.count == 0 else _KEPT
        return worth, -index

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset_capture(self).x
        for start, end, index in self._places:
            if start <= at < end:
                self.post_message(self.ViewClicked(index))


class QueryLine(LinesWidget):
    """The query of the view and the filter on top of it; then who is on duty, order, what is new, and the SLA."""

    DEFAULT_CSS = "QueryLine { height: 1; padding: 0 1; }"
    view: reactive[str] = reactive("")
    filter: reactive[str] = reactive("")
    search: reactive[str] = reactive("")
    order: reactive[str] = reactive("")
    new: reactive[int] = reactive(0)
    sla: reactive[str] = reactive("")
    duty: reactive[tuple[str, ...]] = reactive(())

    def lines(self, width: int) -> Sequence[Line]:
        """Query, filter and search at the left; order, what is new and the SLA at the right; who is on duty before
        these where there is room for it."""
        right: Line = ((f"by {self.order}", MUTED),)
        if self.new:
            right = (*right, (f"   ↑ {self.new:,}{'+' if self.new >= 1000 else ''} new", f"bold {ACCENT}"))
        if self.sla:
            right = (*right, (f"   SLA {self.sla}", MUTED))
        room = width - size(right) - 2
        left: Line = ()
        for sign, text, style in (("", self.view, MUTED), ("\\ ", self.filter, ACCENT), ("/ ", self.search, ACCENT)):
            if text and room > 2:
                shown = cut(sign + text, room)
                room -= width_of(shown) + 2
                left = (*left, ("  " if left else "", ""), (shown, style))
        return [spread(left, (*self._on_duty(width - size(left) - size(right) - _BREATH), *right), width)]

    def _on_duty(self, room: int) -> Line:
        """Who is on duty, all by name or the first, as far as that has room."""
        names = self.duty
        shorter = f"{names[0]} +{len(names) - 1}" if len(names) > 1 else ""
        for words in filter(None, (", ".join(names), shorter)):
            text = f"on duty: {words}   "
            if width_of(text) <= room:
                return ((text, MUTED),)
        return ()
