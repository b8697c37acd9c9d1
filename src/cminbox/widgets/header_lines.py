"""The two lines at the top of the queue: where one is and what waits; the query, its order, what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from textual import events
from textual.message import Message
from textual.reactive import reactive

from cminbox.textwidth import cut, width_of
from cminbox.widgets.styled_lines import ACCENT, ALARM, FAINT, MUTED, TEXT, Line, LinesWidget, apart, size

Health = Literal["well", "resting", "ill"]
_HEALTH: Mapping[Health, tuple[str, str]] = {
    "well": ("● ", "$success"), "resting": ("○ ", FAINT), "ill": ("● ", f"bold {ALARM}")
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A view in the first line. `count` is None until it is counted; `alarm` shows a count above 0 in red."""

    name: str
    count: int | None = None
    alarm: bool = False


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
        """The views that there is room for, that which one is in among them."""
        state, text = self.health
        right: Line = (_HEALTH[state], (text, MUTED)) if text else ()
        tabs = [self._tab(index) for index in range(len(self.tabs))]
        left: Line = ()
        self._places = []
        for index in self._fitting([size(tab) + 3 for tab in tabs], width - size(right) - 2):
            left = (*left, (" │ ", FAINT)) if left else ()
            start = size(left)
            left = (*left, *tabs[index])
            self._places.append((start, size(left), index))
        return [apart(left, right, width)]

    def _tab(self, index: int) -> Line:
        tab = self.tabs[index]
        name = (cut(tab.name, 24), f"bold {ACCENT}" if index == self.here else MUTED)
        if tab.count is None:
            return (name,)
        return name, (f" {tab.count:,}", f"bold {ALARM}" if tab.alarm and tab.count > 0 else TEXT)

    def _fitting(self, sizes: Sequence[int], room: int) -> Sequence[int]:
        first = 0
        while first < self.here and sum(sizes[first : self.here + 1]) > room:
            first += 1
        shown: list[int] = []
        for index in range(first, len(sizes)):
            room -= sizes[index]
            if room < 0 and shown:
                break
            shown.append(index)
        return shown

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset_capture(self).x
        for start, end, index in self._places:
            if start <= at < end:
                self.post_message(self.ViewClicked(index))


class QueryLine(LinesWidget):
    """The query of the view and the filter on top of it; then order, what is new, and the SLA."""

    DEFAULT_CSS = "QueryLine { height: 1; padding: 0 1; }"
    view: reactive[str] = reactive("")
    filter: reactive[str] = reactive("")
    search: reactive[str] = reactive("")
    order: reactive[str] = reactive("")
    new: reactive[int] = reactive(0)
    sla: reactive[str] = reactive("")

    def lines(self, width: int) -> Sequence[Line]:
        """Query, filter and search at the left; order, what is new and the SLA at the right."""
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
        return [apart(left, right, width)]
