"""What a command raises that asks for words and cannot: what is typed for it must run nothing."""

from __future__ import annotations

from cminbox.errors import ActionError, CminboxError


class NoPlaceToType(ActionError):
    """A command that asks for words cannot: what is typed for it runs nothing."""

    @classmethod
    def because(cls, error: CminboxError) -> NoPlaceToType:
        """The same, of what is wrong."""
        return cls(error.message, error.hint)
