"""Change numbers: every row that changes carries one, and they only grow, so that a screen asks for what is newer."""

from __future__ import annotations

from cminbox.store.sqlite import Connection


def newest(conn: Connection) -> int:
    """The newest change number."""
    return int(conn.execute("SELECT value FROM settings WHERE key = 'changed'").fetchone()[0])


def advance(conn: Connection) -> int:
    """The number that rows changed in this transaction carry; grows with every call."""
    row = conn.execute(
        "UPDATE settings SET value = CAST(value AS INTEGER) + 1 WHERE key = 'changed' RETURNING CAST(value AS INTEGER)"
    ).fetchone()
    return int(row[0])


def advance_to(conn: Connection, number: int) -> None:
    """Have the change numbers go on after this one, which rows carry already."""
    conn.execute(
        "UPDATE settings SET value = MAX(CAST(value AS INTEGER), ?) WHERE key = 'changed'",
        (number,),
    )
