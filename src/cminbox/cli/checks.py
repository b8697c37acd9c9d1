"""The single checks of `doctor`, each of which says what it found and what to do about it."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from cminbox import replies, rules, secrets
from cminbox.cli.session import Session
from cminbox.cli.sources import ask
from cminbox.commands import keys
from cminbox.config import SourceConfig
from cminbox.duration import format_duration
from cminbox.errors import AuthError, CminboxError
from cminbox.model import MINUTE, SECOND, Instant, now
from cminbox.outbox_states import accepted_until
from cminbox.sources import registry
from cminbox.sources.http import Client
from cminbox.store import engine, reporting, sources
from cminbox.store import replies as outbox
from cminbox.text import one_line

State = Literal["ok", "warn", "fail"]
_LITTLE_SPACE = 500 * 1024 * 1024
_NO_SPACE = 50 * 1024 * 1024
_SKEW = 30 * SECOND
_SMALLEST = (80, 24)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report."""

    what: str
    state: State
    text: str
    hint: str = ""


def everything(session: Session, *, offline: bool) -> Iterator[Check]:
    """All checks, cheap ones first. A broken configuration ends them early, for the rest depends on it."""
    yield _terminal()
    yield from _files(session)
    try:
        session.config  # noqa: B018 - read here so that its error is told as a check
    except CminboxError as error:
        yield Check("configuration", "fail", error.message, error.hint)
        return
    yield _configuration(session)
    yield _member(session)
    opened = False
    for check in _store(session):
        yield check
        opened = check.state != "fail"
    if opened:
        yield _engine(session)
        yield from _set_back(session)
        yield from _outbox(session)
        for source in session.config.sources:
            yield from _source(session, source, offline=offline)


def _terminal() -> Check:
    if not sys.stdout.isatty():
        return Check("terminal", "warn", "standard output is no terminal", "the queue needs one; commands do not")
    size = shutil.get_terminal_size()
    term, encoding = os.environ.get("TERM", "dumb"), (sys.stdout.encoding or "").lower()
    colours = "true colour" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else f"TERM={term}"
    text = f"{size.columns}×{size.lines}, {colours}, {encoding or 'no encoding'}"
    if encoding.replace("-", "") != "utf8":
        return Check("terminal", "fail", text, "set a UTF-8 locale, such as LANG=C.UTF-8")
    if term == "dumb":
        return Check("terminal", "fail", text, "set TERM, such as TERM=xterm-256color")
    if (size.columns, size.lines) < _SMALLEST or size.lines < _SMALLEST[1]:
        return Check("terminal", "warn", text, "make it at least 80×24")
    return Check("terminal", "ok", text)


def _files(session: Session) -> Iterator[Check]:
    """Who may read the folders and the secrets."""
    paths = session.paths
    yield _private("config folder", paths.config, 0o077)
    if paths.secrets_file.exists():
        yield _private("secrets", paths.secrets_file, 0o077)


def _private(what: str, path: Path, others: int) -> Check:
    if not path.exists():
        return Check(what, "warn", f"{path} is not there", "cminbox init writes a configuration")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & others:
        wanted = "700" if path.is_dir() else "600"
        return Check(what, "warn", f"{path} can be read by others (mode {mode:o})", f"chmod {wanted} {path}")
    return Check(what, "ok", str(path))


def _configuration(session: Session) -> Check:
    """The configuration's own files, and all the others that a person writes."""
    config, paths = session.config, session.paths
    rule_book, template_book = rules.load(paths.rules), replies.load(paths.templates)
    problems: list[CminboxError] = [*rule_book.problems, *template_book.problems, *template_book.check()]
    try:
        keys.load(paths.keys_file)
    except CminboxError as error:
        problems.append(error)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return Check("configuration", "fail", f"{problems[0].message}{more}", problems[0].hint)
    counts = (
        (len(config.sources), "sources"),
        (len(config.members), "members"),
        (len(rule_book.rules), "rules"),
        (len(template_book.templates), "templates"),
    )
    text = ", ".join(f"{count} {word[:-1] if count == 1 else word}" for count, word in counts)
    if not config.sources:
        return Check("configuration", "warn", text, "add a [[source]], or run cminbox demo")
    return Check("configuration", "ok", text)


def _member(session: Session) -> Check:
    try:
        member = session.member
    except CminboxError as error:
        return Check("member", "fail", error.message, error.hint)
    return Check("member", "ok", f"{member.handle}, {member.role}")


def _store(session: Session) -> Iterator[Check]:
    path = session.paths.store
    try:
        broken = session.store.damage()
        messages, rows = reporting.size(session.conn)
    except CminboxError as error:
        yield Check("store", "fail", error.message, error.hint)
        return
    if broken:
        yield Check("store", "fail", f"{path} is damaged: {broken}", "put a backup in its place")
        return
    yield Check("store", "ok", f"{path}, {messages:,} messages in {rows:,} conversations")
    yield _private("store file", path, 0o007 if session.config.group else 0o077)
    free = shutil.disk_usage(path.parent).free
    state: State = "fail" if free < _NO_SPACE else "warn" if free < _LITTLE_SPACE else "ok"
    yield Check("disk", state, f"{free / 1e9:,.1f} GB free", "free some space: a full disk stops everything")


