"""Which conversation a reply belongs to: a post's replies come as one flat list, newest first, however deep they are.

A reply belongs to the one at the first level above it. What stands above is known from the same page, from what was
read before, or is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from cminbox.errors import NotThere, Refused
from cminbox.model import Instant
from cminbox.sources.json_values import string
from cminbox.sources.meta.graph import Item, checked_id
from cminbox.sources.meta.posts import Commented, State, key_of, shortened
from cminbox.sources.networks.threads.parse import parent_of, written_at
from cminbox.sources.newest_first import Listed, NewestFirst, Reached

MOST_KNOWN = 300
MOST_UP = 10
"""How many levels are gone up for one reply."""
KEY = "conversation of ours"


@dataclass(frozen=True, slots=True)
class Replies:
    """Reads the replies below a post.

    Args:
        listed: one page of them, newest first.
        ask: a single reply, for what it answers.
        floor: a first reading goes no further back.
        overlap: how far below the newest known one a list is read, in milliseconds.
    """

    listed: Callable[[Commented, str], Awaitable[Listed[Item]]]
    ask: Callable[[str], Awaitable[Item]]
    floor: Instant
    overlap: int

    async def steps(self, post: Commented, state: State) -> AsyncIterator[tuple[list[Item], State]]:
        """What is new since `state`, page by page, each item with its conversation under `KEY`."""
        raw = state.get("above")
        above = {str(own): string(key) for own, key in raw.items()} if isinstance(raw, dict) else {}

        async def fetch(at: str) -> Listed[Item]:
            return await self.listed(post, at)

        walk = NewestFirst[Item](fetch, key_of, written_at, self.floor, overlap=self.overlap, most=20)
        async for items, reached in walk.steps(Reached.load(state)):
            found = [await self._with_key(item, post, above) for item in self._oldest_first(items)]
            above = dict(list(above.items())[-MOST_KNOWN:])
            yield found, {**shortened(reached), "above": dict(above)}

    async def key_of_single(self, item: Item, post: Commented) -> str:
        """The conversation of one reply, of which nothing else is known."""
        return string((await self._with_key(item, post, {})).get(KEY))

    def _oldest_first(self, items: list[Item]) -> list[Item]:
        return sorted(items, key=lambda item: written_at(item) or 0)

    async def _with_key(self, item: Item, post: Commented, above: dict[str, str]) -> Item:
        own, parent = checked_id(item.get("id")), parent_of(item)
        key = await self._key(own, parent, post, above)
        if own:
            above[own] = key
        made: dict[str, Any] = {**item, KEY: key}
        return made

    async def _key(self, own: str, parent: str, post: Commented, above: dict[str, str]) -> str:
        """The reply at the first level above one; itself where it is there, or nothing can be said."""
        line = [own]
        for _ in range(MOST_UP):
            if not parent or parent == post.post.id:
                break
            if parent in above:
                return above[parent]
            line.append(parent)
            try:
                parent = parent_of(await self.ask(parent))
            except (NotThere, Refused):
                break  # it is gone: those below it have its id in common
        for each in line:
            above[each] = line[-1]
        return line[-1]
