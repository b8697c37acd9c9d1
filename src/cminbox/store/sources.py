"""Sources as the store knows them: their health, their schedule and their cursors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypedDict, cast

from cminbox import links
from cminbox.model import Instant
from cminbox.store import rows
from cminbox.store.broken_values import parsed
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

Health = Literal["new", "ok", "failing", "limited", "paused", "gone"]


class SourceRow(NamedTuple):
    """A source as the store knows it; the migration that makes its table explains the columns."""

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
    note: str
    noted_at: Instant | None
    told: Mapping[str, Any]
    token_ends_at: Instant | None
    token_renewed: bool
    login_ends_at: Instant | None
    warned_ahead: int
    off: str
    paused_by: str
    lag: int | None
    last_new_at: Instant | None
    silence: str

    @property
    def state(self) -> str:
        """How it is, in one word: `import`, `off`, `paused` or its health."""
        if not self.polled:
            return "import"
        return "off" if self.off else "paused" if self.paused_by else self.health


class Schedule(NamedTuple):
    """What says when a source is polled next; columns of its row."""

    name: str
    health: Health
    last_poll_at: Instant | None
    next_poll_at: Instant | None
    wanted_at: Instant | None
    limited_until: Instant | None
    last_new_at: Instant | None = None
    off: str = ""
    paused_by: str = ""


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
    next_poll_at: Instant | None
    limited_until: Instant | None
    first_ok_at: Instant
    note: str
    noted_at: Instant | None
    told: Mapping[str, Any]
    token_ends_at: Instant | None
    token_renewed: bool
    login_ends_at: Instant | None
    warned_ahead: int
    off: str
    paused_by: str
    lag: int
    last_new_at: Instant
    silence: str


def _json(text: str) -> Any:
    return parsed(text, {})


_SOURCES = rows.table("sources", SourceRow, owned=bool, polled=bool, limits=_json, told=_json, token_renewed=bool)
_SCHEDULES = rows.table("sources", Schedule)
get = _SOURCES.get


def all(conn: Connection) -> list[SourceRow]:
    """Every source, by name."""
    return _SOURCES.all(conn, "ORDER BY name")


def schedules(conn: Connection) -> dict[str, Schedule]:
    """When each source that is polled was polled last and is polled next, by name."""
    return {row.name: row for row in _SCHEDULES.all(conn, "WHERE polled = 1")}


def by_name(conn: Connection, name: str) -> SourceRow | None:
    """The source of this name, or None."""
    return _SOURCES.one(conn, "WHERE name = ?", name)


def handles(conn: Connection) -> dict[int, str]:
    """Our own handle on each source that knows it."""
    return {row[0]: row[1] for row in conn.execute("SELECT id, account_handle FROM sources WHERE account_handle != ''")}


def ensure(
    conn: Connection, name: str, network: str, *, base_url: str = "", owned: bool = True, polled: bool = True
) -> SourceRow:
    """The source of this name, made or brought up to what the configuration says of it.

    An import names only sources that are not polled; it leaves one that is polled as it stands. Of an address what is
    secret is left away.
    """
    base_url = links.without_credentials(base_url)
    known = by_name(conn, name)
    wanted = {"network": network, "base_url": base_url, "owned": owned, "polled": polled}
    if known is None:
        rows.insert(conn, "sources", {"name": name, **wanted})
    elif polled and any(getattr(known, field) != value for field, value in wanted.items()):
        rows.update(conn, "sources", known.id, wanted)
        if (known.network, links.without_credentials(known.base_url)) != (network, base_url):
            # Another server: its ids and cursors mean nothing there.
            conn.execute("DELETE FROM cursors WHERE source_id = ?", (known.id,))
            if known.base_url and (known.network, _place(known.base_url)) != (network, _place(base_url)):
                # An answer there would reach whoever has the same id; what is read again can be answered again.
                conn.execute("UPDATE messages SET answerable = 0 WHERE source_id = ? AND answerable = 1", (known.id,))
                update(conn, known.id, {"limits": {}})
            update(conn, known.id, {"account_id": "", "account_handle": "", "told": {}})
    return cast(SourceRow, by_name(conn, name))


def _place(base_url: str) -> str:
    """The host of an address, however it is written."""
    return base_url.partition("://")[2].partition("/")[0].lower() or base_url.strip("/").lower()


def update(conn: Connection, source_id: int, changes: SourceChanges) -> None:
    """Set columns of a source."""
    rows.update(conn, "sources", source_id, changes)


def pause(conn: Connection, name: str, by: str) -> bool:
    """Pause a source that is polled, in a member's name; or with an empty one let it be polled again. Whether there
    is one."""
    return conn.execute("UPDATE sources SET paused_by = ? WHERE polled = 1 AND name = ?", (by, name)).rowcount > 0


def want(conn: Connection, name: str | None, now: Instant) -> int:
    """Ask for a poll of a source (None: all) as soon as the engine looks; how many will be polled."""
    sql = (
        "UPDATE sources SET wanted_at = ? WHERE polled = 1 AND off = '' AND paused_by = '' AND name = COALESCE(?, name)"
    )
    return conn.execute(sql, (now, name)).rowcount


def count_taken(conn: Connection, source_id: int, *, taken: int = 0, skipped: int = 0) -> None:
    """Count what was taken in and what could not be understood."""
    conn.execute(
        "UPDATE sources SET taken = taken + ?, skipped = skipped + ? WHERE id = ?", (taken, skipped, source_id)
    )


def cursors(conn: Connection, source_id: int) -> dict[str, str]:
    """Where the next poll goes on, by stream."""
    found = conn.execute("SELECT stream, cursor FROM cursors WHERE source_id = ?", (source_id,))
    return {row[0]: row[1] for row in found}


def set_cursor(conn: Connection, source_id: int, stream: str, cursor: str, now: Instant) -> None:
    """Remember where a stream goes on; in the same transaction as the page that it follows."""
    sql = "INSERT OR REPLACE INTO cursors (source_id, stream, cursor, updated_at) VALUES (?, ?, ?, ?)"
    conn.execute(sql, (source_id, stream, cursor, now))


def forget_unconfigured(conn: Connection, names: Sequence[str]) -> None:
    """Sources that the configuration no longer names are kept with all they brought, and no longer polled."""
    conn.execute(f"UPDATE sources SET polled = 0 WHERE polled = 1 AND name NOT {AMONG}", (listed(names),))
