"""The three charts of the metrics screen."""

from __future__ import annotations

from functools import partial

from cminbox.model import HOUR
from cminbox.reports.charts import EDGES
from cminbox.screens.metrics.data import Metrics
from cminbox.widgets.charts import Chart, heat_map, histogram, volume_bars
from cminbox.widgets.styled_lines import ACCENT, MUTED


class MetricsCharts:
    """Volume by hour, first responses by how long they took, and how long people wait by weekday and hour."""

    def __init__(self) -> None:
        self.volume = Chart("volume by hour", id="metrics-volume")
        self.first = Chart("first response", id="metrics-first")
        self.waiting = Chart("waiting", id="metrics-heat")

    def draw(self, metrics: Metrics, height: int) -> None:
        """Draw what was read, with so many lines for the bars."""
        total, answered = sum(bar.total for bar in metrics.bars), sum(bar.answered for bar in metrics.bars)
        self.volume.draw(
            partial(volume_bars, metrics.bars, height=height),
            ("█", ACCENT),
            (f" answered {answered:,}   ", MUTED),
            (f"░ not yet {total - answered:,}", MUTED),
        )
        self.first.draw(
            partial(histogram, metrics.counts, EDGES, target=metrics.target, height=height - 1),
            (f"{sum(metrics.counts):,} answers, by how long they took", MUTED),
        )
        self.waiting.draw(
            partial(heat_map, metrics.heat, target=(metrics.target or 4 * HOUR) / 1000),
            ("median so far, by the hour they wrote", MUTED),
        )
