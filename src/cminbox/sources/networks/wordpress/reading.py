"""Reading a site's comments, oldest first from where the last poll came to; then what is watched.

`after` counts in the site's own time, in whole seconds: a walk goes from the time of the last comment on, a little
before it, and passes over what it knows. That way nothing that is deleted meanwhile shifts a page.

A comment belongs to the first comment of its thread below a post.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, SourceError
from cminbox.model import HOUR, Instant, Message, Verb
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import identifier, string, whole_number
from cminbox.sources.networks.wordpress import api
from cminbox.sources.networks.wordpress.comment import (
    Item,
    id_of,
    is_comment,
    parent_of,
    parse,
    status_of,
    time_of,
)
from cminbox.sources.paging import load_cursor
from cminbox.when import local_time

if TYPE_CHECKING:
    from cminbox.sources.http import Client

OVERLAP = timedelta(minutes=75)
"""How far before the last comment a poll begins: a site's clock is put back by an hour once a year."""
ZONES = timedelta(hours=14)
MOST_PAGES = 25
MOST_KNOWN = 1000
MOST_THREADS = 300
DEEPEST = 20
MOST_WATCHED = 40
NOT_MODERATOR = "this user may not moderate: what is held for review is not seen"


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new, then what is watched."""
    if not account.account_id:
        me = await api.verify(client, account)
        account = replace(account, account_id=identifier(me.get("id")))
    kept = load_cursor(cursors.get("comments", ""))
    site = _Site(client, account, kept if kept.get("of") == _whose(account) else {})
    async for page in site.pages():
        yield page
    async for page in site.late():
        yield page
    if account.watch or account.missing:
        yield await site.look_again()


def _whose(account: Account) -> str:
    return f"{api.base(account)} {account.account_id}"


@dataclass(slots=True)
class _Site:
    """The comments of one site, during one poll.

    Attributes:
        known: ids that were passed on, the newest last.
        roots: the first comment of each comment's thread, as far as known.
        moderates: whether the user may moderate, as far as known.
        reached: the time of the last comment, as the site tells it.
        since: what is older was not read when the source was new.
        swept: when it was last looked for what came late.
        ended: whether all that is new was read.
    """

    client: Client
    account: Account
    kept: Mapping[str, Any]
    known: dict[str, None] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    moderates: bool = True
    told: bool = False
    reached: datetime | None = None
    since: Instant = 0
    swept: Instant = 0
    ended: bool = False

    async def pages(self) -> AsyncIterator[Page]:
        """What is new, page by page."""
        self.known.update(dict.fromkeys(_texts(self.kept.get("known"))))
        roots = self.kept.get("roots")
        self.roots.update({str(key): str(value) for key, value in roots.items()} if isinstance(roots, dict) else {})
        self.told = self.kept.get("told") is True
        floor = self.client.clock() - min(self.account.backfill_ms, LONGEST_BACKFILL)
        self.since = whole_number(self.kept.get("since")) or floor
        # All of it is read the first time.
        self.swept = whole_number(self.kept.get("swept")) or (0 if self.kept else self.client.clock())
        self.reached = reached = _local(self.kept.get("at"))
        first = local_time(floor, UTC).replace(tzinfo=None, microsecond=0) - ZONES
        anchor = first if reached is None else reached - OVERLAP
        number = 1
        for asked in range(MOST_PAGES):
            items, total = await self._listed(anchor, number)
            skipped: list[DataError] = []
            fresh = [item for item in items if id_of(item) not in self.known and (time_of(item) or floor) >= floor]
            messages = await self.messages(fresh, skipped)
            self.known.update({own: None for item in fresh if (own := id_of(item))})
            last = max((when for item in items if (when := _local(item.get("date"))) is not None), default=None)
            self.reached = max((when for when in (self.reached, last) if when is not None), default=None)
            self.ended = not items or api.is_last(items, number, total)
            notes = () if self.moderates or self.told else (NOT_MODERATOR,)
            self.told = not self.moderates
            more = not self.ended and asked + 1 == MOST_PAGES
            yield Page(messages, "comments", self._cursor(), skipped=tuple(skipped), notes=notes, more=more)
            if self.ended:
                return
            further = None if last is None else last - timedelta(seconds=1)
            if further is not None and further > anchor:
                anchor, number = further, 1
            else:
                number += 1

    async def late(self) -> AsyncIterator[Page]:
        """What stands among the newest comments and was not there at its time: let out of the spam, or of the trash."""
        present = self.client.clock()
        if not self.ended or 0 <= present - self.swept < HOUR:
            return
        params = [("orderby", "date"), ("order", "desc"), ("page", "1"), ("_embed", "up")]
        items, _ = await api.listed(self.client, self.account, params, moderates=self.moderates)
        fresh = [each for each in items if id_of(each) not in self.known and (time_of(each) or 0) >= self.since]
        skipped: list[DataError] = []
        messages = await self.messages(fresh, skipped)
        self.known.update({own: None for item in fresh if (own := id_of(item))})
        self.swept = present
        yield Page(messages, "comments", self._cursor(), skipped=tuple(skipped))

    async def messages(self, items: Sequence[Item], skipped: list[DataError]) -> tuple[Message, ...]:
        """Comments as messages.

        Raises:
            SourceError: what they answer cannot be looked up now.
        """
        present = self.client.clock()
        readable: list[Item] = []
        for item in items:
            with one_item(skipped):
                if is_comment(item):
                    parse(item, self.account, fetched_at=present)
                    readable.append(item)
        await self._learn(readable)
        found: list[Message] = []
        for item in readable:
            with one_item(skipped):
                key = self.roots.get(id_of(item), "")
                message = parse(item, self.account, conversation=key, fetched_at=present)
                can = message.can if self.moderates else frozenset[Verb]()
                found.append(message._replace(created_at=min(message.created_at, present), can=can))
        return tuple(found)

    async def look_again(self) -> Page:
        """Looks at single comments again: whether they were deleted, edited or moderated, or are there again."""
        asked = dict.fromkeys((*self.account.watch, *self.account.missing))
        wanted = [own for own in asked if own.isdecimal()][:MOST_WATCHED]
        skipped: list[DataError] = []
        there: dict[str, Item] = {}
        deleted: list[str] = []
        try:
            if wanted:
                params = [("include", ",".join(wanted)), ("_embed", "up")]
                found, _ = await api.listed(self.client, self.account, params, moderates=self.moderates)
                there = {id_of(item): item for item in found if id_of(item) in wanted}
            for own in wanted:
                if own in there:
                    continue
                try:
                    item = await api.one(self.client, self.account, own)
                except NotThere as error:
                    if api.code_of(error) == "rest_comment_invalid_id" and own in self.account.watch:
                        deleted.append(own)
                    continue
                except Denied:
                    continue  # it is none of everybody's business any more, and may be there
                if status_of(item) == "trash":
                    deleted += [own] if own in self.account.watch else []
                else:
                    there[own] = item
            messages = await self.messages(list(there.values()), skipped)
        except SourceError as error:
            if isinstance(error, AuthError | RateLimited):
                raise
            return Page((), "watch", "", notes=(f"comments could not be looked at again: {error.message}",))
        return Page(messages, "watch", "", tuple(deleted), skipped=tuple(skipped))

    async def _listed(self, after: datetime, number: int) -> tuple[list[dict[str, Any]], int]:
        """One page of what is newer than a time of the site, oldest first."""
        params = [
            *(("after", after.isoformat()), ("orderby", "date"), ("order", "asc"), ("page", str(number))),
            ("_embed", "up"),
        ]
        if self.moderates:
            try:
                return await api.listed(self.client, self.account, params)
            except Denied:
                # A user of the site who may not moderate reads what everybody reads.
                await api.verify(self.client, self.account)
                self.moderates = False
        return await api.listed(self.client, self.account, params, moderates=False)

    async def _learn(self, items: Sequence[Item]) -> None:
        """Work out the first comment of each one's thread; what stands above is asked for, many at once."""
        above = {id_of(item): parent_of(item) for item in items}
        for _ in range(DEEPEST):
            wanted = sorted({up for up in above.values() if up and up not in above and up not in self.roots})
            wanted = [up for up in wanted if up.isdecimal()]
            if not wanted:
                break
            for start in range(0, len(wanted), 100):
                some = wanted[start : start + 100]
                params = [("include", ",".join(some))]
                found, _ = await api.listed(self.client, self.account, params, moderates=self.moderates)
                got = {id_of(item): parent_of(item) for item in found}
                # What is not there any more ends the thread: its answers still have it in common.
                above.update({up: got.get(up, "") for up in some})
        for own in above:
            line, at = [own], above[own]
            while at and at in above and at not in self.roots and at not in line:
                line.append(at)
                at = above[at]
            top = self.roots.get(at, at) if at and at not in line else line[-1]
            for each in line:
                self.roots.pop(each, None)
                self.roots[each] = top

    def _cursor(self) -> str:
        return json.dumps(
            {
                "of": _whose(self.account),
                "at": "" if self.reached is None else self.reached.isoformat(),
                "known": list(self.known)[-MOST_KNOWN:],
                "roots": dict(list(self.roots.items())[-MOST_THREADS:]),
                "told": self.told,
                "since": self.since,
                "swept": self.swept,
            }
        )


def _local(value: object) -> datetime | None:
    """A time of the site, which says no zone; None where it cannot be read."""
    try:
        found = datetime.fromisoformat(string(value)).replace(tzinfo=None)
    except ValueError:
        return None
    return found if 1990 < found.year < 9000 else None


def _texts(raw: object) -> list[str]:
    return [each for each in raw if isinstance(each, str)] if isinstance(raw, list) else []
