"""The engine's own row: who it is, its heartbeat, its problem."""

from __future__ import annotations

import json
from typing import NamedTuple

from cminbox.model import SECOND, Instant
from cminbox.store.rows import table
from cminbox.store.sqlite import Connection

ALIVE = 15 * SECOND
"""A heartbeat older than this means that no engine runs."""


class EngineRow(NamedTuple):
    """What the engine last said of itself."""

    pid: int
    host: str
    version: str
    started_at: Instant
    beat_at: Instant
    stopped_at: Instant | None
    by_hand: bool
    doing: str
    problem: str

    def alive(self, now: Instant) -> bool:
        """Whether it runs: it has not stopped, and its last heartbeat is recent. One from the future is not."""
        return self.stopped_at is None and abs(now - self.beat_at) < ALIVE


_ENGINE = table("engine", EngineRow, by_hand=bool)


def get(conn: Connection) -> EngineRow | None:
    """The newest engine's row, or None if none ever ran."""
    return _ENGINE.one(conn)


def start(conn: Connection, pid: int, host: str, version: str, now: Instant, *, by_hand: bool) -> None:
    """Note that an engine begins; its row takes the place of the one before."""
    conn.execute(
        "INSERT OR REPLACE INTO engine (id, pid, host, version, started_at, beat_at, by_hand)"
        " VALUES (1, ?, ?, ?, ?, ?, ?)",
        (pid, host, version, now, now, by_hand),
    )


def beat(conn: Connection, now: Instant, doing: str, problem: str) -> None:
    """Note that the engine is alive, what it does, and its problem (one line; empty: none)."""
    conn.execute("UPDATE engine SET beat_at = ?, doing = ?, problem = ? WHERE id = 1", (now, doing, problem))


def stop(conn: Connection, now: Instant) -> None:
    """Note that the engine leaves."""
    conn.execute("UPDATE engine SET stopped_at = ?, doing = '' WHERE id = 1", (now,))


def note_file(conn: Connection, inode: str) -> bool:
    """Remember which file the store is in; whether an engine served another one last: then a copy was put back."""
    return _note(conn, "inode", inode)


def note_judging(conn: Connection, mark: str) -> bool:
    """Remember what conversations are judged by; whether they were judged by something else before."""
    return _note(conn, "judged_by", mark)


def begin_judging(conn: Connection, mark: str) -> None:
    """Remember what the first conversations were judged by, before any engine ran."""
    conn.execute("INSERT OR IGNORE INTO settings (key, value) VALUES ('judged_by', ?)", (mark,))


class ClockMark(NamedTuple):
    """What the host's clock said at one moment.

    Attributes:
        boot: names the start of the host; passed: the milliseconds that it was awake since then.
        wall: what the clock said.
    """

    boot: str
    wall: Instant
    passed: int


def clock_mark(conn: Connection) -> ClockMark | None:
    """What the engines of this store compare the clock with; None where none ran yet."""
    row = conn.execute("SELECT value FROM settings WHERE key = 'clock'").fetchone()
    try:
        boot, wall, passed = json.loads(row[0])
        return ClockMark(str(boot), int(wall), int(passed))
    except (TypeError, ValueError):
        return None


def keep_clock_mark(conn: Connection, mark: ClockMark) -> None:
    """Keep what the clock is compared with."""
    conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('clock', ?)", (json.dumps(mark),))


def _note(conn: Connection, key: str, value: str) -> bool:
    """Keep a setting; whether it was another one before."""
    row = conn.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))
    return row is not None and row[0] != value
