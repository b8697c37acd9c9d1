"""Reports: the metrics of a period, their charts, and the report as text, Markdown and CSV."""

from __future__ import annotations

from cminbox.reports.calendar import Calendar
from cminbox.reports.charts import Charts, before, charts
from cminbox.reports.report import DIMENSIONS, Dimension, Group, Report, compute

__all__ = ["DIMENSIONS", "Calendar", "Charts", "Dimension", "Group", "Report", "before", "charts", "compute"]
