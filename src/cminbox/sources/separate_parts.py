"""Parts of a poll that cost no other: one that the network refuses is said, and asked for again after a while; one
that is in trouble, or may not be refused, ends the poll, but only after all the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from json import dumps

from cminbox.errors import Refused, Retryable, SourceError
from cminbox.model import HOUR, Instant
from cminbox.sources.contract import Page
from cminbox.sources.json_values import whole_number
from cminbox.sources.paging import load_cursor

REFUSED_STAYS = HOUR


@dataclass(slots=True)
class SeparateParts:
    """The parts of one poll. Each has a stream `NAME refused`: since when it is refused, and why.

    Args:
        cursors: as the poll is given them.
        of: our account; what was kept of another one is as nothing.
        now: the present.
    """

    cursors: Mapping[str, str]
    of: str
    now: Instant
    _trouble: SourceError | None = field(default=None, init=False)

    async def part(self, name: str, what: str, part: AsyncIterator[Page]) -> AsyncIterator[Page]:
        """One of them.

        Args:
            what: "private messages cannot be read", for the note that is told once for each refusal.
        """
        stream = f"{name} refused"
        kept = load_cursor(self.cursors.get(stream, ""))
        kept = kept if kept.get("of") == self.of else {}
        since, said = whole_number(kept.get("at")) or 0, ""
        if 0 <= self.now - since < REFUSED_STAYS:
            return
        try:
            async for page in part:
                yield page
        except Refused as error:
            said = f"{what}: {error.message}"
        except Retryable as error:
            self._trouble = self._trouble or error
            return
        if said or since:
            notes = (said,) if said and kept.get("said") != said else ()
            yield Page((), stream, dumps({"of": self.of, "at": self.now if said else 0, "said": said}), notes=notes)

    async def all(
        self, needed: AsyncIterator[Page], *parts: tuple[str, str, AsyncIterator[Page]]
    ) -> AsyncIterator[Page]:
        """The needed part, then the others: each as `part` takes it."""
        async for page in self.needed(needed):
            yield page
        for name, what, part in parts:
            async for page in self.part(name, what, part):
                yield page

    async def needed(self, part: AsyncIterator[Page]) -> AsyncIterator[Page]:
        """The part without which a poll has failed, though the others are read."""
        try:
            async for page in part:
                yield page
        except (Refused, Retryable) as error:
            self._trouble = error

    def end(self) -> None:
        """The end of the poll.

        Raises:
            SourceError: a part was in trouble, or the needed one refused.
        """
        if self._trouble is not None:
            raise self._trouble
