"""Polls one source: page by page into the store, each page with its cursor, and its health after it."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from cminbox import secrets
from cminbox.config import Config, SourceConfig
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import Taken, take_in
from cminbox.engine.transaction import Intake
from cminbox.errors import AuthError, CminboxError, ConfigError, RateLimited, Refused, SourceError, SourceGone
from cminbox.model import HOUR, MINUTE, SECOND, Instant
from cminbox.sources import registry
from cminbox.sources.base import Account, Adapter, Page
from cminbox.sources.http import Client
from cminbox.store import Connection, Store, messages, sources
from cminbox.store.sources import SourceChanges, SourceRow

LOG = logging.getLogger(__name__)
DEFAULT_INTERVAL = MINUTE
LONGEST_BACK_OFF = 15 * MINUTE
WATCH_EVERY = 45 * SECOND
WATCHED = 20
"""Messages re-checked for edits and deletions in one poll."""

StepHook = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll of a source came to; `error` is None when it went well."""

    source: str
    taken: Taken
    skipped: int
    error: CminboxError | None = None


def account_of(
    config: Config, source: SourceConfig, row: SourceRow, adapter: Adapter, watch: tuple[str, ...] = ()
) -> Account:
    """What the adapter is given of a source, its secret included.

    Raises:
        AuthError: the network needs a secret and there is none.
        ConfigError: an option is wrong, or the network needs a base_url.
    """
    info = adapter.INFO
    problems = registry.check_options(info, source.options)
    if problems:
        raise config.source_error(source.name, problems[0].key, problems[0].message)
    if info.base_url and not source.base_url:
        raise config.source_error(source.name, "name", f"source {source.name} needs base_url", info.base_url_help)
    secret = secrets.get(source.name, config.paths)
    if info.secret is not None and not secret:
        raise AuthError(f"source {source.name}: no secret is kept for it", f"run: cminbox sources login {source.name}")
    return Account(
        source=source.name,
        network=source.network,
        base_url=source.base_url,
        owned=source.owned,
        options=source.options,
        secret=secret,
        backfill_ms=source.backfill,
        account_id=row.account_id,
        watch=watch,
    )


