"""By what messages were analysed, and how far they are read again after that changed."""

from __future__ import annotations

import json
from typing import Literal, NamedTuple

from cminbox.store.sqlite import Connection

Stage = Literal["open", "history"]


class Progress(NamedTuple):
    """How far the messages are read again.

    Attributes:
        mark: by what they are analysed.
        stage: which conversations are read: those that are open or snoozed first, then all others, the newest first.
        at: the conversation that was read last.
        done, total: conversations.
    """

    mark: str
    stage: Stage
    at: int
    done: int
    total: int

    def words(self) -> str:
        """How far it is, as people are told."""
        return f"messages are read again: {self.done:,} of {self.total:,} conversations"


def progress(conn: Connection) -> Progress | None:
    """How far it is; None where all messages were analysed by the same."""
    row = conn.execute("SELECT value FROM settings WHERE key = 'analysing'").fetchone()
    try:
        mark, stage, at, done, total = json.loads(row[0])
        return Progress(str(mark), "open" if stage == "open" else "history", int(at), int(done), int(total))
    except (TypeError, ValueError):
        return None


def want(conn: Connection, mark: str) -> bool:
    """Have all messages read again where they were analysed by something else; whether there is any to read.

    What was begun with the same mark goes on where it was cut off.
    """
    running = progress(conn)
    if running is not None and running.mark == mark:
        return True
    known = conn.execute("SELECT value FROM settings WHERE key = 'analysed_by'").fetchone()
    total = conn.execute("SELECT COUNT(*) FROM conversations").fetchone()[0]
    if not total or (running is None and known is not None and known[0] == mark):
        _end(conn, mark)
        return False
    keep(conn, Progress(mark, "open", 0, 0, total))
    return True


def begin(conn: Connection, mark: str) -> None:
    """Remember what the first messages were analysed by, before any engine ran."""
    conn.execute("INSERT OR IGNORE INTO settings (key, value) VALUES ('analysed_by', ?)", (mark,))


def keep(conn: Connection, now: Progress) -> None:
    """Write down how far it is."""
    conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('analysing', ?)", (json.dumps(now),))


def following(conn: Connection, now: Progress, limit: int) -> list[int]:
    """The next conversations to read, in the order of their stage; none where the stage is done."""
    if now.stage == "open":
        sql = "SELECT id FROM conversations WHERE status IN ('open', 'snoozed') AND id > ? ORDER BY id LIMIT ?"
        return [row[0] for row in conn.execute(sql, (now.at, limit))]
    sql = "SELECT id FROM conversations WHERE status NOT IN ('open', 'snoozed') AND id < ? ORDER BY id DESC LIMIT ?"
    return [row[0] for row in conn.execute(sql, (now.at, limit))]


def advance(conn: Connection, now: Progress, read: list[int]) -> Progress | None:
    """Write down that these were read, in their order; the progress then, None at the end."""
    if read:
        after = now._replace(at=read[-1], done=min(now.done + len(read), now.total))
    elif now.stage == "open":
        after = now._replace(stage="history", at=1 << 62)
    else:
        _end(conn, now.mark)
        return None
    keep(conn, after)
    return after


def _end(conn: Connection, mark: str) -> None:
    conn.execute("DELETE FROM settings WHERE key = 'analysing'")
    conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('analysed_by', ?)", (mark,))
