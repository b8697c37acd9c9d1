"""Sources as the store knows them: their health, their schedule and their cursors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from cminbox.model import Instant
from cminbox.store.sqlite import Connection, Row

Health = Literal["new", "ok", "failing", "limited", "paused", "gone"]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source's row; columns as in `schema.py`."""

    id: int
    name: str
    network: str
    base_url: str
    owned: bool
    polled: bool
    account_id: str
    account_handle: str
    limits: Mapping[str, Any]
    health: Health
    error: str
    hint: str
    failures: int
    skipped: int
    taken: int
    last_poll_at: Instant | None
    last_ok_at: Instant | None
    next_poll_at: Instant | None
    wanted_at: Instant | None
    limited_until: Instant | None
    first_ok_at: Instant | None


class SourceChanges(TypedDict, total=False):
    """New values of columns of a source, as polling finds them."""

    account_id: str
    account_handle: str
    limits: Mapping[str, Any]
    health: Health
    error: str
    hint: str
    failures: int
    last_poll_at: Instant
    last_ok_at: Instant
    next_poll_at: Instant
    limited_until: Instant | None
    first_ok_at: Instant


def _from_row(row: Row) -> SourceRow:
    values: dict[str, Any] = dict(zip(row.keys(), row, strict=True))
    values["owned"], values["polled"] = bool(values["owned"]), bool(values["polled"])
    values["limits"] = json.loads(values["limits"])
    return SourceRow(**values)


def all(conn: Connection) -> list[SourceRow]:
    """Every source, by name."""
    return [_from_row(row) for row in conn.execute("SELECT * FROM sources ORDER BY name")]


def by_name(conn: Connection, name: str) -> SourceRow | None:
    """The source of this name, or None."""
    row = conn.execute("SELECT * FROM sources WHERE name = ?", (name,)).fetchone()
    return _from_row(row) if row else None


def handles(conn: Connection) -> dict[int, str]:
    """Our own handle on each source that knows it."""
    return {row[0]: row[1] for row in conn.execute("SELECT id, account_handle FROM sources WHERE account_handle != ''")}


def get(conn: Connection, source_id: int) -> SourceRow | None:
    """The source of this id, or None."""
    row = conn.execute("SELECT * FROM sources WHERE id = ?", (source_id,)).fetchone()
    return _from_row(row) if row else None


def ensure(
    conn: Connection, name: str, network: str, *, base_url: str = "", owned: bool = True, polled: bool = True
) -> SourceRow:
    """The source of this name, made or brought up to what the configuration says of it.

    An import names only sources that are not polled; it leaves one that is polled as it stands.
    """
    known = by_name(conn, name)
    if known is None:
        conn.execute(
            "INSERT INTO sources (name, network, base_url, owned, polled) VALUES (?, ?, ?, ?, ?)",
            (name, network, base_url, int(owned), int(polled)),
        )
    elif polled and (known.network, known.base_url, known.owned, known.polled) != (network, base_url, owned, True):
        if (known.network, known.base_url) != (network, base_url):
            # Another server: its ids and cursors mean nothing there.
            conn.execute("DELETE FROM cursors WHERE source_id = ?", (known.id,))
            conn.execute("UPDATE sources SET account_id = '', account_handle = '' WHERE id = ?", (known.id,))
        conn.execute(
            "UPDATE sources SET network = ?, base_url = ?, owned = ?, polled = 1 WHERE id = ?",
            (network, base_url, int(owned), known.id),
        )
    found = by_name(conn, name)
    assert found is not None  # noqa: S101 - it was made above
    return found


def update(conn: Connection, source_id: int, changes: SourceChanges) -> None:
    """Set columns of a source."""
    names = ", ".join(f"{name} = ?" for name in changes)
    values = [json.dumps(value) if name == "limits" else value for name, value in changes.items()]
    conn.execute(f"UPDATE sources SET {names} WHERE id = ?", (*values, source_id))


def want(conn: Connection, name: str | None, now: Instant) -> int:
    """Ask for a poll of a source (None: all) as soon as the engine looks; how many will be polled."""
    sql, params = "UPDATE sources SET wanted_at = ? WHERE polled = 1", list[Any]([now])
    if name is not None:
        sql, params = f"{sql} AND name = ?", [*params, name]
    return conn.execute(sql, params).rowcount


def count_taken(conn: Connection, source_id: int, *, taken: int = 0, skipped: int = 0) -> None:
    """Count what was taken in and what could not be understood."""
    conn.execute(
        "UPDATE sources SET taken = taken + ?, skipped = skipped + ? WHERE id = ?", (taken, skipped, source_id)
    )


def cursors(conn: Connection, source_id: int) -> dict[str, str]:
    """Where the next poll goes on, by stream."""
    rows = conn.execute("SELECT stream, cursor FROM cursors WHERE source_id = ?", (source_id,))
    return {row[0]: row[1] for row in rows}


def set_cursor(conn: Connection, source_id: int, stream: str, cursor: str, now: Instant) -> None:
    """Remember where a stream goes on; in the same transaction as the page that it follows."""
    conn.execute(
        "INSERT INTO cursors (source_id, stream, cursor, updated_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (source_id, stream) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at",
        (source_id, stream, cursor, now),
    )


def forget_unconfigured(conn: Connection, names: Sequence[str]) -> None:
    """Sources that the configuration no longer names are kept with all they brought, and no longer polled."""
    marks = ", ".join("?" * len(names))
    conn.execute(f"UPDATE sources SET polled = 0 WHERE polled = 1 AND name NOT IN ({marks})", list(names))