class Poller:
    """Polls sources for an engine.

    Args:
        step: told the name of each step before it is made; tests end the process there.
    """

    def __init__(
        self, store: Store, config: Config, scoring: Scoring, clock: Callable[[], Instant], step: StepHook
    ) -> None:
        self.store = store
        self.config = config
        self.scoring = scoring
        self.clock = clock
        self.step = step
        self._watched: dict[str, Instant] = {}
        self._watched_to: dict[str, int] = {}

    def intake(self, history_before: Instant | None = None) -> Intake:
        """What take-in needs, now."""
        return Intake(self.scoring, self.clock(), history_before, self.config.sla_default, self.config.teams)

    async def poll(self, source: SourceConfig, client: Client) -> Polled:
        """Poll a source once. Never raises what a network or a configuration can cause: it is the source's health."""
        started = self.clock()
        self.step("poll: begin")
        row = await self.store.awrite(
            lambda conn: sources.ensure(
                conn, source.name, source.network, base_url=source.base_url, owned=source.owned
            ),
            durable=False,
        )
        taken, skipped, error = Taken(), 0, None
        try:
            adapter = registry.load(source.network)
            account = account_of(self.config, source, row, adapter, self._to_watch(source.name, row))
            if not row.account_id:
                identity = await adapter.identify(client, account)
                known: SourceChanges = {"account_id": identity.id, "account_handle": identity.handle}
                known["limits"] = dict(identity.limits)
                await self._update(row, known)
                account = replace(account, account_id=identity.id)
            cursors = sources.cursors(self.store.read(), row.id)
            history = None if row.first_ok_at is not None else started - source.backfill
            async for page in adapter.pages(client, account, cursors):
                self.step("poll: page read")
                found = await self._store_page(row, page, history)
                self.step("poll: page stored")
                skipped += len(page.skipped)
                taken += found
        except CminboxError as failure:
            error = failure
            # The client that met it knows the host, not what the source is called here.
            error.hint = error.hint.replace("login NAME", f"login {source.name}")
        except Exception as failure:
            LOG.exception("polling %s", source.name)
            error = SourceError(
                f"source {source.name}: the adapter failed ({type(failure).__name__})", "the log has the details"
            )
        await self._update(row, self._health(source, row, started, error))
        self.step("poll: end")
        return Polled(source.name, taken, skipped, error)

    async def _update(self, row: SourceRow, changes: SourceChanges) -> None:
        await self.store.awrite(lambda conn: sources.update(conn, row.id, changes), durable=False)

    def _to_watch(self, name: str, row: SourceRow) -> tuple[str, ...]:
        """The next messages to re-check, going through all of them look by look."""
        now = self.clock()
        if now - self._watched.get(name, 0) < WATCH_EVERY:
            return ()
        self._watched[name] = now
        found = messages.to_watch(self.store.read(), row.id, WATCHED, self._watched_to.get(name))
        if len(found) < WATCHED:
            self._watched_to.pop(name, None)
        else:
            self._watched_to[name] = found[-1][0]
        return tuple(remote for _, remote in found)

    async def _store_page(self, row: SourceRow, page: Page, history: Instant | None) -> Taken:
        """Score a page and take it in, with its cursor, in one transaction."""
        scored = [self.scoring.score(m) for m in page.messages]
        for problem in page.skipped:
            LOG.warning("%s: skipped: %s", row.name, problem.line())
        intake = self.intake(history)

        def work(conn: Connection) -> Taken:
            return take_in(
                conn,
                row,
                scored,
                intake,
                deleted=page.deleted,
                cursor=(page.stream, page.cursor),
                skipped=len(page.skipped),
            )

        return await self.store.awrite(work, durable=False, late=True)

    def _health(
        self, source: SourceConfig, row: SourceRow, started: Instant, error: CminboxError | None
    ) -> SourceChanges:
        """How a poll that began with this row went, and when the next one is due."""
        now = self.clock()
        floor = SECOND if _on_this_machine(source.base_url) else self._floor(source.network)
        interval = max(source.interval or DEFAULT_INTERVAL, floor)
        if error is not None:
            failures = row.failures + 1
            told: SourceChanges = {"error": error.message, "hint": error.hint, "failures": failures}
            return {"last_poll_at": started, **told, **_after(error, now, interval, failures)}
        changes: SourceChanges = {"health": "ok", "error": "", "hint": "", "failures": 0, "limited_until": None}
        changes |= {"last_poll_at": started, "last_ok_at": now, "next_poll_at": now + interval}
        if row.first_ok_at is None:
            changes["first_ok_at"] = now
        return changes

    def _floor(self, network: str) -> int:
        """The shortest time between two polls that the network bears."""
        try:
            return registry.info(network).capabilities.min_interval
        except ConfigError:
            return DEFAULT_INTERVAL


def _on_this_machine(base_url: str) -> bool:
    """Whether a server runs on this machine: nobody else's patience is spent there."""
    host = urlsplit(base_url).hostname or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _after(error: CminboxError, now: Instant, interval: int, failures: int) -> SourceChanges:
    """Health and next poll after an error, by what to do next."""
    if isinstance(error, AuthError | ConfigError):
        # Only a person can mend it; a look now and then notices that one did.
        return {"health": "paused", "next_poll_at": now + max(LONGEST_BACK_OFF, interval)}
    if isinstance(error, SourceGone):
        return {"health": "gone", "next_poll_at": now + 24 * HOUR}
    if isinstance(error, RateLimited):
        return {"health": "limited", "limited_until": error.until, "next_poll_at": max(error.until, now + SECOND)}
    if isinstance(error, Refused):
        return {"health": "failing", "next_poll_at": now + LONGEST_BACK_OFF}
    wait = min(max(interval, 5 * SECOND) * 2 ** min(failures - 1, 8), max(LONGEST_BACK_OFF, interval))
    jitter = 0.8 + 0.4 * random.random()  # noqa: S311 - spreads retries, guards nothing
    return {"health": "failing", "next_poll_at": now + round(wait * jitter)}
