"""Conversations as rules and queries are asked about them."""

from __future__ import annotations

from typing import Any

from cminbox.model import Content, Conversation
from cminbox.query.subject import Subject

BLANK = Conversation(1, 1, "c", "", "", "mention", "open", created_at=0, newest_at=0, changed=0)


def about(texts: tuple[str, ...] = (), **columns: object) -> Subject:
    """A conversation with these texts; columns that are not given say nothing."""
    content = Content(**{name: columns.pop(name) for name in Content._fields if name in columns})  # type: ignore[arg-type]
    said: Any = columns.pop("said", ())
    in_context = bool(columns.pop("in_context", False))
    return Subject(BLANK._replace(**columns, content=content), texts, said=said, in_context=in_context)
