"""What a part that asks and acts needs of the screen it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from textual.screen import ModalScreen

T = TypeVar("T")


class Asking(Protocol):
    """A screen on which a person is asked, and told what came of it."""

    async def ask(self, picker: ModalScreen[T | None]) -> T | None:
        """Show a modal and wait for what is chosen; None where the person left."""

    async def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        """Run a desk call on the desk's thread; an error of ours is said and gives None."""

    def say(self, text: str, *, undo: bool = False) -> None:
        """Say it in the last line, with the key that undoes it."""
