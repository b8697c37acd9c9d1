"""What a command works with: configuration, store, member and desk, each made when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from cminbox import paths
from cminbox.cli.arguments import Shared
from cminbox.config import Config, load
from cminbox.model import Member
from cminbox.paths import Paths

if TYPE_CHECKING:
    import typer

    from cminbox.desk import Desk
    from cminbox.store import Connection, Store


class Session:
    """One call of the command line."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self._store: Store | None = None

    @staticmethod
    def of(ctx: typer.Context) -> Session:
        """The session of the running command."""
        return cast(Session, ctx.find_root().obj)

    @cached_property
    def paths(self) -> Paths:
        """The folders of configuration, data and state."""
        return paths.find(self.shared.config, self.shared.data)

    @cached_property
    def config(self) -> Config:
        """The user's configuration, read when it is first asked for."""
        return load(self.paths)

    @property
    def store(self) -> Store:
        """The store, opened when it is first asked for."""
        if self._store is None:
            from cminbox.store import Store

            self._store = Store.open(self.config.paths.store, group=self.config.group)
        return self._store

    @property
    def conn(self) -> Connection:
        """A reading connection to the store."""
        return self.store.read()

    @cached_property
    def member(self) -> Member:
        """The member as whom the command works."""
        return self.config.member(self.shared.member)

    @cached_property
    def desk(self) -> Desk:
        """The desk of that member, made when it is first asked for."""
        from cminbox.desk import Desk

        return Desk(self.store, self.config, self.member)

    def close(self) -> None:
        """Finish what was begun with the store."""
        if self._store is not None:
            self._store.close()
