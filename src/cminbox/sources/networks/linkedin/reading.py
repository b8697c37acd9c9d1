"""Reading a page on LinkedIn: by its notifications, which bring comments, answers, mentions, edits and deletions in one
list; post by post where the login may not read those.

Streams: `notifications`; `posts` and `comments POST` (see `sources/fan_out.py`) in place of it; `watch`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from json import dumps
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Refused, SourceError
from cminbox.model import DAY, MINUTE, Instant, Message, Post
from cminbox.sources.contract import Account, Page
from cminbox.sources.fan_out import Commented, FanOut, Top
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, identifier, string, whole_number
from cminbox.sources.networks.linkedin.api import Api, escaped, is_urn, named, spelled
from cminbox.sources.networks.linkedin.parse import (
    SITE,
    Item,
    changed,
    parse,
    parse_notification,
    post_of,
    title_of,
    urn_of,
    written,
)
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor
from cminbox.sources.times import read_time
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

KEPT_THERE = 60 * DAY
"""How long LinkedIn keeps notifications."""
OVERLAP = MINUTE
TOLD_PAGE = 20
"""Notifications of one page: each costs a call, and what was paid for is kept page by page."""
PAGE = 50
POSTS_PAGE = 10
MOST_NESTED = 20
MOST_WATCHED = 20
MOST_WATCHED_TOO = 4
"""Where notifications tell of edits and deletions."""
ACTIONS = ("COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE", "SHARE_MENTION")
NOTIFICATIONS = "notifications"
ORGANIZATION = "organization"


def organization(account: Account) -> str:
    """The page's URN as the source or the login says, empty for neither."""
    said = account.options.get(ORGANIZATION) or account.credentials.more.get(ORGANIZATION)
    own = identifier(said).strip()
    if own:
        return own if own.startswith("urn:") else f"urn:li:organization:{own}"
    return account.account_id


