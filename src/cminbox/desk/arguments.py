"""What a person typed behind a command, as numbers and answers."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.errors import UsageError


def number_between(text: str, low: int, high: int) -> float:
    """A number from `low` to `high`.

    Raises:
        UsageError: it is none, or not between them.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise UsageError(f"{text!r} is not between {low} and {high}")
    return value


def is_on(args: Sequence[str]) -> bool:
    """What a person typed behind a command that is on or off; nothing means on.

    Raises:
        UsageError: it is neither.
    """
    word = args[0].casefold() if args else "on"
    if word not in ("on", "off", "yes", "no"):
        raise UsageError(f"{args[0]!r} is neither on nor off")
    return word in ("on", "yes")
