"""Ways to walk through what a network lists, with cursors that a cut in the middle does not spoil."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cminbox.model import DAY, Instant
from cminbox.sources.json_values import identifier, whole_number

Item = Mapping[str, Any]
Fetch = Callable[[Mapping[str, str]], Awaitable[Sequence[Item]]]
"""Fetches one list, newest first, for the parameters `min_id` or `max_id` or none."""

MOST_KNOWN = 400
MOST_UNTIL = 40
MOST_GAPS = 8
MOST_PAGES = 200
"""Lists asked for in one walk; what is left waits for the next poll."""
_MARK = re.compile(r"[!-~]{1,300}")


def links(header: str) -> dict[str, str]:
    """The targets of a `Link` header by their `rel` (RFC 8288); what cannot be read is left out."""
    found: dict[str, str] = {}
    for part in header.split("<")[1:]:
        target, _, attributes = part.partition(">")
        for attribute in attributes.split(";"):
            name, _, value = attribute.strip().rstrip(",").partition("=")
            if name.strip().lower() == "rel":
                for rel in value.strip().strip('"').split():
                    found.setdefault(rel, target)
    return found


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the list that has not been passed on yet.

    Attributes:
        below: it goes on below this id.
        until: it ends at the first of these ids, which were passed on before.
        floor: it ends at items older than this; None: where the walk says.
    """

    below: str
    until: tuple[str, ...] = ()
    floor: Instant | None = None

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it, without what is empty."""
        raw = {"below": self.below, "until": list(self.until), "floor": self.floor}
        return {key: value for key, value in raw.items() if value}

    @classmethod
    def load(cls, raw: object) -> Gap | None:
        """From JSON; None where it is no gap."""
        if not isinstance(raw, dict) or not identifier(raw.get("below")):
            return None
        until = raw.get("until")
        return cls(
            below=identifier(raw.get("below")),
            until=tuple(identifier(each) for each in until) if isinstance(until, list) else (),
            floor=whole_number(raw.get("floor")),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk has come. Ids are opaque: compared for equality alone.

    Attributes:
        high: the newest id that was passed on.
        at: its time; 0 where it has none.
        gaps: what was passed over on the way there, newest first.
        known: the newest ids passed on, newest first.
        forward: whether the server obeys `min_id`; None while that is not known.
    """

    high: str = ""
    at: Instant = 0
    gaps: tuple[Gap, ...] = ()
    known: tuple[str, ...] = ()
    forward: bool | None = None

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it, without what is empty."""
        raw = {
            "high": self.high,
            "at": self.at,
            "gaps": [gap.dump() for gap in self.gaps],
            "known": list(self.known),
            "forward": self.forward,
        }
        return {key: value for key, value in raw.items() if value or value is False}

    @classmethod
    def load(cls, raw: object) -> Place:
        """From JSON; what does not fit counts as the start."""
        if not isinstance(raw, dict):
            return cls()
        known, forward, gaps = raw.get("known"), raw.get("forward"), raw.get("gaps")
        found = [gap for each in (gaps if isinstance(gaps, list) else []) if (gap := Gap.load(each)) is not None]
        if seek := identifier(raw.get("seek")):
            found.append(Gap(seek))  # as cursors were before there could be several gaps
        return cls(
            high=identifier(raw.get("high")),
            at=whole_number(raw.get("at")) or 0,
            gaps=tuple(found),
            known=tuple(identifier(each) for each in known) if isinstance(known, list) else (),
            forward=forward if isinstance(forward, bool) else None,
        )


def load_cursor(cursor: str) -> dict[str, Any]:
    """A cursor that was kept as a JSON object; anything else is the start."""
    try:
        raw = json.loads(cursor or "{}")
    except (ValueError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}


@dataclass(slots=True)
class Walk:
    """Walks a newest-first list with `min_id` and `max_id`, as Mastodon's family has them.

    What is new comes first, whatever is behind: `newest` asks for the newest list. Where that does not reach what was
    passed on before, a gap is noted, and `older` goes down through the gaps, in this walk or a later one. The first
    walk is a gap down to `floor`. Each step says the `Place` to keep once the step is stored.

    Args:
        fetch: gets one list.
        floor: the first walk ends at items older than this.
        time_of: an item's time, None where it has none.
        most: lists that are asked for in one walk.
        enough: whether to leave the rest to a later walk; asked between two lists of a gap.
        settled: below items older than this nothing is listed late, by the server's clock; None: nowhere. Servers that
            make lists by several workers may list an item after one that has a higher id, where `min_id` misses it.
    """

    fetch: Fetch
    floor: Instant
    time_of: Callable[[Item], Instant | None]
    most: int = MOST_PAGES
    enough: Callable[[], bool] = lambda: False
    settled: Instant | None = None
    asked: int = field(default=0, init=False)

    async def steps(self, place: Place) -> AsyncIterator[tuple[list[Item], Place]]:
        """What is new since `place`, then what is older and was not read yet, in steps."""
        async for items, reached in self.newest(place):
            place = reached
            yield items, place
        async for step in self.older(place):
            yield step

    async def newest(self, place: Place) -> AsyncIterator[tuple[list[Item], Place]]:
        """What is new since `place`, in one step; it asks twice at most, and once more where `forward` is not known."""
        above: list[Item] = []
        known = set(place.known)
        if place.high and place.forward:
            # Some servers count `min_id` itself in.
            above = [item for item in await self._get(min_id=place.high) if key_of(item) not in known]
            if not above and (self.settled is None or place.at < self.settled):
                return
        page = await self._get()
        fresh = [item for item in page if key_of(item) not in known]
        forward = await self._obeys(page) if place.forward is None else place.forward
        met, here = {key_of(item) for item in above}, {key_of(item) for item in page}
        # Some servers (Pixelfed) give the newest above `min_id`, not the next: that proves nothing.
        reached = len(fresh) < len(page) or (not met.isdisjoint(here) and not here <= met)
        gaps = place.gaps
        if fresh and not reached and (below := _last_mark(page)):
            if place.high:
                floor = max(1, place.at - DAY) if place.at else None
                until = (*(own for item in above if (own := key_of(item)) not in here), *place.known)[:MOST_UNTIL]
                gaps = _fewer((Gap(below, until, floor), *gaps))
            elif not self._is_old(page[-1], self.floor):
                gaps = (Gap(below), *gaps)
        listed = {key_of(item) for item in fresh}
        fresh += [item for item in above if key_of(item) not in listed]
        if fresh or forward != place.forward:
            higher = bool(above) or (bool(page) and key_of(page[0]) not in known)
            yield fresh, self._passed(replace(place, gaps=gaps, forward=forward), fresh, higher)

    async def older(self, place: Place) -> AsyncIterator[tuple[list[Item], Place]]:
        """What lies in the gaps, newest first, list by list."""
        while place.gaps and self.asked < self.most and not self.enough():
            gap, *others = place.gaps
            page = await self._get(max_id=gap.below)
            end = next((at for at, item in enumerate(page) if key_of(item) in gap.until), len(page))
            passed, known = page[:end], set(place.known)
            fresh = [item for item in passed if key_of(item) not in known and key_of(item) != gap.below]
            below = _last_mark(passed)
            floor = self.floor if gap.floor is None else gap.floor
            # A server that knows no `max_id` gives the newest list again.
            done = end < len(page) or below in ("", gap.below) or self._is_old(passed[-1], floor)
            known_now = (*place.known, *(key_of(item) for item in fresh))[:MOST_KNOWN]
            rest = others if done else [replace(gap, below=below), *others]
            place = replace(place, gaps=tuple(rest), known=known_now)
            yield fresh, place

    async def _get(self, **params: str) -> list[Item]:
        self.asked += 1
        return list(await self.fetch(params))

    def _passed(self, place: Place, fresh: Sequence[Item], higher: bool) -> Place:
        """The place after `fresh` was passed on; unless they are `higher` than it they were only listed late."""
        newest = next((item for item in fresh if mark_of(item)), None)
        ids = tuple(key_of(item) for item in fresh)
        if newest is not None and higher:
            place = replace(place, high=mark_of(newest), at=self.time_of(newest) or place.at)
        return replace(place, known=(*ids, *place.known)[:MOST_KNOWN])

    def _is_old(self, item: Item, floor: Instant) -> bool:
        when = self.time_of(item)
        return when is not None and when < floor

    async def _obeys(self, page: Sequence[Item]) -> bool | None:
        """Whether the server obeys `min_id`, asked with the newest list just fetched; None where nothing shows it.

        One that ignores it gives that whole list again; one that obeys gives what is newer than the second item, and
        with some servers the second item too.
        """
        marks = [mark for item in page if (mark := mark_of(item))]
        if len(marks) < 3:
            return None
        newest, second, *older = marks
        found = {mark_of(item) for item in await self._get(min_id=second)}
        return newest in found and not found.intersection(older) and len(found) < len(page)


def id_of(item: Item) -> str:
    """The item's own id as text, empty where it has none."""
    return identifier(item.get("id"))


def mark_of(item: Item) -> str:
    """The item's id where a server can be asked for what is above or below it, else empty."""
    own = id_of(item)
    return own if _MARK.fullmatch(own) else ""


def key_of(item: Item) -> str:
    """What tells the item from others: its id, or where that is none, something made of all that it says."""
    if own := mark_of(item):
        return own
    said = json.dumps(item, sort_keys=True, default=str).encode("utf-8", "replace")
    return f"no id {hashlib.sha256(said).hexdigest()[:16]}"


def _last_mark(page: Sequence[Item]) -> str:
    return next((mark for item in reversed(page) if (mark := mark_of(item))), "")


def _fewer(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """The gaps with the oldest two as one where there are too many: what lies between them is read once more."""
    if len(gaps) <= MOST_GAPS:
        return gaps
    *newer, one, other = gaps
    return (*newer, Gap(one.below, other.until, other.floor))
