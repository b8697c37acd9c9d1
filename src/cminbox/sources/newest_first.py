"""Reading lists that a network gives newest first, whatever it calls their pages: a token, a cursor, an offset, a
number, a link.

What is new comes first, whatever is behind: a walk asks for the newest page, and on until it meets what it passed on
before. Where that is too far for one walk, the place it stopped at is kept as a gap, and later walks go down it. Ids
are opaque, and are compared for equality alone; a page may be shorter than asked for, empty with more behind it, or
hold what came before again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from cminbox.errors import Refused
from cminbox.model import Instant
from cminbox.sources.json_values import identifier, whole_number

T = TypeVar("T")
MOST_KNOWN = 400
"""Newest ids that are remembered; more than a page of any network has."""
MOST_OVERLAPPED = 1000
"""Newest ids that are remembered of a list that is read with an overlap."""
MOST_UNTIL = 40
MOST_GAPS = 8
MOST_RESTARTS = 3
MOST_NEW = 5
"""Pages asked for from the top before a gap is left: what is newer still must not wait longer."""
MOST_PAGES = 50
"""Pages asked for in one walk."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One page of a list.

    Attributes:
        items: newest first.
        next: what asks for the page behind it (a token, an offset, a number, as text); empty at the end.
    """

    items: Sequence[T]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the list that was not passed on yet.

    Attributes:
        at: what asks for its first page.
        until: it ends at the first of these ids, which were passed on before.
        floor: it ends at items older than this; None: where the walk says.
        restarts: how often it was begun from the top again, because what asked for its page had ended.
    """

    at: str
    until: tuple[str, ...] = ()
    floor: Instant | None = None
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a walk has come.

    Attributes:
        known: the newest ids passed on, newest first.
        newest: the time of the newest of them; 0 where none was.
        gaps: what was passed over, newest first.
    """

    known: tuple[str, ...] = ()
    newest: Instant = 0
    gaps: tuple[Stretch, ...] = ()

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it, without what is empty."""
        gaps = [
            {"at": gap.at, "until": list(gap.until), "floor": gap.floor, "restarts": gap.restarts} for gap in self.gaps
        ]
        raw = {"known": list(self.known), "newest": self.newest, "gaps": gaps}
        return {name: value for name, value in raw.items() if value}

    @classmethod
    def load(cls, raw: object) -> Reached:
        """From JSON; what does not fit counts as the start."""
        if not isinstance(raw, dict):
            return cls()
        gaps = raw.get("gaps")
        return cls(
            known=_ids(raw.get("known")),
            newest=whole_number(raw.get("newest")) or 0,
            gaps=tuple(
                Stretch(
                    identifier(each.get("at")),
                    _ids(each.get("until")),
                    whole_number(each.get("floor")),
                    whole_number(each.get("restarts")) or 0,
                )
                for each in (gaps if isinstance(gaps, list) else [])
                if isinstance(each, dict)
            ),
        )


def _ids(raw: object) -> tuple[str, ...]:
    return tuple(found for each in raw if (found := identifier(each))) if isinstance(raw, list) else ()


