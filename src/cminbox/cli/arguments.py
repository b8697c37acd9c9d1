"""The options that every command shares, taken out of the command line wherever they stand.

Opening the queue needs no more than this, so it is read without the library that reads the commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cminbox.errors import UsageError

_SHARED = {"--config": "config", "--data": "data", "--as": "member"}


class Shared(NamedTuple):
    """What the shared options said; None where they were not given.

    Attributes:
        config: the configuration folder.
        data: the folder of the store.
        member: who acts.
    """

    config: str | None = None
    data: str | None = None
    member: str | None = None


def split(arguments: Sequence[str]) -> tuple[Shared, list[str]]:
    """The shared options, and the words that are left. What follows `--` is left alone.

    Raises:
        UsageError: an option has no value.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
            break
        name, equals, value = word.partition("=")
        if name not in _SHARED:
            rest.append(word)
            continue
        value = value if equals else next(words, "")
        if not value or value == "--":
            raise UsageError(f"{name} needs a value", f"write {name} and a value, see cminbox --help")
        found[_SHARED[name]] = value
    return Shared(**found), rest
