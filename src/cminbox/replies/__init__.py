"""Replies: templates, how long a text is by a network's own counting, texts that are nearly the same."""

from __future__ import annotations

from cminbox.replies.ranking import rank
from cminbox.replies.rendering import Rendered, render
from cminbox.replies.similarity import similar
from cminbox.replies.templates import Template, TemplateBook, load

__all__ = ["Rendered", "Template", "TemplateBook", "load", "rank", "render", "similar"]
