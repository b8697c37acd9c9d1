"""What networks pushed, kept as it came until the engine has read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from cminbox.model import DAY, SECOND, Instant
from cminbox.store import sources
from cminbox.store.broken_values import parsed
from cminbox.store.sqlite import Connection

REMEMBERED = 7 * DAY
"""How long what was read is known, so that the same request is not read again."""
MOST_TRIES = 12
AT_ONCE = 100
MOST_WAITING = 10_000
"""Requests of one source that wait at most; what comes then is refused, so that the network sends it later."""


class Spooled(NamedTuple):
    """A request that waits."""

    id: int
    received_at: Instant
    method: str
    headers: Mapping[str, str]
    body: bytes
    tries: int


def keep(
    conn: Connection,
    source_name: str,
    now: Instant,
    *,
    method: str,
    headers: Mapping[str, str],
    body: bytes,
) -> bool:
    """Store a request, and ask for a poll of its source. Whether there was room; one that is known changes nothing."""
    source = sources.by_name(conn, source_name)
    if source is None:
        return False
    waiting = conn.execute("SELECT COUNT(*) FROM spool WHERE source_id = ? AND body IS NOT NULL", (source.id,))
    if waiting.fetchone()[0] >= MOST_WAITING:
        return False
    digest = hashlib.sha256(body).hexdigest()
    stored = conn.execute(
        "INSERT OR IGNORE INTO spool (source_id, received_at, digest, method, headers, body) VALUES (?, ?, ?, ?, ?, ?)",
        (source.id, now, digest, method, json.dumps(dict(headers)), body),
    )
    if stored.rowcount:
        sources.want(conn, source_name, now)
    return True


def waiting(conn: Connection, source_id: int, now: Instant) -> list[Spooled]:
    """The oldest requests of a source that wait and are due, so many as are read at once."""
    sql = (
        "SELECT id, received_at, method, headers, body, tries FROM spool"
        " WHERE source_id = ? AND body IS NOT NULL AND next_try_at <= ? ORDER BY id LIMIT ?"
    )
    return [
        Spooled(row[0], row[1], row[2], parsed(row[3], {}), bytes(row[4]), row[5])
        for row in conn.execute(sql, (source_id, now, AT_ONCE))
    ]


def read(conn: Connection, spool_id: int, now: Instant, error: str = "") -> None:
    """A request was read, or given up for a reason; what was long ago is forgotten."""
    conn.execute("UPDATE spool SET body = NULL, error = ? WHERE id = ?", (error, spool_id))
    conn.execute("DELETE FROM spool WHERE body IS NULL AND received_at < ?", (now - REMEMBERED,))


def try_later(conn: Connection, spool_id: int, now: Instant, error: str) -> None:
    """The network did not answer what a request needs: it waits for a while, and is given up after many tries."""
    tries = conn.execute("SELECT tries FROM spool WHERE id = ?", (spool_id,)).fetchone()[0] + 1
    if tries >= MOST_TRIES:
        read(conn, spool_id, now, error)
        return
    wait = min(SECOND * 5 * 2**tries, DAY // 4)
    conn.execute("UPDATE spool SET tries = ?, next_try_at = ? WHERE id = ?", (tries, now + wait, spool_id))