@dataclass(slots=True)
class NewestFirst(Generic[T]):
    """Walks a newest-first list down to what was passed on before.

    Args:
        fetch: gets a page; for an empty text the newest one.
        id_of: what tells an item from others; empty where it has none: such an item is passed on each time.
        time_of: when the list takes it to be new (when it was written, or last changed); None where it says nothing.
        floor: the first walk ends at items older than this.
        overlap: how far below the newest known time the walk goes on, in milliseconds, for what is listed late: within
            half of its pages, and as far as it can tell what it passed on before.
        most: pages that are asked for in one walk.
        enough: whether to leave the rest to a later walk; asked between two pages.
    """

    fetch: Callable[[str], Awaitable[Listed[T]]]
    id_of: Callable[[T], str]
    time_of: Callable[[T], Instant | None]
    floor: Instant
    overlap: int = 0
    most: int = MOST_PAGES
    enough: Callable[[], bool] = lambda: False
    asked: int = field(default=0, init=False)

    async def steps(self, reached: Reached) -> AsyncIterator[tuple[list[T], Reached]]:
        """What is new since `reached`, then what is older and was not read yet: page by page, each with what to keep
        once it is stored."""
        first = not reached.known
        known, until = set(reached.known), reached.known[:MOST_UNTIL]
        bottom = self.floor if first else (reached.newest - max(self.overlap, 0) if reached.newest else self.floor)
        at, asked, walked, met, fresh_ids = "", 0, 0, False, list[str]()
        while True:
            page = await self._get(at)
            asked += 1
            walked += len(page.items)
            met = met or any(self.id_of(item) in until for item in page.items)
            fresh = [item for item in page.items if self.id_of(item) not in known]
            ended = not page.next or page.next == at or self._below(page.items, bottom)
            # What an overlap leaves is no gap: all of it was passed on but for what is listed late.
            overlapped = not self.overlap or asked * 2 >= max(self.most, 2 * MOST_NEW) or walked >= MOST_OVERLAPPED
            done = ended or (met and overlapped)
            fresh_ids += [own for item in fresh if (own := self.id_of(item))]
            known.update(fresh_ids)
            last = done or (not met and asked >= (1 if first else MOST_NEW)) or self._tired()
            gaps = reached.gaps
            if not done and not (met and last):
                # It is kept with each page: a cut after any of them must find what lies below it.
                gaps = _fewer((Stretch(page.next, until, None if first else max(1, bottom)), *gaps))
            reached_now = self._passed(reached, fresh_ids, page.items, gaps)
            yield fresh, reached_now
            if last:
                reached = reached_now
                break
            reached = replace(reached_now, gaps=reached.gaps)
            at = page.next
        async for step in self._down(reached):
            yield step

    async def _down(self, reached: Reached) -> AsyncIterator[tuple[list[T], Reached]]:
        """What lies in the gaps, newest first, page by page."""
        while reached.gaps and not self._tired():
            gap, *others = reached.gaps
            known = set(reached.known)
            try:
                page = await self._get(gap.at)
            except Refused as error:
                if error.status not in (400, 404, 410, 416, 422) or not gap.at:
                    raise
                # The token ended: from the top again, though not for ever.
                again = [replace(gap, at="", restarts=gap.restarts + 1)] if gap.restarts < MOST_RESTARTS else []
                reached = replace(reached, gaps=(*again, *others))
                yield [], reached
                continue
            end = next((at for at, item in enumerate(page.items) if self.id_of(item) in gap.until), len(page.items))
            passed = page.items[:end]
            fresh = [item for item in passed if self.id_of(item) not in known]
            floor = self.floor if gap.floor is None else gap.floor
            done = end < len(page.items) or page.next in ("", gap.at) or self._below(passed, floor)
            rest = others if done else [replace(gap, at=page.next), *others]
            ids = tuple(own for item in fresh if (own := self.id_of(item)))
            reached = replace(reached, gaps=tuple(rest), known=(*reached.known, *ids)[: self._kept()])
            yield fresh, reached

    async def _get(self, at: str) -> Listed[T]:
        self.asked += 1
        return await self.fetch(at)

    def _kept(self) -> int:
        return MOST_OVERLAPPED if self.overlap else MOST_KNOWN

    def _tired(self) -> bool:
        return self.asked >= self.most or self.enough()

    def _below(self, items: Sequence[T], floor: Instant) -> bool:
        """Whether the last of these that has a time is older than the floor."""
        times = [when for item in items if (when := self.time_of(item)) is not None]
        return bool(times) and times[-1] < floor

    def _passed(self, reached: Reached, ids: Sequence[str], items: Sequence[T], gaps: tuple[Stretch, ...]) -> Reached:
        times = [when for item in items if (when := self.time_of(item)) is not None]
        known = tuple(dict.fromkeys((*ids, *reached.known)))[: self._kept()]
        return Reached(known, max([reached.newest, *times]), gaps)


def _fewer(gaps: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """The gaps with the oldest two as one where there are too many: what lies between them is read once more."""
    if len(gaps) <= MOST_GAPS:
        return gaps
    *newer, one, other = gaps
    return (*newer, Stretch(one.at, other.until, other.floor))
