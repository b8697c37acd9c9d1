"""Which ids the store can hold: what networks call posts, people and places, kept as they are or not at all."""

from __future__ import annotations

import re

from cminbox.errors import DataError
from cminbox.text import clean, one_line

LONGEST = 300
_NO_BLANKS = re.compile(r"[^\s\x00-\x20\x7f]+")


def is_id(found: str, longest: int = LONGEST) -> bool:
    """Whether it is one: of letters and signs that show, without blanks, and no longer."""
    return 0 < len(found) <= longest and _NO_BLANKS.fullmatch(found) is not None and clean(found) == found


def checked_id(found: str, what: str, longest: int = LONGEST) -> str:
    """An id as it is.

    Args:
        what: what has it, for people: `a post`.

    Raises:
        DataError: it is missing, too long, or holds what none has.
    """
    if not found:
        raise DataError(f"{what} without an id")
    if not is_id(found, longest):
        raise DataError(f"{one_line(clean(found, 60))!r} is no id")
    return found
