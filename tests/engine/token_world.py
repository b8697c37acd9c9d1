"""A server of tokens, a configuration that polls it, and a store."""

from __future__ import annotations

from pathlib import Path

import token_network
from engine_bench import IMPATIENT, nap
from token_network import TokenServer

from cminbox import config as configuration
from cminbox import paths, secrets
from cminbox.engine.accounts import Accounts
from cminbox.engine.loop import Engine
from cminbox.errors import CminboxError
from cminbox.model import HOUR, from_iso
from cminbox.sources.credentials import Credentials
from cminbox.store import sources
from stores import new_store

NOW = from_iso("2026-03-08T12:00:00+00:00")


class World:
    """A server of tokens, a configuration that polls it, a store, and a clock."""

    def __init__(self, home: Path, server: TokenServer, extra: str = "") -> None:
        self.server = server
        self.now = NOW
        self.home = home
        self.configure(extra)
        self.store = new_store(self.config.paths.store)

    def configure(self, extra: str) -> None:
        folder = self.home / "config"
        folder.mkdir(exist_ok=True)
        text = f'[[source]]\nname = "shop"\nnetwork = "tokens"\nbase_url = "{self.server.url}"\n{extra}\n'
        (folder / "config.toml").write_text(text)
        self.config = configuration.load(paths.find())._replace(undo_ms=0)

    def secret(self, **changes) -> None:
        """Keep the token that works, which lives for an hour from now on."""
        made = {"access_token": "a1", "refresh_token": "r1", "issued_at": self.now, "expires_at": self.now + HOUR}
        secrets.put("shop", Credentials(**{**made, **changes}).dump(), self.config.paths)

    @property
    def kept(self) -> Credentials:
        return Credentials.parse(secrets.get("shop", self.config.paths) or "")

    @property
    def row(self):
        return sources.by_name(self.store.read(), "shop")

    def engine(self) -> Engine:
        return Engine(self.store, self.config, clock=lambda: self.now, timing=IMPATIENT, sleep=nap)

    async def poll(self, engine: Engine | None = None) -> CminboxError | None:
        (polled,) = await (engine or self.engine()).once()
        return polled.error

    def account(self, accounts: Accounts):
        row = self.store.write(lambda conn: sources.ensure(conn, "shop", "tokens", base_url=self.server.url))
        return accounts.of(self.config, self.config.sources[0], row, token_network)