async def who(api: Api) -> tuple[str, str]:
    """The URN of the page, and what it is called in addresses.

    Raises:
        AuthError: the member administers no page.
        Refused: they administer several, and the source does not say which.
        SourceError: by what to do next.
    """
    own = organization(api.account)
    if not own:
        query = "q=roleAssignee&role=ADMINISTRATOR&state=APPROVED"
        listed = await api.listed("organizationAcls", query, "", 100)
        pages = sorted({string(each.get("organization")) for each in listed.items} - {""})
        if not pages:
            raise AuthError("the member who logged in administers no page", hint="log in as an administrator of it")
        if len(pages) > 1:
            numbers = ", ".join(one_line(clean(each.rpartition(":")[2], 30)) for each in pages[:10])
            raise Refused(f"this login administers several pages: {numbers}", hint='set organization = "NUMBER"')
        own = pages[0]
    about = await api.one(f"organizations/{escaped(own.rpartition(':')[2])}")
    return own, one_line(clean(string(about.get("vanityName")) or string(about.get("localizedName")), 200))


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new on a page, and what of it is watched."""
    api = Api(client, account)
    own = organization(account) or (await who(api))[0]
    api = Api(client, replace(account, account_id=own))
    reading = _Reading(api, cursors)
    async for page in reading.pages():
        yield page
    if account.watch or account.missing:
        yield await reading.look_again()


@dataclass(slots=True)
class _Reading:
    """One poll of a page.

    Attributes:
        asked: comments that were asked for in this poll.
        by_posts: notifications may not be read: posts are read one by one.
        counts: whether LinkedIn says how many comments posts have.
    """

    api: Api
    cursors: Mapping[str, str]
    asked: set[str] = field(default_factory=set)
    by_posts: bool = False
    counts: bool = True

    async def pages(self) -> AsyncIterator[Page]:
        """What is new, by the list of notifications, else post by post."""
        kept = self._kept()
        try:
            async for page in self.notifications(kept):
                yield page
            return
        except Denied as error:
            self.by_posts = True
            if not kept.get("refused"):
                note = f"notifications cannot be read, posts are read one by one: {error.message}"
                cursor = dumps({**kept, "of": self._own, "refused": True})
                yield Page((), NOTIFICATIONS, cursor, notes=(note,))
        async for page in self.posts().pages():
            yield page

    async def notifications(self, kept: Mapping[str, Any]) -> AsyncIterator[Page]:
        """What the list of notifications says that is new."""
        query = f"q=criteria&organizationalEntity={escaped(self._own)}&actions=List({','.join(ACTIONS)})"

        async def fetch(at: str) -> Listed[Item]:
            return await self.api.listed("organizationalEntityNotifications", query, at, TOLD_PAGE)

        first = not Reached.load(kept).known
        walk = NewestFirst[Item](fetch, _key, _when, self._floor(KEPT_THERE), overlap=OVERLAP, most=40)
        async for items, reached in walk.steps(Reached.load(kept)):
            messages, deleted, skipped = await self._understood(items, walk.floor if first else 0)
            cursor = dumps({"of": self._own, **reached.dump()})
            if cursor != self.cursors.get(NOTIFICATIONS, ""):
                more = bool(reached.gaps)
                yield Page(messages, NOTIFICATIONS, cursor, tuple(deleted), skipped=tuple(skipped), more=more)

    async def _understood(
        self, items: Sequence[Item], floor: Instant
    ) -> tuple[tuple[Message, ...], list[str], list[DataError]]:
        """Notifications as messages, and what they say was deleted."""
        messages, deleted, skipped = list[Message](), list[str](), list[DataError]()
        gone = {_about(each) for each in items if each.get("action") == "COMMENT_DELETE"}
        admins = {_about(each) for each in items if each.get("action") == "ADMIN_COMMENT"}
        for item in items:
            own, action = _about(item), item.get("action")
            with one_item(skipped):
                if (_when(item) or floor) < floor:
                    continue
                if action == "COMMENT_DELETE":
                    deleted += [own] if named(own) is not None else []
                elif action == "SHARE_MENTION":
                    messages.append(parse_notification(item, self.api.account, self._now))
                elif own not in gone and own not in self.asked:
                    self.asked.add(own)
                    message = await self._comment(item, own, own in admins)
                    messages += [message] if message is not None else []
        return tuple(messages), deleted, skipped

    async def _comment(self, item: Item, own: str, ours: bool) -> Message | None:
        """The comment that a notification names: its place is in the comment alone. None where it is gone."""
        name = named(own)
        if name is None:
            return parse_notification(item, self.api.account, self._now)
        try:
            raw = await self.api.comment(name)
        except NotThere:
            return None
        except Refused as error:
            if error.status not in (400, 403):
                raise
            return parse_notification(item, self.api.account, self._now)
        post = post_of(item)
        return parse({"$URN": own, **raw}, self.api.account, post=post, ours=ours, fetched_at=self._now)

    def posts(self) -> FanOut:
        """The comments post by post."""
        account = self.api.account

        async def listed(at: str) -> Listed[Commented]:
            query = f"q=author&author={escaped(self._own)}"
            found = await self.api.listed("posts", query, at, POSTS_PAGE)
            posts = [post for item in found.items if (post := _post(item)) is not None]
            counts = await self._counted([post.id for post in posts])
            return Listed([Commented(post, counts.get(post.id)) for post in posts], found.next)

        async def comments(post: Commented, at: str) -> Listed[Top]:
            found = await self.api.listed(f"socialActions/{escaped(post.post.id)}/comments", "", at, PAGE)
            return Listed([_top(item) for item in found.items], found.next)

        async def answers(_post: Commented, top: Top) -> list[Top]:
            return [_top(item) for item in await self.nested(urn_of(top.item))]

        def read(item: Item, post: Commented, above: str) -> Message:
            raw = {"parentComment": above, **item} if above else item
            return parse(raw, account, post=post.post, fetched_at=self._now)

        return FanOut(
            whose=self._own,
            cursors=self.cursors,
            posts=listed,
            comments=comments,
            answers=answers,
            parse=read,
            floor=self._floor(KEPT_THERE),
            clock=self.api.client.clock,
        )

    async def _counted(self, posts: Sequence[str]) -> dict[str, int]:
        """How many comments posts have; nothing where LinkedIn does not say."""
        if not posts or not self.counts:
            return {}
        try:
            found = await self.api.one("socialMetadata", f"ids=List({','.join(map(escaped, posts))})")
        except Refused:
            self.counts = False
            return {}
        said = {own: whole_number(dig(found, "results", own, "commentSummary", "count")) for own in posts}
        return {own: count for own, count in said.items() if count is not None}

    async def nested(self, top: str) -> list[Item]:
        """All that answers a comment."""
        return (await nested(self.api, top))[0]

    async def look_again(self) -> Page:
        """Looks at single comments again: whether they were edited or deleted, or are there again."""
        messages, deleted, skipped = list[Message](), list[str](), list[DataError]()
        notes = list[str]()
        wanted = [own for own in dict.fromkeys((*self.api.account.watch, *self.api.account.missing)) if named(own)]
        for own in wanted[: MOST_WATCHED if self.by_posts else MOST_WATCHED_TOO]:
            name = named(own)
            if name is None:
                continue
            try:
                raw = await self.api.comment(name)
            except NotThere:
                deleted += [own] if own in self.api.account.watch else []
                continue
            except (AuthError, RateLimited):
                raise
            except SourceError as error:
                notes = [f"comments could not be looked at again: {error.message}"]
                continue
            with one_item(skipped):
                messages.append(parse({**raw, "$URN": own}, self.api.account, fetched_at=self._now))
        return Page(tuple(messages), "watch", "", tuple(deleted), tuple(skipped), tuple(notes))

    @property
    def _own(self) -> str:
        return self.api.account.account_id

    @property
    def _now(self) -> Instant:
        return self.api.client.clock()

    def _floor(self, longest: int) -> Instant:
        return self._now - min(self.api.account.backfill_ms, longest)

    def _kept(self) -> dict[str, Any]:
        kept = load_cursor(self.cursors.get(NOTIFICATIONS, ""))
        return kept if kept.get("of") == self._own else {}


async def nested(api: Api, top: str) -> tuple[list[Item], bool]:
    """What answers a comment, and whether that is all.

    Raises:
        SourceError: by what to do next.
    """
    found, at = list[Item](), ""
    for _ in range(MOST_NESTED):
        page = await api.listed(f"socialActions/{escaped(top)}/comments", "", at, PAGE)
        found += page.items
        if not page.next or page.next == at:
            return found, True
        at = page.next
    return found, False


def _about(item: Item) -> str:
    """What a notification is about: a comment, or a post."""
    return spelled(string(item.get("generatedActivity")))


def _key(item: Item) -> str:
    """What tells a notification from others: some share a number."""
    words = [identifier(item.get(name)) for name in ("notificationId", "action", "generatedActivity", "lastModifiedAt")]
    if not any(words[::2]):
        return dumps(item, sort_keys=True, default=str)[:300]
    return " ".join([*words, *([string(item.get("sourcePost"))] if not words[2] else [])])


def _when(item: Item) -> Instant | None:
    when = item.get("lastModifiedAt")
    return read_time(when) if isinstance(when, int) and not isinstance(when, bool) else None


def _post(item: Item) -> Post | None:
    own = string(item.get("id"))
    if not is_urn(own):
        return None
    return Post(own, title_of(item.get("commentary")), f"{SITE}/feed/update/{own}")


def _top(item: Item) -> Top:
    answers = whole_number(dig(item, "commentsSummary", "totalFirstLevelComments")) or 0
    own = urn_of(item) or f"no id {dumps(item, sort_keys=True, default=str)[:200]}"
    return Top(own, item, written(item) or 0, str(changed(item) or ""), answers)
