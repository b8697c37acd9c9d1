"""As whom something goes out: our account at a source, with good credentials, and the one that was written to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from cminbox.config import Config
from cminbox.engine.accounts import Accounts
from cminbox.errors import AuthError, Refused, SourceError
from cminbox.sources import registry
from cminbox.sources.contract import Account, Adapter
from cminbox.sources.credentials import judged
from cminbox.sources.http import Client
from cminbox.store.sources import SourceRow

T = TypeVar("T")


class OwnAccounts:
    """Our accounts, each asked once for each secret who it is.

    Args:
        accounts: makes what adapters are given.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._checked: dict[tuple[str, str, str | None], str] = {}
        """Whose secret it is: the account's id by source, address and secret."""

    def of(self, config: Config, row: SourceRow | None, source_id: int) -> tuple[Adapter, Account]:
        """The adapter of a source and the account that the configuration gives it.

        Raises:
            Refused: the source is not configured.
            AuthError: there is no secret for it.
        """
        source = next((s for s in config.sources if row is not None and s.name == row.name), None)
        if row is None or source is None:
            name = row.name if row else source_id
            raise Refused(f"source {name} is not configured here", "add it to config.toml; it was only imported")
        adapter = registry.load(source.network)
        return adapter, self._accounts.of(config, source, row, adapter)

    async def ask(
        self,
        config: Config,
        row: SourceRow | None,
        source_id: int,
        client: Client,
        asked: Callable[[Adapter, Account], Awaitable[T]],
    ) -> T:
        """What a network answers: asked with credentials that are not about to end, and once more with new ones where
        it condemns them, for then it has done nothing. A refusal is judged by the account's own check.

        Raises:
            CminboxError: by what to do next.
        """
        adapter, account = self.of(config, row, source_id)
        account, _ = await self._accounts.renewed_in_time(config.paths, account, adapter, client)
        try:
            return await self._ask(adapter, account, client, asked)
        except AuthError:
            again = await self._accounts.renewed_refused(config.paths, account, adapter, client)
            if again is None:
                raise
        return await self._ask(adapter, again, client, asked)

    async def _ask(
        self, adapter: Adapter, account: Account, client: Client, asked: Callable[[Adapter, Account], Awaitable[T]]
    ) -> T:
        account = await self._as_ourselves(adapter, account, client)
        try:
            return await asked(adapter, account)
        except (AuthError, Refused) as refusal:
            raise await _refusal_of(refusal, adapter, client, account) from None

    async def _as_ourselves(self, adapter: Adapter, account: Account, client: Client) -> Account:
        """The account with its id there.

        Raises:
            Refused: the secret is another account's than the one that was written to.
            SourceError: it cannot be asked.
        """
        place = (account.source, account.base_url, account.secret)
        own = self._checked.get(place, "")
        if not own:
            own = self._checked[place] = (await adapter.identify(client, account)).id
        if account.account_id and own != account.account_id:
            raise Refused(
                f"the secret of {account.source} belongs to another account than the one that was written to",
                f"cminbox sources login {account.source}",
            )
        return replace(account, account_id=own)


async def _refusal_of(error: AuthError | Refused, adapter: Adapter, client: Client, account: Account) -> SourceError:
    """What a refusal of one request means: only the account's own check condemns its secret."""
    if isinstance(error, AuthError):
        return await judged(error, lambda: adapter.identify(client, account))
    try:
        await adapter.identify(client, account)
    except AuthError as condemned:
        return condemned
    except SourceError:
        return error  # it was a clear answer, whatever the check comes to
    return error
