"""Reading a TikTok account: the comments of its films, what names it, private messages.

Streams: `posts` and `comments FILM` (see `sources/fan_out.py`), `mentions` and `named films`, `direct CONVERSATION`
(see `direct.py`), `watch`; and `PART refused` for each part that the login may not read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import TYPE_CHECKING

from cminbox.errors import AuthError, DataError, RateLimited, Refused, SourceError
from cminbox.model import DAY, Instant, Message
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.fan_out import COMMENTS, Commented, FanOut, Top
from cminbox.sources.items import one_item
from cminbox.sources.json_values import identifier, whole_number
from cminbox.sources.networks.tiktok.api import PAGE, Api
from cminbox.sources.networks.tiktok.comments import Comments
from cminbox.sources.networks.tiktok.direct import Direct
from cminbox.sources.networks.tiktok.parse import Item, named, parse, parse_mention, post_of, written
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor
from cminbox.sources.separate_parts import SeparateParts

if TYPE_CHECKING:
    from cminbox.sources.http import Client

FILM_FIELDS = (["item_id", "caption", "create_time", "comments", "share_url"], ["item_id", "caption"], ["item_id"])
"""Asked for in this order: where one is refused the next one is tried."""
FILMS_PAGE = 20
MOST_WATCHED = 60
MENTION_DAYS = 7
COMMENT_FIELDS = [
    *("item_id", "video_link", "caption", "commenter_display_name"),
    *("comment_id", "comment_type", "comment_text", "comment_create_time"),
]
NAMED_FIELDS = ["item_id", "video_link", "caption", "create_time", "creator_handle_name"]


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new of an account, and what of it is watched."""
    reading = _Reading(Api(client, account), cursors)
    fan = reading.films()
    async for page in fan.pages():
        yield page
    parts = SeparateParts(cursors, reading.api.business, client.clock())
    for name, what, part in (
        ("conversations", "private messages cannot be read", Direct(reading.api, reading.floor).pages(cursors)),
        ("mentions", "comments that name the account cannot be read", reading.mentions()),
        ("named films", "films that name the account cannot be read", reading.named_films()),
    ):
        async for page in parts.part(name, what, part):
            yield page
    if account.watch or account.missing:
        yield await reading.look_again(fan)
    parts.end()


