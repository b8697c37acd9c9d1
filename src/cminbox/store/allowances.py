"""What sources used up of what their networks allow, and when they brought something."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.model import DAY, HOUR, Instant
from cminbox.store.sqlite import Connection

ARRIVALS_KEPT = 28 * DAY


UsedUp = tuple[int, Instant]
"""How much of an allowance is used up, and until when that counts."""


def of(conn: Connection, source_id: int) -> dict[str, UsedUp]:
    """What a source has used up, by the allowance's name."""
    found = conn.execute("SELECT name, used, resets_at FROM allowances WHERE source_id = ?", (source_id,))
    return {row[0]: (row[1], row[2]) for row in found}


def change(conn: Connection, source_id: int, name: str, work: Callable[[UsedUp | None], UsedUp]) -> UsedUp:
    """Change what is used up of an allowance, from what is kept of it; what `work` raises changes nothing."""
    sql = "SELECT used, resets_at FROM allowances WHERE source_id = ? AND name = ?"
    row = conn.execute(sql, (source_id, name)).fetchone()
    new = work(None if row is None else (row[0], row[1]))
    sql = "INSERT OR REPLACE INTO allowances (source_id, name, used, resets_at) VALUES (?, ?, ?, ?)"
    conn.execute(sql, (source_id, name, *new))
    return new


def count_arrivals(conn: Connection, source_id: int, messages: int, now: Instant) -> None:
    """Count messages that came in now; hours that are long past are forgotten."""
    sql = (
        "INSERT INTO arrivals (source_id, hour, messages) VALUES (?, ?, ?)"
        " ON CONFLICT (source_id, hour) DO UPDATE SET messages = messages + excluded.messages"
    )
    conn.execute(sql, (source_id, now // HOUR, messages))
    conn.execute("DELETE FROM arrivals WHERE source_id = ? AND hour < ?", (source_id, (now - ARRIVALS_KEPT) // HOUR))


def arrivals(conn: Connection, source_id: int) -> list[tuple[int, int]]:
    """The hours in which a source brought something, since the epoch, each with how much; the oldest first."""
    sql = "SELECT hour, messages FROM arrivals WHERE source_id = ? ORDER BY hour"
    return [(row[0], row[1]) for row in conn.execute(sql, (source_id,))]
