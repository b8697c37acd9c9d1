"""Reading a list item by item: whatever is wrong with one of them, the others come in.

This is the one place that sees to it. An adapter reads each item within `one_item`.
"""

from __future__ import annotations

import logging
from types import TracebackType

from cminbox.errors import DataError, SourceError
from cminbox.model import Instant, is_plausible

LOG = logging.getLogger(__name__)


class one_item:
    """Within it one item is read. What is wrong with the item goes to `skipped`; an error of the network is raised.

    Args:
        skipped: one error for each item that could not be read.
        name: what the item is called where it does not say so itself: `entry 3`.
    """

    __slots__ = ("_name", "_skipped")

    def __init__(self, skipped: list[DataError], name: str = "") -> None:
        self._skipped = skipped
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, MemoryError):
            return False
        if isinstance(error, SourceError) and not isinstance(error, DataError):
            return False
        if isinstance(error, DataError):
            said = error.message
        else:
            LOG.debug("an item that cannot be read", exc_info=error)
            said = f"it cannot be read ({type(error).__name__})"
        self._skipped.append(DataError(f"{self._name}: {said}" if self._name else said))
        return True


def created_or_seen(created: Instant | None, seen_at: Instant, what: str) -> tuple[Instant, bool]:
    """When an item was written, and whether that is known: else it has the time when it was first seen.

    Args:
        created: as the network says; None, or no plausible time, where nobody knows.
        seen_at: when it was fetched; 0 where that is not known.
        what: the item, as a person is told of it.

    Raises:
        DataError: neither is known.
    """
    if created is not None and (not seen_at or is_plausible(created, seen_at)):
        return created, True
    if not seen_at:
        raise DataError(f"{what} has no time")
    return seen_at, False
