"""The checks of `doctor` on sources: whether each answers and the engine reads it, and whose clock is right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cminbox import secrets
from cminbox.cli.check import Check
from cminbox.cli.session import Session
from cminbox.cli.sources import ask
from cminbox.config import SourceConfig
from cminbox.duration import format_duration, format_narrow
from cminbox.engine import projects, source_words
from cminbox.errors import AuthError, CminboxError
from cminbox.model import MINUTE, SECOND, now
from cminbox.sources import registry
from cminbox.sources.contract import Identity
from cminbox.sources.http import Client, host_of
from cminbox.store import engine, sources

AT_ONCE = 24
_SKEW = 30 * SECOND
_LATE = 5 * MINUTE
_OLD = 30 * MINUTE
"""A message that is older when it comes comes late."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of asking a source.

    Attributes:
        took: milliseconds.
        skew: how far its server's clock is ahead of ours, in milliseconds; None where that is not known.
    """

    identity: Identity | CminboxError
    took: float
    skew: int | None


def check_sources(session: Session, *, offline: bool) -> Iterator[Check]:
    """Every source in turn; they are asked beside each other, so that none waits for another's server."""
    wanted = session.config.sources
    off = {each.name: why for each in wanted if (why := registry.why_off(each.network, each.enabled))}
    wrong = {source.name: problems for source in wanted if (problems := _problems(session, source))}
    asked = [] if offline else [source for source in wanted if source.name not in wrong and source.name not in off]
    answers = asyncio.run(_ask_all(session, asked)) if asked else {}
    clocks = set[str]()
    for source in wanted:
        what, answer = f"source {source.name}", answers.get(source.name)
        if source.name in off:
            yield Check(what, "ok", f"{source.network}; not polled: {off[source.name]}")
            continue
        problems = wrong.get(source.name, [])
        if answer is not None and isinstance(answer.identity, CminboxError):
            problems = [answer.identity]
        if problems:
            yield from (Check(what, "fail", problem.message, problem.hint) for problem in problems)
            if answer is not None:
                yield from _known(session, source)
            continue
        text = "not asked"
        if answer is not None and isinstance(answer.identity, Identity):
            who = answer.identity.handle or answer.identity.id
            text = f"answers as {who} in {answer.took:,.0f} ms"
        yield Check(what, "ok", f"{source.network}{'; ' if answer is None else ', '}{text}")
        yield from _polling(session, source)
        yield from _known(session, source)
        host = host_of(source.base_url)
        if answer is not None and answer.skew is not None and host not in clocks:
            clocks.add(host)
            yield _clock(host, answer.skew)


def _problems(session: Session, source: SourceConfig) -> list[CminboxError]:
    """What is wrong with a source before it is asked."""
    try:
        info = registry.info(source.network)
        problems = registry.check_options(info, source.options)
        if problems:
            return [session.config.source_error(source.name, each.key, each.message) for each in problems]
        if info.secret is not None and secrets.find(source.name, session.paths) is None:
            return [AuthError("no secret is kept for it", f"cminbox sources login {source.name}")]
    except CminboxError as error:
        return [error]
    return []


async def _ask_all(session: Session, wanted: Sequence[SourceConfig]) -> dict[str, _Answer]:
    """Who we are at each source, a few asked at once."""
    places = asyncio.Semaphore(AT_ONCE)
    async with Client() as client:

        async def one(source: SourceConfig) -> _Answer:
            async with places:
                began = time.monotonic()
                found: Identity | CminboxError
                try:
                    found, _ = await ask(session, source, client, read=False)
                except CminboxError as error:
                    found = error
                return _Answer(found, (time.monotonic() - began) * SECOND, client.skew(source.base_url))

        answers = await asyncio.gather(*(one(source) for source in wanted))
    return {source.name: answer for source, answer in zip(wanted, answers, strict=True)}


def _polling(session: Session, source: SourceConfig) -> Iterator[Check]:
    """Whether the engine can read a source, and does: that it answers is not all."""
    what, here = f"source {source.name}", now()
    row, heart = sources.by_name(session.conn, source.name), engine.get(session.conn)
    if row is None or row.last_poll_at is None:
        return
    if row.paused_by:
        yield Check(what, "warn", f"paused by {row.paused_by}", "P on the sources screen lets it go on")
        return
    if row.health not in ("ok", "new"):
        yield Check(what, "warn", f"{row.health} at the last poll: {row.error}", row.hint)
    elif row.note:
        yield Check(what, "ok", f"at the last polls: {row.note}")
    late = here - max(row.next_poll_at or 0, row.limited_until or 0, heart.started_at if heart is not None else 0)
    if heart is not None and heart.alive(here) and late > _LATE:
        away = format_narrow(here - row.last_poll_at)
        yield Check(what, "warn", f"an engine runs, and polled it last {away} ago", "the log has more")


def _known(session: Session, source: SourceConfig) -> Iterator[Check]:
    """What the engine found of a source beside whether it answers: its token's end, its budgets, its silence."""
    what, here = f"source {source.name}", now()
    info, row = registry.info(source.network), sources.by_name(session.conn, source.name)
    for line, over in source_words.api_warning(info, here):
        yield Check(what, "fail" if over else "warn", line, "update cminbox")
    if row is None:
        return
    if (warning := source_words.token_warning(row, here)) != "":
        yield Check(what, "warn", warning, f"cminbox sources login {source.name}")
    others = projects.partners(session.config.sources, source)
    options, used = projects.options(info, others, source), projects.used(session.conn, info, others, row.id)
    for each in info.capabilities.allowances:
        words = f"{each.name}: {source_words.allowance(each, options, used, here, others)}"
        spent = source_words.is_spent(each, options, used, here)
        yield Check(what, "warn" if spent else "ok", words, "polling waits for it" if spent else "")
    if (words := source_words.budget_left(row, here)) != "":
        yield Check(what, "ok", words)
    if row.silence:
        yield Check(what, "warn", row.silence, "look there whether a permission or a role was taken away")
    if row.lag is not None and row.lag > _OLD:
        text = f"its newest message was {format_duration(row.lag)} old when it came"
        yield Check(what, "warn", text, "it is polled too rarely, or the network is late")


def _clock(host: str, skew: int) -> Check:
    """How far a server's clock is from ours."""
    if abs(skew) <= _SKEW:
        return Check("clock", "ok", f"agrees with that of {host}")
    way = "behind" if skew > 0 else "ahead of"
    text = f"ours is {format_duration(abs(skew))} {way} that of {host}"
    return Check("clock", "warn", text, "set this host's clock (NTP): waiting times depend on it")
