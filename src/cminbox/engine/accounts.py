"""The accounts that adapters are given: their secrets, kept and renewed, and what was used up of their allowances."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from cminbox import secrets
from cminbox.config import Config, SourceConfig
from cminbox.engine import projects
from cminbox.errors import AuthError, CminboxError, Retryable, SourceError, StoreError
from cminbox.model import HOUR, Instant, to_iso
from cminbox.paths import Paths
from cminbox.sources import registry
from cminbox.sources.contract import Account, Adapter, Info, Refresher
from cminbox.sources.credentials import Credentials, warned_ahead
from cminbox.sources.http import Client
from cminbox.sources.ledger import Allowance, Change, Ledger, Used, limit_of
from cminbox.store import Connection, Store, allowances
from cminbox.store.sources import SourceChanges, SourceRow

LOG = logging.getLogger(__name__)
TRY_AGAIN = 15 * 60
"""Seconds between two tries to renew a token that still works."""


class Accounts:
    """Makes the accounts of an engine, or of a command that asks a network itself.

    Args:
        store: ledgers are kept in it.
        ticks: seconds that only grow.
    """

    def __init__(self, store: Store, clock: Callable[[], Instant], ticks: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._ticks = ticks
        self._unkept: dict[tuple[str, str], str] = {}
        """New secrets that could not be kept, by the source and the secret that is kept."""
        self._failed: dict[str, tuple[str, float]] = {}
        """What to say of a renewal that failed the last time, by source, and when that was."""
        self._dead: set[str] = set()
        """Sources whose tokens cannot be renewed any more."""
        self._renewing: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def of(
        self,
        config: Config,
        source: SourceConfig,
        row: SourceRow | None,
        adapter: Adapter,
        watch: tuple[str, ...] = (),
        missing: tuple[str, ...] = (),
    ) -> Account:
        """What the adapter is given of a source, its secret included.

        Args:
            row: as the store knows it; None where it does not.

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
            raise AuthError(
                f"source {source.name}: no secret is kept for it", f"run: cminbox sources login {source.name}"
            )
        return Account(
            source=source.name,
            network=source.network,
            base_url=source.base_url,
            owned=source.owned,
            options=source.options,
            secret=None if secret is None else self._unkept.get((source.name, secret), secret),
            backfill_ms=source.backfill,
            account_id=row.account_id if row else "",
            watch=watch,
            missing=missing,
            ledger=self._ledger(config, source, row, info),
        )

    def _ledger(self, config: Config, source: SourceConfig, row: SourceRow | None, info: Info) -> Ledger:
        """A source's ledger: the store has the last word, so that no two processes or sources spend the same."""
        others = projects.partners(config.sources, source)
        options = projects.options(info, others, source)
        limits = {each.name: limit_of(each, options) for each in info.capabilities.allowances}
        if row is None:
            return Ledger(limits=limits, clock=self._clock)
        own, shared = row.id, projects.keeper(self._store.read(), others, row.id)

        async def keep(allowance: Allowance, change: Change) -> Used:
            def changed(kept: allowances.UsedUp | None) -> allowances.UsedUp:
                new = change(None if kept is None else Used(*kept))
                return new.used, new.resets_at

            def work(conn: Connection) -> allowances.UsedUp:
                return allowances.change(conn, shared if allowance.shared else own, allowance.name, changed)

            try:
                return Used(*await self._store.awrite(work, durable=allowance.unit == "money"))
            except StoreError as error:
                raise Retryable(error.message, hint=error.hint) from None  # nothing was asked of the network

        used = {name: Used(*kept) for name, kept in projects.used(self._store.read(), info, others, own).items()}
        return Ledger(used, keep, limits, self._clock)

    async def renewed_in_time(
        self, paths: Paths, account: Account, adapter: Adapter, client: Client
    ) -> tuple[Account, str]:
        """The account, with new credentials where half of the life of its own is over.

        Returns:
            With it, what people are told of a renewal that went wrong; empty where there is nothing. The account's
            credentials work until they end.
        """
        refresher = registry.refresher(adapter)
        if refresher is None or account.secret is None or not registry.renews(adapter, account):
            return account, ""
        found = secrets.find(account.source, paths)
        if found is None or not self._is_due(account.credentials, found[1]):
            return account, ""
        failed, at = self._failed.get(account.source, ("", 0.0))
        if failed and self._ticks() - at < TRY_AGAIN:
            return account, failed
        try:
            return await self._renewed(paths, account, refresher, client)
        except CminboxError as error:
            what = "could not be renewed now"
            if isinstance(error, AuthError):
                self._dead.add(account.source)
                what = "cannot be renewed any more"
            note = f"its token {what}: {error.message}"
            self._failed[account.source] = note, self._ticks()
            return account, note

    def _is_due(self, credentials: Credentials, where: secrets.Where) -> bool:
        """Whether they are to be renewed. What cannot be kept is renewed no earlier than it must be."""
        if where != "environment":
            return credentials.half_over(self._clock())
        return credentials.expires_at is not None and self._clock() >= credentials.expires_at

    async def renewed_refused(self, paths: Paths, account: Account, adapter: Adapter, client: Client) -> Account | None:
        """The account with other credentials than those that the network condemned; None where there are none.

        Raises:
            AuthError: a person has to log in again.
            CminboxError: it could not be renewed now; nothing that was asked for before is done by it.
        """
        refresher = registry.refresher(adapter)
        if refresher is None or account.secret is None:
            return None
        try:
            return (await self._renewed(paths, account, refresher, client, refused=True))[0]
        except AuthError as error:
            if error.status:
                raise
            return None  # there is nothing to renew it with: what the network said of it is the reason

    async def _renewed(
        self, paths: Paths, account: Account, refresher: Refresher, client: Client, *, refused: bool = False
    ) -> tuple[Account, str]:
        """New credentials, kept before they are used; those of another process where it was faster.

        Returns:
            With them, why they could not be kept; empty where they were.

        Raises:
            CminboxError: why there are none.
        """
        before = account.secret
        async with self._alone(account.source, paths):
            found = secrets.find(account.source, paths)
            if found is None:
                raise AuthError(f"source {account.source}: no secret is kept for it")
            kept, where = found
            account = replace(account, secret=self._unkept.get((account.source, kept), kept))
            if account.secret != before and (refused or not self._is_due(account.credentials, where)):
                return account, ""
            if where != "environment":
                # Shows that the new one can be kept too, before the old one is spent.
                await asyncio.to_thread(secrets.put, account.source, account.secret or "", paths)
                kept = account.secret or ""
            try:
                fresh = (await refresher.refresh(client, account)).dump()
            except Retryable as error:
                raise Retryable(error.message, hint=error.hint) from None  # what was asked for before is not done by it
            except CminboxError:
                raise
            except Exception:
                LOG.exception("renewing the token of %s", account.source)
                raise SourceError("the token could not be renewed", "the log has the details") from None
            self._failed.pop(account.source, None)
            self._dead.discard(account.source)
            newest = secrets.find(account.source, paths)
            if newest is not None and newest[0] != kept:
                return replace(account, secret=newest[0]), ""  # somebody logged in meanwhile: that stays
            problem = ""
            if where == "environment":
                problem = (
                    f"{secrets.variable(account.source)} is set, so its renewed token lasts until the program ends"
                )
                problem += f": unset it, and run cminbox sources login {account.source}"
            else:
                try:
                    await asyncio.to_thread(secrets.put, account.source, fresh, paths)
                except CminboxError as error:
                    problem = f"its renewed token could not be kept: {error.message}"
            if problem:
                self._unkept[account.source, kept] = fresh
            LOG.info("%s: its token was renewed", account.source)
            return replace(account, secret=fresh), problem

    @asynccontextmanager
    async def _alone(self, source: str, paths: Paths) -> AsyncIterator[None]:
        """While nobody else renews the same secret, here or in another process."""
        async with self._renewing[source]:
            found = secrets.find(source, paths)
            if found is not None and found[1] == "environment":
                yield  # no other process would see what is new
                return
            async with secrets.renewing(source, paths):
                yield

    async def keep_again(self, paths: Paths, source: str) -> None:
        """Keep a new secret that could not be kept before, where that is possible now."""
        if not any(name == source for name, _ in self._unkept):
            return
        found = secrets.find(source, paths)
        if found is None or found[1] == "environment" or (source, found[0]) not in self._unkept:
            return
        try:
            await asyncio.to_thread(secrets.put, source, self._unkept[source, found[0]], paths)
        except CminboxError:
            return
        del self._unkept[source, found[0]]

    def token(self, account: Account, adapter: Adapter, row: SourceRow) -> tuple[SourceChanges, str]:
        """What is known of the end of a token and of a login, for the source's row; and a warning that nothing renews
        it, once for each of the times ahead of the end."""
        known, now = account.credentials, self._clock()
        over = account.source in self._dead or (known.login_ends_at is not None and known.login_ends_at <= now)
        renewed = known.expires_at is not None and not over and registry.renews(adapter, account)
        what, ends, before = "token", known.expires_at, row.token_ends_at
        if renewed:
            what, ends, before = "login", known.login_ends_at, row.login_ends_at
        ahead = 0 if ends is None else warned_ahead(ends, now)
        # Each renewal says anew how long the login lasts, in seconds that differ a little.
        same = ends is not None and before is not None and renewed is row.token_renewed and abs(ends - before) < HOUR
        warned = row.warned_ahead if same else 0
        changes: SourceChanges = {
            "token_ends_at": known.expires_at,
            "token_renewed": renewed,
            "login_ends_at": known.login_ends_at,
            "warned_ahead": ahead,
        }
        if ends is None or not ahead or (warned and warned <= ahead):
            return changes, ""
        return changes, (
            f"its {what} ends at {to_iso(ends)} and nothing renews it — cminbox sources login {account.source}"
        )
