"""Reading the comments of a picture or film: what stands at the top newest first, and the replies below each.

A reply to an old comment changes nothing at the top of the list. So the whole list is gone through again, some pages in
each poll, where what was found at the top does not explain the number of comments, and once a day where anything
changed. What was seen is kept as short digests.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cminbox.model import DAY, Instant
from cminbox.sources.json_values import string, whole_number
from cminbox.sources.meta.graph import Item
from cminbox.sources.meta.posts import Commented, State, Steps, key_of
from cminbox.sources.newest_first import Listed

MOST_FIRST = 20
MOST_SWEPT = 10
"""Pages of one picture's comments that a poll goes through."""
MOST_SEEN = 3000


@dataclass(slots=True)
class _Place:
    """How far one picture's comments were read.

    Attributes:
        seen: digests of what was passed on, oldest first.
        since: what is older was there before we came, or is forgotten: it is not passed on.
        at: the page that the sweep goes on with; empty where none is under way.
        mark, count: of the picture when it was read last, or when the sweep that is under way began.
        swept: when the last sweep ended.
    """

    seen: dict[str, Instant]
    since: Instant
    at: str = ""
    mark: str = ""
    count: int = -1
    swept: Instant = 0

    @classmethod
    def load(cls, raw: Mapping[str, Any], floor: Instant) -> _Place:
        seen = raw.get("seen")
        return cls(
            {str(key): whole_number(when) or 0 for key, when in seen.items()} if isinstance(seen, dict) else {},
            whole_number(raw.get("since")) or floor,
            string(raw.get("at")),
            string(raw.get("mark")),
            found if (found := whole_number(raw.get("count"))) is not None else -1,
            whole_number(raw.get("swept")) or 0,
        )

    def dump(self) -> State:
        """As JSON keeps it."""
        more = {name: getattr(self, name) for name in ("since", "at", "mark", "count", "swept")}
        return {"seen": dict(self.seen), **more}  # a copy: the reading goes on before it is kept

    def take(self, items: list[Item], time_of: Callable[[Item], Instant | None], old_too: bool = False) -> list[Item]:
        """What is new of these.

        Args:
            old_too: what was there before we came as well: the first reading brings whole pages.
        """
        fresh: list[Item] = []
        for item in items:
            key, when = _digest(item), time_of(item) or 0
            if key in self.seen:
                continue
            self.seen[key] = when
            if old_too or not when or when >= self.since:
                fresh.append(item)
        while len(self.seen) > MOST_SEEN:
            oldest = next(iter(self.seen))
            self.since = max(self.since, self.seen.pop(oldest))
        return fresh


@dataclass(frozen=True, slots=True)
class Comments:
    """Reads the comments of pictures and films.

    Args:
        listed: one page of a picture's comments, newest first.
        below: what answers a comment, all of it.
        time_of: when an item was written.
        floor: a first reading goes no further back.
        clock: the present.
    """

    listed: Callable[[Commented, str], Awaitable[Listed[Item]]]
    below: Callable[[Item], Awaitable[list[Item]]]
    time_of: Callable[[Item], Instant | None]
    floor: Instant
    clock: Callable[[], Instant]

    async def steps(self, post: Commented, state: State) -> Steps:
        """What is new since `state`, page by page, each with the state to keep."""
        place = _Place.load(state, self.floor)
        first = not state
        count = _count(post.mark)
        at, found = "", 0
        for number in range(MOST_FIRST):
            page, items = await self._page(post, at)
            fresh = place.take(items, self.time_of, old_too=first)
            found += len(fresh)
            old = first and bool(page.items) and (self.time_of(page.items[-1]) or self.floor) < self.floor
            ended = not page.next or page.next == at or old
            at = page.next
            if ended or not fresh or number == MOST_FIRST - 1:
                break
            yield fresh, place.dump()
        whole = not first or ended or not fresh
        if not place.at:
            if not whole or (not ended and self._unexplained(place, post.mark, count, found)):
                place.at = at
            place.count, place.mark = count, post.mark
            place.swept = place.swept if place.at or not whole or not first else self.clock()
        yield fresh, self._kept(place, post)
        async for step in self._sweep(post, place):
            yield step

    async def _sweep(self, post: Commented, place: _Place) -> AsyncIterator[tuple[list[Item], State]]:
        """Go on through the list from where the last poll ended."""
        for _ in range(MOST_SWEPT):
            if not place.at:
                return
            page, items = await self._page(post, place.at)
            fresh = place.take(items, self.time_of)
            place.at = page.next if page.next != place.at else ""
            if not place.at:
                place.swept = self.clock()
            yield fresh, self._kept(place, post)

    def _kept(self, place: _Place, post: Commented) -> State:
        """What is kept; what changed while a sweep was under way wants another look."""
        return {**place.dump(), "again": place.mark != post.mark}

    def _unexplained(self, place: _Place, mark: str, count: int, found: int) -> bool:
        """Whether something changed that was not found at the top of the list."""
        if place.mark == mark:
            return False
        return count < 0 or place.count < 0 or count - place.count != found or self.clock() - place.swept > DAY

    async def _page(self, post: Commented, at: str) -> tuple[Listed[Item], list[Item]]:
        page = await self.listed(post, at)
        items: list[Item] = []
        for top in page.items:
            items.append(top)
            items += await self.below(top)
        return page, items


def _count(mark: str) -> int:
    word = mark.partition(" ")[0]
    return int(word) if word.isdecimal() else -1


def _digest(item: Item) -> str:
    return hashlib.blake2b(key_of(item).encode("utf-8", "replace"), digest_size=6).hexdigest()
