"""Handovers without a screen: made from the store at an instant, put into words, and written as Markdown."""

from __future__ import annotations

from cminbox.handover.builder import Built, build
from cminbox.handover.markdown import as_markdown
from cminbox.handover.next_shift import NextShift, next_shift, until
from cminbox.handover.since import News, news

__all__ = ["Built", "News", "NextShift", "as_markdown", "build", "news", "next_shift", "until"]
