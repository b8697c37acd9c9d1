"""What every part of the desk stands on: whose desk it is, and whether they may act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cminbox.errors import ActionError
from cminbox.model import Instant, Member

if TYPE_CHECKING:
    from cminbox.config import Config
    from cminbox.store import Store


class Seat:
    """One member at one screen, before the store."""

    store: Store
    config: Config
    member: Member
    session: str
    clock: Callable[[], Instant]

    @property
    def actor(self) -> str:
        """Who acts, as events write it."""
        return f"member:{self.member.handle}"

    def bring_forward(self, ids: Sequence[int]) -> None:
        """Have what was asked for before done to these first."""

    def check_may_act(self) -> None:
        """Observers look on.

        Raises:
            ActionError: this member is one.
        """
        if self.member.role == "observer":
            raise ActionError(f"{self.member.handle} is an observer", "ask a lead for another role")
