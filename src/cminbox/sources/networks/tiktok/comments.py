"""Asking for the comments of one film: pages of them, all answers to one, and single ones by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cminbox.errors import Refused, Retryable
from cminbox.model import Message
from cminbox.sources.fan_out import Commented, Top
from cminbox.sources.networks.tiktok.api import MOST_PAGES, PAGE, Api
from cminbox.sources.networks.tiktok.parse import VIDEO, Item, answers_of, id_of, parent_of, version_of, written
from cminbox.sources.newest_first import Listed

NEWEST = {"status": "ALL", "sort_field": "create_time", "sort_type": "desc", "max_count": PAGE}
"""Without a field to sort by TikTok gives comments in any order, each time another."""
SHOWN = " shown"
"""In a comment: those of its answers that came along with it."""


def video_of(message: Message) -> str:
    """The film that a message is below.

    Raises:
        Refused: it is below none.
    """
    found = message.extra.get(VIDEO) or (message.post.id if message.post is not None else "")
    if not found:
        raise Refused("it does not say which film it is below")
    return found


@dataclass(slots=True)
class Comments:
    """The comments of an account's films.

    Attributes:
        asked: how many pages were asked for.
    """

    api: Api
    asked: int = field(default=0, init=False)

    async def page(self, video: str, at: str) -> Listed[Top]:
        """One page of a film's comments, the newest first; up to three answers come along with each."""
        params = {"video_id": video, "include_replies": True, **NEWEST}
        found = await self.api.listed("comment/list/", "comments", params, at)
        tops: dict[str, dict[str, Any]] = {}
        below: list[Item] = []
        for item in found.items:
            inner = item.get("reply_list")
            below += [each for each in inner if isinstance(each, dict)] if isinstance(inner, list) else []
            if parent_of(item):
                below.append(item)
            else:
                tops.setdefault(id_of(item) or f"no id {len(tops)} {item!r}"[:200], {**item, SHOWN: []})
        orphans = list[Item]()
        for each in below:
            top = tops.get(parent_of(each))
            (orphans if top is None else top[SHOWN]).append(each)
        return Listed([_top(own, item) for own, item in tops.items()] + [_top("", one) for one in orphans], found.next)

    async def answers(self, post: Commented, top: Top) -> Sequence[Top]:
        """All that answers a comment."""
        shown = {id_of(each): each for each in top.item.get(SHOWN, ())}
        items = list(shown.values()) if len(shown) >= top.answers else (await self.below(post.post.id, top.id))[0]
        return [_top("", item) for item in items]

    async def below(self, video: str, comment: str) -> tuple[list[Item], bool]:
        """What answers a comment, and whether that is all."""
        found, at = list[Item](), ""
        params = {"video_id": video, "comment_id": comment, **NEWEST}
        for _ in range(MOST_PAGES):
            page = await self.api.listed("comment/reply/list/", "comments", params, at)
            found += page.items
            if not page.next or page.next == at:
                return found, True
            at = page.next
        return found, False

    async def single(self, video: str, ids: Sequence[str], *, for_people: bool = False) -> dict[str, Item]:
        """Comments and answers of a film by their ids; hidden ones too."""
        params = {"video_id": video, "comment_ids": list(ids)[:PAGE], "status": "ALL", "max_count": PAGE}
        data = await self.api.get("comment/list/", params, for_people=for_people)
        items = data.get("comments")
        if items is not None and not isinstance(items, list):
            raise Retryable("TikTok answered with no list")
        every = [each for each in items or [] if isinstance(each, dict)]
        return {id_of(each): each for each in every if id_of(each) in ids}

    async def gone(self, video: str, missing: Sequence[str]) -> frozenset[str]:
        """Which of those that were asked for and not given are gone: TikTok gives another one when asked for it
        together with them, so that the film and the question are well."""
        listed = await self.page(video, "")
        other = next((top.id for top in listed.items if top.id not in missing), "")
        if not other:
            return frozenset()
        found = await self.single(video, [other, *missing[: PAGE - 1]])
        if other not in found:
            return frozenset()
        return frozenset(own for own in missing[: PAGE - 1] if own not in found)


def _top(own: str, item: Item) -> Top:
    own = own or id_of(item) or f"no id {item!r}"[:200]
    return Top(own, item, written(item) or 0, version_of(item), answers_of(item))
