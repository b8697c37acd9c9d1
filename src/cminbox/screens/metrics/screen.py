"""Metrics: five figures, volume, who waits, the distribution of first responses, and a table. To be looked at."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cminbox.config import ViewConfig
from cminbox.errors import CminboxError
from cminbox.model import DAY, HOUR
from cminbox.number_format import count_of
from cminbox.reports import Calendar
from cminbox.reports.charts import EDGES
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement
from cminbox.screens.metrics import data
from cminbox.screens.queue.screen import QueueScreen
from cminbox.widgets.charts import Chart, heat_map, histogram, volume_bars
from cminbox.widgets.charts_table import Figures, Table
from cminbox.widgets.message_view import ACCENT, MUTED

if TYPE_CHECKING:
    from textual import events

    from cminbox.reports import Dimension

WIDE = 120
AGAIN_SECONDS = 3.0
"""Read again at most so often."""


def _histogram(metrics: data.Metrics, height: int, width: int) -> list[Content]:
    return histogram(metrics.counts, EDGES, width, target=metrics.target, height=height)


class MetricsScreen(BaseScreen):
    """The figures of a day, a week or a month."""

    CONTEXT: ClassVar[str] = "metrics"
    CSS_PATH = "screen.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.command_parts = (ListMovement(lambda: self.count, self.move),)
        self._span = "week"
        self._group = 0
        self._cursor = 0
        self._metrics: data.Metrics | None = None
        self._read_at = 0.0
        self._reading = False

    def compose_body(self) -> ComposeResult:
        """A heading, the figures, and below them what can be scrolled."""
        yield Static("", id="metrics-head", markup=False)
        yield Figures(id="metrics-figures")
        with VerticalScroll(id="metrics-body", can_focus=False), Container(id="metrics-columns"):
            with Vertical(classes="metrics--column"):
                yield Chart("volume by hour", id="metrics-volume")
                yield Table(id="metrics-table")
            with Vertical(classes="metrics--column"):
                yield Chart("first response", id="metrics-first")
                yield Chart("waiting", id="metrics-heat")

    def on_mount(self) -> None:
        """Read the figures; the screen is there at once."""
        super().on_mount()
        self._head("reading …")
        self._read()

    def on_resize(self, event: events.Resize) -> None:
        """Two columns where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self.draw)

    def minute_passed(self) -> None:
        """Times have grown older."""
        self._read()

    def store_changed(self) -> None:
        """Something was said or done."""
        if time.monotonic() - self._read_at > AGAIN_SECONDS:
            self._read()

    def do_view_refresh(self) -> None:
        """Read again now."""
        self._read()

    def _read(self) -> None:
        if not self._reading:
            self._reading = True
            self.in_worker(self._read_aside())

    async def _read_aside(self) -> None:
        app, span = self.app, self._span
        hours, target = app.config.calendar, app.config.sla_default
        calendar = Calendar(hours) if hours else None
        try:
            metrics = await self.aside(lambda: data.read(app.store.read(), span, app.clock(), calendar, target))
        except CminboxError as error:
            self._head(error.line())
            return
        finally:
            self._reading = False
            self._read_at = time.monotonic()
        if self._metrics is None and not data.rows(metrics, self.group):
            # Begin with a table that says something: before anybody here has answered, members have no figures.
            self._group = next((place for place, by in enumerate(data.GROUPS) if data.rows(metrics, by)), 0)
        self._metrics = metrics
        self.draw()
        if span != self._span:
            self._read()

    @property
    def group(self) -> Dimension:
        """What the table is by."""
        return data.GROUPS[self._group]

    def _head(self, words: str) -> None:
        days = data.SPANS[self._span] // DAY
        period = "the last 24 hours" if days == 1 else f"the last {days} days"
        line = Content.assemble(
            Content.styled("‹ queue   ", MUTED),
            Content.styled("metrics", "bold"),
            Content.styled(f"   {period}, against the {'24 hours' if days == 1 else f'{days} days'} before", MUTED),
            f"   {words}",
        )
        self.query_one("#metrics-head", Static).update(line)

    def draw(self) -> None:
        """Shows what was read."""
        metrics = self._metrics
        if metrics is None:
            return
        total = metrics.report.total
        self._head(count_of(total.volume, "message") if total.volume or total.waiting.count else "")
        figures, rows = data.figures(metrics), data.rows(metrics, self.group)
        self._cursor = min(self._cursor, len(figures) + len(rows) - 1)
        at = self._cursor
        self.query_one(Figures).show(figures, at if at < len(figures) else None)
        by = f"by {self.group}   first and reply: the middle one (p50)"
        self.query_one(Table).show(
            by,
            data.HEAD,
            rows,
            at - len(figures) if at >= len(figures) else None,
            empty="nothing in this time: s shows another",
        )
        bars = metrics.bars
        tall = min(max(6, (self.size.height - 24) // 2 + 4), 12)
        total_bars, answered = sum(bar.total for bar in bars), sum(bar.answered for bar in bars)
        self.query_one("#metrics-volume", Chart).draw(
            partial(volume_bars, bars, height=tall),
            "volume by hour   ",
            ("█", ACCENT),
            (f" answered {answered:,}   ", MUTED),
            (f"░ not yet {total_bars - answered:,}", MUTED),
        )
        self.query_one("#metrics-first", Chart).draw(
            partial(_histogram, metrics, tall - 1),
            "first response   ",
            (f"{sum(metrics.counts):,} answers, by how long they took", MUTED),
        )
        self.query_one("#metrics-heat", Chart).draw(
            partial(heat_map, metrics.heat, target=(metrics.target or 4 * HOUR) / 1000),
            "waiting   ",
            ("how long, by the hour in which they wrote", MUTED),
        )

    # moving: figures first, then the rows of the table

    def move(self, steps: int) -> None:
        """Move the cursor down by so many lines, or up where negative."""
        if self._metrics is None:
            return
        last = 4 + len(data.rows(self._metrics, self.group))
        self._cursor = min(max(self._cursor + steps, 0), last)
        self.draw()
        if self._cursor > 4:
            self.query_one(Table).scroll_visible(animate=False)
        else:
            self.query_one("#metrics-body", VerticalScroll).scroll_home(animate=False)

    def _scroll(self, share: float) -> None:
        body = self.query_one("#metrics-body", VerticalScroll)
        body.scroll_relative(y=round(body.size.height * share), animate=False)

    def do_move_half_down(self) -> None:
        """Half a page down."""
        self._scroll(0.5)

    def do_move_half_up(self) -> None:
        """Half a page up."""
        self._scroll(-0.5)

    def do_move_page_down(self) -> None:
        """A page down."""
        self._scroll(0.9)

    def do_move_page_up(self) -> None:
        """A page up."""
        self._scroll(-0.9)

    # choosing

    def _turn(self, steps: int) -> None:
        self._group = (self._group + steps) % len(data.GROUPS)
        self._cursor = min(self._cursor, 5)
        self.draw()
        self.query_one(Table).scroll_visible(animate=False)

    def do_view_next(self) -> None:
        """The table by the next of member, source, network, language, label."""
        self._turn(1)

    def do_view_previous(self) -> None:
        """The table by the one before."""
        self._turn(-1)

    do_metrics_group = do_view_next

    def do_metrics_span(self) -> None:
        """A day, a week, a month."""
        spans = list(data.SPANS)
        self._span = spans[(spans.index(self._span) + 1) % len(spans)]
        self._head("reading …")
        self._read()

    def do_move_open(self) -> None:
        """The conversations behind the figure or the row under the cursor."""
        if self._metrics is None:
            return
        figures = data.figures(self._metrics)
        if self._cursor < len(figures):
            figure = figures[self._cursor]
            self.app.push_screen(QueueScreen(ViewConfig(figure.name, figure.query, figure.sort)))
            return
        row = data.rows(self._metrics, self.group)[self._cursor - len(figures)]
        self.app.push_screen(QueueScreen(ViewConfig(row[0], data.row_query(self.group, row[0]))))
