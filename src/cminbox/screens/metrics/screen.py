"""Metrics: five figures, volume, who waits, the distribution of first responses, and a table. To be looked at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.widgets import Static

from cminbox.model import DAY
from cminbox.number_format import count_of
from cminbox.reports import Calendar
from cminbox.reports.definitions import COHORTS
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement, PageMovement
from cminbox.screens.metrics import data
from cminbox.screens.metrics.charts import MetricsCharts
from cminbox.screens.metrics.reader import MetricsReader
from cminbox.screens.metrics.selection import MetricsSelection
from cminbox.screens.services import Services
from cminbox.widgets.key_figures import KeyFigures, NumberTable
from cminbox.widgets.styled_lines import ACCENT, MUTED, content

if TYPE_CHECKING:
    from textual import events

WIDE = 120
"""Columns from which the charts stand in two columns."""


class MetricsScreen(BaseScreen):
    """The figures of a day, a week or a month."""

    CONTEXT: ClassVar[str] = "metrics"
    CSS_PATH = "screen.tcss"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._head = Static("", id="metrics-head", markup=False)
        self._figures = KeyFigures(id="metrics-figures")
        self._meaning = Static("", id="metrics-meaning", markup=False)
        self._body = VerticalScroll(id="metrics-body", can_focus=False)
        self._table = NumberTable(id="metrics-table")
        self._charts = MetricsCharts()
        self._selection = MetricsSelection()
        self._reader = MetricsReader(self._read, self.in_worker, self._show, self._show_head)
        self.command_parts = (
            ListMovement(self.key_reader, self._move),
            PageMovement(self._scroll, self._page_sizes),
        )

    def compose_body(self) -> ComposeResult:
        yield self._head
        yield self._figures
        yield self._meaning
        with self._body, Container(id="metrics-columns"):
            with Vertical(classes="metrics--column"):
                yield self._charts.volume
                yield self._table
            with Vertical(classes="metrics--column"):
                yield self._charts.first
                yield self._charts.waiting

    def on_mount(self) -> None:
        self._show_reading()
        self._reader.start()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._draw)

    def minute_passed(self) -> None:
        self._reader.start()

    def store_changed(self) -> None:
        self._reader.start_if_old()

    async def _read(self, span: str, written: bool) -> data.Metrics:
        store, config, clock = self.services.store, self.services.config, self.services.clock
        hours, target = config.calendar, config.sla_default
        calendar = Calendar(hours) if hours else None
        return await asyncio.to_thread(
            lambda: data.read(store.read(), span, clock(), calendar, target, config.zone, written=written)
        )

    def _show(self, metrics: data.Metrics) -> None:
        self._selection.take(metrics)
        self._draw()

    def _show_reading(self) -> None:
        self._show_head("reading …")

    def _show_head(self, words: str) -> None:
        days = data.SPANS[self._reader.span] // DAY
        against = "last 24 hours against the 24 before" if days == 1 else f"last {days} days against the {days} before"
        cohort = f"   {COHORTS['written']}" if self._reader.written else ""
        line = (("‹ queue   ", MUTED), ("metrics   ", "bold"), (against, MUTED), (f"   {words}", ""), (cohort, ACCENT))
        self._head.update(content([line]))

    def _draw(self) -> None:
        """Show what was read, with the cursor where it is."""
        chosen, metrics = self._selection, self._selection.metrics
        if metrics is None:
            return
        total = metrics.report.total
        self._show_head(count_of(total.volume, "message") if total.volume or total.waiting.count else "")
        self._figures.show(chosen.figures, chosen.figure)
        self._meaning.update(chosen.meaning())
        nothing = "nothing in this time: s shows another"
        self._table.show(data.title(chosen.tab), data.head(chosen.tab), chosen.rows, chosen.row, empty=nothing)
        self._charts.draw(metrics, min(max(6, (self.size.height - 24) // 2 + 4), 12))

    # moving: figures first, then the rows of the table

    def _move(self, lines: int) -> None:
        if self._selection.metrics is None:
            return
        self._selection.move(lines)
        self._draw()
        if self._selection.row is not None:
            self._table.scroll_visible(animate=False)
        else:
            self._body.scroll_home(animate=False)

    def _scroll(self, lines: int) -> None:
        self._body.scroll_relative(y=lines, animate=False)

    def _page_sizes(self) -> tuple[int, int]:
        height = self._body.size.height
        return round(height * 0.5), round(height * 0.9)

    def _turn(self, steps: int) -> None:
        self._selection.turn(steps)
        self._draw()
        self._table.scroll_visible(animate=False)

    def do_view_next(self) -> None:
        """Show the next table: by member, source, network, language, label, or all figures."""
        self._turn(1)

    def do_view_previous(self) -> None:
        """Show the table before."""
        self._turn(-1)

    do_metrics_group = do_view_next

    def do_metrics_span(self) -> None:
        """Go on to the next of a day, a week, a month."""
        self._reader.next_span()
        self._show_reading()

    def do_metrics_cohort(self) -> None:
        """Count by when it ended, or by when they wrote."""
        self._reader.next_cohort()
        self._show_reading()

    def do_view_refresh(self) -> None:
        self._reader.start()

    async def do_move_open(self) -> None:
        """Show the conversations that the figure or the row under the cursor counts."""
        metrics, chosen, store = self._selection.metrics, self._selection.chosen(), self.services.store
        if metrics is not None and chosen is not None:
            view = await asyncio.to_thread(lambda: data.list_behind(store.read(), metrics, chosen))
            self.services.navigator.open_list(view)
