"""Replies: templates, which fit a conversation, and filling them in."""

from __future__ import annotations

from cminbox.replies.ranking import rank
from cminbox.replies.rendering import Rendered, render, standing
from cminbox.replies.templates import Template, TemplateBook, fill, load

__all__ = ["Rendered", "Template", "TemplateBook", "fill", "load", "rank", "render", "standing"]
