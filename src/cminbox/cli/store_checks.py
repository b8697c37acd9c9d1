"""What `doctor` looks at around the store: its file, the disk, the engine that serves it, the clock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cminbox.cli.check import Check, State, private
from cminbox.cli.session import Session
from cminbox.duration import format_duration, format_narrow
from cminbox.engine import lock_holder, put_back
from cminbox.errors import CminboxError
from cminbox.model import DAY, MINUTE, SECOND, now
from cminbox.store import analysing, engine, events, reporting, sources

_LITTLE_SPACE = 500 * 1024 * 1024
_NO_SPACE = 50 * 1024 * 1024
_SKEW = 30 * SECOND
"""A time of our own that lies further in the future than this was written by another clock."""


def check_store(session: Session) -> Iterator[Check]:
    """The store's file and folder; the last check fails where the store cannot be read."""
    path, group = session.paths.store, session.config.group
    if path.parent.exists():
        yield private("data folder", path.parent, 0o007 if group else 0o077)
    if path.exists():
        yield from _writable(path)
    try:
        broken = session.store.damage()
        messages, rows = reporting.size(session.conn)
    except CminboxError as error:
        yield Check("store", "fail", error.message, error.hint)
        return
    if broken:
        hint = "put a backup in its place; cminbox export writes what can still be read"
        yield Check("store", "fail", f"{path} is damaged: {broken}", hint)
        return
    yield Check("store", "ok", f"{path}, {messages:,} messages in {rows:,} conversations")
    yield private("store file", path, 0o007 if group else 0o077)
    free = shutil.disk_usage(path.parent).free
    state: State = "fail" if free < _NO_SPACE else "warn" if free < _LITTLE_SPACE else "ok"
    yield Check("disk", state, f"{free / 1e9:,.1f} GB free", "free some space: a full disk stops everything")


def _writable(path: Path) -> Iterator[Check]:
    """Whether what belongs to the store can be written; nothing where it can."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        yield Check(
            "store", "fail", f"{path} is on a file system that is read-only", "remount it, or name another folder"
        )
        return
    for part, needed, wanted in ((path, 0o200, "600"), (path.parent, 0o300, "700")):
        mode, owner = part.stat().st_mode & 0o777, part.stat().st_uid
        if mode & needed != needed:
            yield Check("store", "fail", f"{part} is read-only (mode {mode:o})", f"chmod {wanted} {part}")
        elif not os.access(part, os.W_OK):
            text = f"{part} cannot be written by this account: it belongs to uid {owner} (mode {mode:o})"
            yield Check("store", "fail", text, "become that account, or share the store: [store] group in config.toml")


def check_engine(session: Session) -> Iterator[Check]:
    """Whether an engine serves the store, and this very file."""
    row, here = engine.get(session.conn), now()
    alive = row is not None and row.alive(here)
    lock = Path(f"{session.paths.store}.engine")
    held_by = lock_holder.holder(lock, look_only=alive)
    put = events.latest(session.conn, put_back.EVENT)
    if put is not None and here - put.at < DAY:
        ago = format_narrow(max(0, here - put.at))
        yield Check("store", "warn", f"it was replaced by a copy {ago} ago, and is served since", "see cminbox log")
    if row is None or row.stopped_at is not None:
        yield (
            _other_file(held_by)
            if held_by is not None
            else Check("engine", "ok", "none runs; the queue starts one, and cminbox poll is one")
        )
        return
    beat, local = here - row.beat_at, row.host == os.uname().nodename
    who = f"process {row.pid} on {row.host}"
    if beat < -_SKEW:
        text = f"{who} was last heard of {format_duration(-beat)} in the future"
        yield Check("engine", "warn", text, "this host's clock was set back; start the engine again")
    elif local and not lock_holder.exists(row.pid):
        yield Check(
            "engine", "warn", f"{who} is gone, without having stopped", "it was killed; the next one takes over"
        )
    elif local and not lock_holder.is_ours(row.pid):
        text = f"{who} is another program by now; the engine of that number is gone"
        yield Check("engine", "warn", text, "it was killed; the next one takes over")
    elif not alive and held_by not in (None, row.pid, lock_holder.UNNAMED):
        yield _other_file(held_by)
    elif not alive:
        text = f"{who} has not been heard of for {format_narrow(max(0, beat))}"
        yield Check("engine", "warn", text, "it was killed, or hangs; the next one takes over")
    else:
        text = f"{who}, version {row.version}, beat {format_duration(max(0, beat))} ago"
        yield Check("engine", "warn", f"{text}: {row.problem}") if row.problem else Check("engine", "ok", text)
    if (again := analysing.progress(session.conn)) is not None:
        yield Check("messages", "ok", f"{again.words()}, because a word list or the program changed")


def _other_file(held_by: int | None) -> Check:
    who = f"process {held_by}" if held_by else "an engine"
    text = f"{who} holds the engine's lock, and does not serve this store: its file was replaced"
    return Check("engine", "fail", text, f"end it: kill {held_by}" if held_by else "end it, and start another")


def check_times(session: Session) -> Iterator[Check]:
    """Whether the store has times of ours that have yet to come: this host's clock was ahead, and was put right."""
    here, row = now(), engine.get(session.conn)
    last = {one.name: one.last_poll_at for one in sources.all(session.conn) if one.last_poll_at is not None}
    times = [*last.values(), *([row.beat_at] if row is not None else [])]
    ahead = max(times, default=here) - here
    if ahead > _SKEW:
        names = ", ".join(name for name, when in last.items() if when - here > _SKEW) or "the engine"
        text = f"{names}: polled {_away(ahead)} in the future; the clock of this host was set back"
        yield Check("clock", "warn", text, "the next poll puts it right; set the clock by NTP")
        return
    newest = max((event.at for event in events.newest(session.conn, 1)), default=here)
    if newest - here > _SKEW:
        text = f"the newest event lies {_away(newest - here)} in the future"
        yield Check("clock", "warn", text, "this host's clock was set back, or is behind: set it by NTP")


def _away(ahead: int) -> str:
    """How far in the future, in whole minutes, rounded up."""
    return format_duration(-(-ahead // MINUTE) * MINUTE)
