"""The two lines at the top of the queue: where one is and what waits; the query, its order, what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cminbox.textwidth import cut, width_of

Health = Literal["well", "resting", "ill"]
HEALTH_GLYPHS: dict[Health, str] = {"well": "●", "resting": "○", "ill": "●"}


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A view in the first line. `count` is None until it is counted; `alarm` shows a count above 0 in red."""

    name: str
    count: int | None = None
    alarm: bool = False


class ViewsLine(Widget):
    """The views with what waits in each, and at the right how engine and sources are."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "views--name", "views--here", "views--count", "views--alarm", "views--rule", "views--well"
    }  # fmt: skip
    DEFAULT_CSS = """
    ViewsLine {
        height: 1; padding: 0 1;
        & > .views--name { color: $context; }
        & > .views--here { color: $accent; text-style: bold; }
        & > .views--count { color: $foreground; }
        & > .views--alarm { color: $error; text-style: bold; }
        & > .views--rule { color: $faint; }
        & > .views--well { color: $success; }
    }
    """
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

    def render_line(self, y: int) -> Strip:
        """The line; names give way to the view one is in when there is no room for all."""
        base = self.rich_style
        state, text = self.health
        mark = self._style("alarm" if state == "ill" else "well" if state == "well" else "rule", base)
        right = [Segment(f"{HEALTH_GLYPHS[state]} ", mark), Segment(text, self._style("name", base))] if text else []
        room = self.size.width - sum(segment.cell_length for segment in right) - 2
        left: list[Segment] = []
        used, self._places = 0, []
        for index in self._fitting(room):
            if left:
                left.append(Segment(" │ ", self._style("rule", base)))
                used += 3
            parts = self._tab(index, base)
            size = sum(segment.cell_length for segment in parts)
            self._places.append((used, used + size, index))
            left += parts
            used += size
        gap = max(0, self.size.width - used - sum(segment.cell_length for segment in right))
        return Strip([*left, Segment(" " * gap, base), *right]).adjust_cell_length(self.size.width, base)

    def _style(self, name: str, base: Style) -> Style:
        return base + self.get_component_rich_style(f"views--{name}", partial=True)

    def _tab(self, index: int, base: Style) -> list[Segment]:
        tab = self.tabs[index]
        name = Segment(cut(tab.name, 24), self._style("here" if index == self.here else "name", base))
        if tab.count is None:
            return [name]
        alarm = tab.alarm and tab.count > 0
        return [name, Segment(f" {tab.count:,}", self._style("alarm" if alarm else "count", base))]

    def _fitting(self, room: int) -> Sequence[int]:
        sizes = [
            width_of(cut(tab.name, 24)) + (0 if tab.count is None else 1 + len(f"{tab.count:,}")) + 3
            for tab in self.tabs
        ]
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
        """Go to the view that was clicked."""
        at = event.get_content_offset_capture(self).x
        for start, end, index in self._places:
            if start <= at < end:
                self.post_message(self.ViewClicked(index))


class QueryLine(Widget):
    """The query of the view and the filter on top of it; then order, what is new, and the SLA."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"query--view", "query--filter", "query--word", "query--new"}
    DEFAULT_CSS = """
    QueryLine {
        height: 1; padding: 0 1;
        & > .query--view { color: $context; }
        & > .query--filter { color: $accent; }
        & > .query--word { color: $context; }
        & > .query--new { color: $accent; text-style: bold; }
    }
    """
    view: reactive[str] = reactive("")
    filter: reactive[str] = reactive("")
    search: reactive[str] = reactive("")
    order: reactive[str] = reactive("")
    new: reactive[int] = reactive(0)
    sla: reactive[str] = reactive("")

    def render_line(self, y: int) -> Strip:
        """Query, filter and search at the left; order, what is new and the SLA at the right."""
        base = self.rich_style
        view, narrowed, word, new = (
            base + self.get_component_rich_style(f"query--{name}", partial=True)
            for name in ("view", "filter", "word", "new")
        )
        right = [Segment(f"by {self.order}", word)]
        if self.new:
            right.append(Segment(f"   ↑ {self.new:,}{'+' if self.new >= 1000 else ''} new", new))
        if self.sla:
            right.append(Segment(f"   SLA {self.sla}", word))
        room = self.size.width - sum(segment.cell_length for segment in right) - 2
        left: list[Segment] = []
        for text, style in (
            (self.view, view),
            (f"\\ {self.filter}" if self.filter else "", narrowed),
            (f"/ {self.search}" if self.search else "", narrowed),
        ):
            if text and room > 2:
                shown = cut(text, room)
                room -= width_of(shown) + 2
                left.append(Segment(f"{shown}  ", style))
        gap = max(0, self.size.width - sum(segment.cell_length for segment in (*left, *right)))
        return Strip([*left, Segment(" " * gap, base), *right]).adjust_cell_length(self.size.width, base)