@dataclass(slots=True)
class _Reading:
    """One poll of an account.

    Attributes:
        fields: which of `FILM_FIELDS` are asked for.
        ours: the films of ours that were seen.
        tells_ads: whether TikTok says which films are advertisements.
    """

    api: Api
    cursors: Mapping[str, str]
    fields: int = 0
    ours: dict[str, Commented] = field(default_factory=dict)
    tells_ads: bool = True

    @property
    def floor(self) -> Instant:
        """The time at which a first reading ends."""
        return self._now - min(self.api.account.backfill_ms, LONGEST_BACKFILL)

    @property
    def _now(self) -> Instant:
        return self.api.client.clock()

    def films(self) -> FanOut:
        """The comments of our films."""
        comments = Comments(self.api)

        async def page(post: Commented, at: str) -> Listed[Top]:
            return await comments.page(post.post.id, at)

        return FanOut(
            whose=self.api.business,
            cursors=self.cursors,
            posts=self._films,
            comments=page,
            answers=comments.answers,
            parse=self._parse,
            floor=self.floor,
            clock=self.api.client.clock,
        )

    async def _films(self, at: str) -> Listed[Commented]:
        while True:
            params = {"fields": FILM_FIELDS[self.fields], "max_count": FILMS_PAGE}
            try:
                found = await self.api.listed("video/list/", "videos", params, at)
                break
            except Refused as error:
                if error.status != 200 or type(error) is not Refused or self.fields + 1 == len(FILM_FIELDS):
                    raise
                self.fields += 1
        posts = [(post, whole_number(item.get("comments"))) for item in found.items if (post := post_of(item))]
        ads = await self._advertised([post.id for post, _ in posts])
        films = [Commented(post, count, ad=post.id in ads) for post, count in posts]
        self.ours.update({each.post.id: each for each in films})
        return Listed(films, found.next)

    async def _advertised(self, films: list[str]) -> set[str]:
        """Which of these were made Spark ads; none where TikTok does not say, or says it of others than was asked."""
        ads, half = set[str](), (len(films) + 1) // 2
        for some in (films[:half], films[half:]):
            if not some or not self.tells_ads:
                continue
            filters = {"video_ids": some, "ad_post_only": True}
            params = {"fields": ["item_id"], "filters": filters, "max_count": FILMS_PAGE}
            try:
                found = await self.api.listed("video/list/", "videos", params, "")
            except Refused:
                self.tells_ads = False
                continue
            told = {identifier(item.get("item_id")) for item in found.items}
            self.tells_ads = told <= set(some)
            ads |= told
        return ads if self.tells_ads else set()

    def _parse(self, item: Item, post: Commented, above: str) -> Message:
        return parse(item, self.api.account, post=post.post, ad=post.ad, above=above, fetched_at=self._now)

    async def mentions(self) -> AsyncIterator[Page]:
        """Comments below films of others that name us."""
        order = ("COMMENT_CREATE_TIME", "comment_create_time")
        async for page in self._named("mentions", "mention/comment/list/", "comments", COMMENT_FIELDS, order):
            yield page

    async def named_films(self) -> AsyncIterator[Page]:
        """Films of others that name us."""
        order = ("CREATE_TIME", "create_time")
        async for page in self._named("named films", "mention/video/list/", "videos", NAMED_FIELDS, order):
            yield page

    async def _named(
        self, stream: str, path: str, name: str, fields: list[str], order: tuple[str, str]
    ) -> AsyncIterator[Page]:
        async def fetch(at: str) -> Listed[Item]:
            params = {"sort_field": order[0], "sort_type": "DESC", "number_of_days": MENTION_DAYS}
            return await self.api.listed(path, name, {"fields": fields, **params, "max_count": 100}, at)

        def key(item: Item) -> str:
            return named(item) or f"no id {item!r}"[:200]

        ours = {each.removeprefix(COMMENTS) for each in self.cursors if each.startswith(COMMENTS)} | set(self.ours)
        kept = load_cursor(self.cursors.get(stream, ""))
        kept = kept if kept.get("of") == self.api.business else {}
        walk = NewestFirst[Item](fetch, key, lambda item: written(item, order[1]), self.floor, overlap=DAY, most=10)
        async for items, reached in walk.steps(Reached.load(kept)):
            messages, skipped = list[Message](), list[DataError]()
            for item in items:
                # What stands below our own films came with its film.
                if identifier(item.get("item_id")) in ours or (written(item, order[1]) or self.floor) < self.floor:
                    continue
                with one_item(skipped):
                    messages.append(parse_mention(item, self.api.account, self._now))
            cursor = dumps({"of": self.api.business, **reached.dump()})
            if cursor != self.cursors.get(stream, ""):
                yield Page(tuple(messages), stream, cursor, skipped=tuple(skipped), more=bool(reached.gaps))

    async def look_again(self, fan: FanOut) -> Page:
        """Looks at single comments again: whether they were hidden, shown or deleted, or are there again."""
        comments, account = Comments(self.api), self.api.account
        messages, deleted, skipped = list[Message](), list[str](), list[DataError]()
        by_film: dict[str, list[str]] = {}
        for own, (film, _) in fan.where([*account.watch, *account.missing][:MOST_WATCHED]).items():
            by_film.setdefault(film, []).append(own)
        try:
            for film, ids in by_film.items():
                asked = ids[: PAGE - 1]
                found = await comments.single(film, asked)
                for item in found.values():
                    with one_item(skipped):
                        known = self.ours.get(film)
                        post = known.post if known is not None else None
                        ad = known is not None and known.ad
                        messages.append(parse(item, account, post=post, ad=ad, fetched_at=self._now))
                missing = [own for own in asked if own not in found and own in account.watch]
                if missing:
                    deleted += sorted(await comments.gone(film, missing))
        except (AuthError, RateLimited):
            raise
        except SourceError as error:
            note = f"comments could not be looked at again: {error.message}"
            return Page(tuple(messages), "watch", "", tuple(deleted), tuple(skipped), (note,))
        return Page(tuple(messages), "watch", "", tuple(deleted), tuple(skipped))
