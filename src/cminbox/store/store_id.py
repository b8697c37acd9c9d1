"""When a store was made: what tells it from another one at the same place."""

from __future__ import annotations

from sqlite3 import Connection


def of(conn: Connection) -> str:
    """The time of its first migration, to the microsecond; a copy has its original's."""
    row = conn.execute("SELECT applied_at FROM _sqlite_migrations ORDER BY id LIMIT 1").fetchone()
    return str(row[0]) if row else ""
