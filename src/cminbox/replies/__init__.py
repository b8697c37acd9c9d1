"""Replies: templates, which fit a conversation, and filling them in."""

from __future__ import annotations

from cminbox.replies.ranking import rank
from cminbox.replies.rendering import Rendered, render
from cminbox.replies.templates import Template, TemplateBook, load

__all__ = ["Rendered", "Template", "TemplateBook", "load", "rank", "render"]
