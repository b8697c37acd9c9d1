"""Reports: the metrics of a period, their charts, and the report as text, Markdown and CSV."""

from __future__ import annotations

from cminbox.business_hours import Calendar
from cminbox.reports.report import Dimension, Group, Report, compute

__all__ = ["Calendar", "Dimension", "Group", "Report", "compute"]
