"""What a command works with: configuration, store, member and desk, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

from cminbox import paths
from cminbox.cli import output
from cminbox.cli.arguments import Shared
from cminbox.config import Config, load
from cminbox.errors import UsageError
from cminbox.members import MAY_ACT, account_has_name, account_name, check_role
from cminbox.model import Member, Role
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

        if not account_has_name():
            output.note(f"this host has no name for the account: you act as {self.member.handle}")
        return Desk(self.store, self.config, self.member, account=account_name())

    def check_may(self, allowed: Sequence[Role] = MAY_ACT) -> None:
        """Refuse who may not do what belongs to the host: bring messages in, keep secrets, erase.

        An account that is no member may, for the engine's own seldom is one; a member needs the role.

        Raises:
            ActionError: this member's role does not let them.
            UsageError: `--as` names nobody for whom the account may speak.
        """
        if (member := self._known_member()) is not None:
            check_role(member, allowed)

    @property
    def actor(self) -> str:
        """Who acts, as events write it; an account that is no member acts as itself."""
        member = self._known_member()
        return f"member:{member.handle}" if member is not None else f"account:{account_name()}"

    def _known_member(self) -> Member | None:
        try:
            return self.member
        except UsageError:
            if self.shared.member is not None:
                raise
            return None

    def close(self) -> None:
        """Finish what was begun with the store."""
        if self._store is not None:
            self._store.close()
