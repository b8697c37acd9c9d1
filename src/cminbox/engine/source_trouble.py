"""Tells people of a source that needs one of them: its login is refused or ends soon, it has ended, it was paused."""

from __future__ import annotations

from cminbox.engine import source_words
from cminbox.model import DAY, Instant
from cminbox.store import Connection, notices
from cminbox.store.sources import SourceChanges, SourceRow
from cminbox.text import one_line

_WORDS = {"paused": "needs a person", "gone": "has ended"}
"""Of what people are told, by the health that a poll found."""


def tell_of_trouble(conn: Connection, row: SourceRow, changes: SourceChanges, now: Instant) -> None:
    """Tell of what a poll found, once for each time that it began.

    Args:
        row: the source before the poll.
        changes: what the poll makes of it.
    """
    health = changes.get("health", row.health)
    if health in _WORDS and row.health != health:
        error, hint = one_line(changes.get("error", "")), one_line(changes.get("hint", ""))
        title = f"The source {row.name} {_WORDS[health]}: {error}"
        notices.tell(conn, now, "source", title, key=f"source:{row.id}:{health}:{now}", text=hint)
    warning, ends = source_words.token_warning(row, now), row.login_ends_at if row.token_renewed else row.token_ends_at
    if warning and ends is not None:
        days = 3 if ends - now <= 3 * DAY else 14
        title, hint = f"The source {row.name}: {one_line(warning)}", f"cminbox sources login {row.name}"
        notices.tell(conn, now, "source", title, key=f"source:{row.id}:ends:{ends}:{days}", text=hint)
