"""Ways to walk through what a network lists, with cursors that a cut in the middle does not spoil."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cminbox.model import Instant
from cminbox.sources.json_values import identifier

Item = Mapping[str, Any]
Fetch = Callable[[Mapping[str, str]], Awaitable[Sequence[Item]]]
"""Fetches one list, newest first, for the parameters `min_id` or `max_id` or none."""

MOST_KNOWN = 400
MOST_PAGES = 200
"""Lists asked for in one walk; what is left waits for the next poll."""


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
class Place:
    """How far a walk has come. Ids are opaque: compared for equality alone.

    Attributes:
        high: the newest id that was passed on.
        seek: the first walk is under way downwards, and goes on below this id.
        known: the newest ids passed on, newest first, for servers that cannot be asked for what is newer.
        forward: whether the server obeys `min_id`; None while that is not known.
    """

    high: str = ""
    seek: str = ""
    known: tuple[str, ...] = ()
    forward: bool | None = None

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it, without what is empty."""
        raw = {"high": self.high, "seek": self.seek, "known": list(self.known), "forward": self.forward}
        return {key: value for key, value in raw.items() if value or value is False}

    @classmethod
    def load(cls, raw: object) -> Place:
        """From JSON; what does not fit counts as the start."""
        if not isinstance(raw, dict):
            return cls()
        known, forward = raw.get("known"), raw.get("forward")
        return cls(
            high=str(raw.get("high") or ""),
            seek=str(raw.get("seek") or ""),
            known=tuple(str(each) for each in known) if isinstance(known, list) else (),
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

    The first time it goes down from the newest to `floor`, so that the newest people come first. Later it goes up
    from where it was with `min_id`; with servers that ignore `min_id` it goes down until it meets what it knows, and
    passes on what it found oldest first. Each step says the `Place` to keep once the step is stored.

    Args:
        fetch: gets one list.
        floor: the first walk ends at items older than this.
        time_of: an item's time, None where it has none.
    """

    fetch: Fetch
    floor: Instant
    time_of: Callable[[Item], Instant | None]
    asked: int = field(default=0, init=False)

    async def steps(self, place: Place) -> AsyncIterator[tuple[list[Item], Place]]:
        """What is new since `place`, in steps."""
        if not place.high or place.seek:
            async for items, reached in self._first(place):
                place = reached
                yield items, place
            if place.seek or not place.high:
                return
        later = self._up(place) if place.forward else self._down(place)
        async for step in later:
            yield step

    async def _get(self, **params: str) -> list[Item]:
        self.asked += 1
        return [item for item in await self.fetch(params) if id_of(item)]

    async def _first(self, place: Place) -> AsyncIterator[tuple[list[Item], Place]]:
        seen: set[str] = set(place.known)
        below = place.seek
        while True:
            page = [item for item in await self._get(**({"max_id": below} if below else {})) if id_of(item) not in seen]
            if not page:
                if place.seek:
                    yield [], replace(place, seek="")
                return
            ids = [id_of(item) for item in page]
            forward = place.forward if place.high else await self._obeys(page)
            seen.update(ids)
            below = ids[-1]
            done = self._is_old(page[-1])
            place = Place(
                high=place.high or ids[0],
                seek="" if done else below,
                known=(*place.known, *ids)[:MOST_KNOWN],
                forward=forward,
            )
            yield page, place
            if done or self.asked >= MOST_PAGES:
                return

    def _is_old(self, item: Item) -> bool:
        when = self.time_of(item)
        return when is not None and when < self.floor

    async def _obeys(self, page: Sequence[Item]) -> bool | None:
        """Whether the server obeys `min_id`, asked with the newest list just fetched; None where nothing shows it.

        One that ignores it gives that whole list again; one that obeys gives what is newer than the second item, and
        with some servers the second item too.
        """
        if len(page) < 3:
            return None
        newest, second, *older = (id_of(item) for item in page)
        found = {id_of(item) for item in await self._get(min_id=second)}
        return newest in found and not found.intersection(older) and len(found) < len(page)

    async def _up(self, place: Place) -> AsyncIterator[tuple[list[Item], Place]]:
        while self.asked < MOST_PAGES:
            page = await self._get(min_id=place.high)
            known = set(place.known)
            fresh = [item for item in page if id_of(item) not in known]  # some servers count `min_id` itself in
            if not fresh:
                return
            place = _passed(place, fresh)
            yield list(reversed(fresh)), place

    async def _down(self, place: Place) -> AsyncIterator[tuple[list[Item], Place]]:
        known = set(place.known)
        walked: list[list[Item]] = []
        below = ""
        while self.asked < MOST_PAGES:
            page = await self._get(**({"max_id": below} if below else {}))
            if place.forward is None and not below:
                place = replace(place, forward=await self._obeys(page))
                if place.forward is not None:
                    yield [], place
            fresh = [item for item in page if id_of(item) not in known]
            if fresh:
                walked.append(fresh)
            if not fresh or len(fresh) < len(page):
                break
            known.update(id_of(item) for item in fresh)
            below = id_of(page[-1])
        else:
            place = replace(place, seek=below)  # too far for one walk: the next poll goes on from here
        for fresh in reversed(walked):
            place = _passed(place, fresh)
            yield list(reversed(fresh)), place


def id_of(item: Item) -> str:
    """The item's own id as text, empty where it has none."""
    return identifier(item.get("id"))


def _passed(place: Place, fresh: Sequence[Item]) -> Place:
    """The place after `fresh`, newest first, was passed on."""
    ids = tuple(id_of(item) for item in fresh)
    return replace(place, high=ids[0], known=(*ids, *place.known)[:MOST_KNOWN])
