"""Handovers without a screen: made from the store at an instant, put into words, and written as Markdown."""

from __future__ import annotations

from cminbox.handover.builder import Built, build
from cminbox.handover.markdown import as_markdown
from cminbox.handover.since import News, news

__all__ = ["Built", "News", "as_markdown", "build", "news"]