def _engine(session: Session) -> Check:
    row, here = engine.get(session.conn), now()
    if row is None or row.stopped_at is not None:
        return Check("engine", "ok", "none runs; the queue starts one, and cminbox poll is one")
    beat = format_duration(max(0, here - row.beat_at))
    if not row.alive(here):
        text = f"process {row.pid} on {row.host} has not been heard of for {beat}"
        return Check("engine", "warn", text, "it was killed, or hangs; the next one takes over")
    text = f"process {row.pid} on {row.host}, version {row.version}, beat {beat} ago"
    return Check("engine", "warn", f"{text}: {row.problem}") if row.problem else Check("engine", "ok", text)


def _set_back(session: Session) -> Iterator[Check]:
    """Whether the store has times that have yet to come: this host's clock was ahead, and was put right."""
    here, row = now(), engine.get(session.conn)
    last = {one.name: one.last_poll_at for one in sources.all(session.conn) if one.last_poll_at is not None}
    times = [*last.values(), *([row.beat_at] if row is not None else [])]
    ahead = max(times, default=here) - here
    if ahead > _SKEW:
        names = ", ".join(name for name, when in last.items() if when - here > _SKEW) or "the engine"
        away = format_duration(-(-ahead // MINUTE) * MINUTE)
        text = f"{names}: polled {away} in the future; the clock of this host was set back"
        yield Check("clock", "warn", text, "the next poll puts it right; set the clock by NTP")


def _outbox(session: Session) -> Iterator[Check]:
    """Replies that failed, and those of which nobody knows whether they arrived."""
    here, waiting = now(), outbox.outbox(session.conn)
    for reply in (each for each in waiting if each.status == "unknown"):
        age = format_duration(max(0, here - (reply.sending_at or reply.created_at)))
        text = f"{reply.id} (conversation {reply.conversation_id}) is unknown for {age}: {one_line(reply.error)[:160]}"
        over = here > accepted_until(reply, here)
        hint = "look on the network; :arrived or :retry in the conversation ends it" if over else "it is looked up"
        yield Check("reply", "warn", text, hint)
    failed = sum(each.status == "failed" for each in waiting)
    if failed:
        yield Check("replies", "warn", f"{failed:,} failed", "their conversations say why; :retry sends one again")


def _source(session: Session, source: SourceConfig, *, offline: bool) -> Iterator[Check]:
    """Whether a source is configured right, has its secret, and answers; and whether its clock is ours."""
    what = f"source {source.name}"
    try:
        info = registry.info(source.network)
        problems = registry.check_options(info, source.options)
        if problems:
            raise session.config.source_error(source.name, problems[0].key, problems[0].message)
        if info.secret is not None:
            kept = secrets.find(source.name, session.paths)
            if kept is None:
                raise AuthError("no secret is kept for it", f"cminbox sources login {source.name}")
        if offline:
            yield Check(what, "ok", f"{source.network}; not asked")
            return
        began = time.monotonic()
        identity, _ = asyncio.run(ask(session, source, read=False))
        took = (time.monotonic() - began) * 1000
        yield Check(what, "ok", f"{source.network}, answers as {identity.handle or identity.id} in {took:,.0f} ms")
    except CminboxError as error:
        yield Check(what, "fail", error.message, error.hint)
        return
    if address := _address(source):
        yield from _clock(source.name, address)


def _address(source: SourceConfig) -> str:
    if source.base_url:
        return f"{source.base_url}/api/v1/instance" if source.network == "mastodon" else source.base_url
    url = source.options.get("url")
    return url if isinstance(url, str) else ""


def _clock(name: str, address: str) -> Iterator[Check]:
    """How far the server's clock is from ours, by the Date of an answer; nothing where it sends none."""
    try:
        date, here = asyncio.run(_date(address, now))
        skew = round(parsedate_to_datetime(date).timestamp() * 1000) - here
    except (CminboxError, ValueError, TypeError):
        return
    if abs(skew) > _SKEW:
        way = "behind" if skew > 0 else "ahead of"
        text = f"ours is {format_duration(abs(skew))} {way} {name}'s"
        yield Check("clock", "warn", text, "set this host's clock (NTP): waiting times depend on it")
    else:
        yield Check("clock", "ok", f"agrees with {name}'s")


async def _date(address: str, clock: Callable[[], Instant]) -> tuple[str, Instant]:
    async with Client() as client:
        answer = await client.get(address)
        return answer.headers.get("date", ""), clock()
