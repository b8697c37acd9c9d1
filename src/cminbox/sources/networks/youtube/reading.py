"""Reading the comments of a channel: the newest threads, those held for review, older ones in turn, what is watched.

Threads are listed by when they were begun: a new reply moves none. So the newest hundred are compared with what was
kept of them in each poll, which costs nothing more, and a page of older ones in each poll, as far as the day's units go
round. Where replies did not all come along, they are asked for.

Streams: `threads` for what everybody sees; `heldForReview` and `likelySpam`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, HOUR, Instant, Message
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, string, whole_number
from cminbox.sources.networks.youtube import api
from cminbox.sources.networks.youtube.api import Item
from cminbox.sources.networks.youtube.comment import (
    HELD,
    Place,
    count_of,
    id_of,
    mark_of,
    parse,
    post_of,
    short,
    some_replies,
    status_of,
    thread_time,
    time_of,
    top_of,
    top_status,
    video_of,
)
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

CHANNEL = "channel"
THREADS = "threads"
MOST_PAGES = 20
MOST_REPLY_PAGES = 50
MOST_MARKS = 500
MOST_OLD_MARKS = 5000
MOST_HELD = 500
MOST_HELD_PAGES = 5
"""Pages of what is held that each poll compares."""
MOST_VIDEOS = 300


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new on a channel, what is held there, and what is watched."""
    if not account.account_id:
        account = replace(account, account_id=string((await api.me(client, account)).get("id")))
    reading = _Reading(client, account, cursors)
    async for page in reading.pages():
        yield page


@dataclass(slots=True)
class _Kept:
    """How far one list was read.

    Attributes:
        marks: what the newest threads looked like, by a short form of their ids; old_marks: older ones.
        held: short forms of the ids of threads that were held when they were last seen, so that they are new here.
        floor: where the first poll ended.
        polled: when the newest page was last compared.
        at: the next page of older threads; round_from: when this round through them began, round_before: the one
            before.
        refused: when the list was refused.
    """

    of: str
    reached: Reached = field(default_factory=Reached)
    marks: dict[str, str] = field(default_factory=dict)
    old_marks: dict[str, str] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    floor: Instant = 0
    polled: Instant = 0
    at: str = ""
    round_from: Instant = 0
    round_before: Instant = 0
    refused: Instant = 0

    @classmethod
    def load(cls, cursor: str, of: str, floor: Instant) -> _Kept:
        raw = load_cursor(cursor)
        if raw.get("of") != of:
            return cls(of, floor=floor, round_before=floor)
        since = whole_number(raw.get("floor")) or floor
        return cls(
            of,
            Reached.load(raw.get("reached")),
            _texts(raw.get("marks")),
            _texts(raw.get("old_marks")),
            [each for each in held if isinstance(each, str)] if isinstance(held := raw.get("held"), list) else [],
            since,
            whole_number(raw.get("polled")) or since,
            string(raw.get("at")),
            whole_number(raw.get("round_from")) or 0,
            whole_number(raw.get("round_before")) or since,
            whole_number(raw.get("refused")) or 0,
        )

    def dump(self, videos: Mapping[str, str]) -> str:
        names = ("floor", "polled", "at", "round_from", "round_before", "refused")
        numbers = {name: getattr(self, name) for name in names}
        marks = {"marks": self.marks, "old_marks": self.old_marks, "held": self.held}
        return json.dumps({"of": self.of, "reached": self.reached.dump(), **marks, **numbers, "videos": dict(videos)})

    def mark(self, thread: Item) -> str:
        """What a thread looked like; empty where that is not known."""
        key = short(id_of(thread))
        return self.marks.get(key) or self.old_marks.get(key) or ""

    def same(self, thread: Item, now: Instant) -> bool:
        """Whether a thread looks as it did; one whose replies were refused is another in the next hour."""
        mark, _, hour = self.mark(thread).partition("!")
        return mark == mark_of(thread) and hour in ("", str(now // HOUR))

    def refuse(self, thread: Item, now: Instant) -> None:
        """Not all replies of a thread could be read."""
        key = short(id_of(thread))
        for kept in (self.marks, self.old_marks):
            if key in kept:
                kept[key] = f"{kept[key]}!{now // HOUR}"

    def hold(self, threads: Sequence[Item]) -> bool:
        """These are held: they are new when they come. Whether that was not known."""
        keys = [key for thread in threads if (key := short(id_of(thread))) not in self.held]
        for key in keys:
            self.marks.pop(key, None)
            self.old_marks.pop(key, None)
        self.held = [*self.held, *keys][-MOST_HELD:]
        return bool(keys)

    def was_held(self, thread: Item) -> bool:
        """Whether it was held when it was last seen."""
        return short(id_of(thread)) in self.held

    def only(self, threads: Sequence[Item]) -> None:
        """These are all that the list has: others have left it."""
        here = {short(id_of(thread)) for thread in threads}
        self.marks = {key: mark for key, mark in self.marks.items() if key in here}
        self.old_marks = {}

    def note(self, threads: Sequence[Item], *, newest: bool) -> None:
        """Keep what threads look like now."""
        for thread in reversed(threads):
            key = short(id_of(thread))
            kept = self.marks if newest or key in self.marks else self.old_marks
            kept[key] = mark_of(thread)
            if key in self.held:
                self.held.remove(key)
        for kept, most in ((self.marks, MOST_MARKS), (self.old_marks, MOST_OLD_MARKS)):
            for key in list(kept)[: max(0, len(kept) - most)]:
                del kept[key]


class _Reading:
    """One poll of a channel."""

    def __init__(self, client: Client, account: Account, cursors: Mapping[str, str]) -> None:
        self.client = client
        self.account = account
        self.cursors = cursors
        option = account.options.get(CHANNEL)
        self.channel = account.account_id
        if not account.owned and isinstance(option, str) and option.strip():
            self.channel = option.strip()
        self._now = client.clock()
        self._of = f"{account.account_id} {self.channel}"
        self._videos = _texts(load_cursor(cursors.get(THREADS, "")).get("videos"))
        self._titles_refused = False
        self._notes: list[str] = []
        self._refused: list[Item] = []
        self._held: dict[str, str] = {}
        self._seen: set[str] = set()
        self._all_held = True
        self._newest: Listed[Item] = Listed([])

    async def pages(self) -> AsyncIterator[Page]:
        """What is new, page by page."""
        floor = self._now - min(self.account.backfill_ms, LONGEST_BACKFILL)
        kept = _Kept.load(self.cursors.get(THREADS, ""), self._of, floor)
        async for page in self._list(kept, THREADS, ""):
            yield page
        witness = next((id_of(thread) for thread in self._newest.items if string(thread.get("id"))), "")
        async for page in self._changed(kept):
            yield page
        async for page in self._older(kept):
            yield page
        if self.account.owned:
            for status in HELD:
                async for page in self._held_back(status, kept):
                    yield page
        if self.account.watch or self.account.missing:
            yield await self._look_again(witness)

    async def _held_back(self, status: str, kept: _Kept) -> AsyncIterator[Page]:
        """What is held, however old; its refusal costs nothing else, and is said once an hour."""
        held = _Kept.load(self.cursors.get(status, ""), self._of, self._now - LONGEST_BACKFILL)
        if 0 <= self._now - held.refused < HOUR:
            self._all_held = False
            return
        try:
            async for page in self._list(held, status, status):
                yield page
            for _ in range(MOST_HELD_PAGES - 1):
                if not self._newest.next or not self._within_pace():
                    break
                further = await self._held_threads(self._newest.next, status)
                self._newest = replace(further, items=[*self._newest.items, *further.items])
            self._all_held = self._all_held and not self._newest.next
            async for page in self._changed(held, status):
                yield page
        except Refused as error:
            self._all_held = False
            held.refused = self._now
            self._notes.append(f"what is held for review cannot be read: {error.message}")
            yield self._page((), (), status, held)
            return
        # What is held leaves the other list, and is new there once it is released.
        if kept.hold([thread for thread in self._newest.items if top_status(thread, status) in HELD]):
            yield self._page((), (), THREADS, kept)

    async def _list(self, kept: _Kept, stream: str, status: str) -> AsyncIterator[Page]:
        """What was begun since the last poll, and what of the list was not read yet."""
        asked = ""

        async def fetch(at: str) -> Listed[Item]:
            nonlocal asked
            asked = at
            found = await (self._held_threads(at, status) if status else self._threads(at))
            if not at:
                self._newest = found
            return found

        walk = NewestFirst[Item](fetch, id_of, thread_time, kept.floor, most=MOST_PAGES)
        async for items, reached in walk.steps(kept.reached):
            wanted = [thread for thread in items if _concerns(thread, kept.floor) or kept.was_held(thread)]
            messages, skipped = await self._messages(wanted, status)
            kept.reached = reached
            kept.note(items, newest=not asked)
            yield self._page(messages, skipped, stream, kept)

    async def _changed(self, kept: _Kept, status: str = "") -> AsyncIterator[Page]:
        """What changed in the newest threads since the last poll."""
        since = min(kept.polled, kept.round_before) - DAY
        changed = [thread for thread in self._newest.items if not kept.same(thread, self._now)]
        messages, skipped = await self._messages(changed, status, since, kept)
        before = len(kept.marks) + len(kept.old_marks)
        kept.note(changed, newest=True)
        if status and not self._newest.next:
            kept.only(self._newest.items)
        kept.polled = self._now
        if changed or len(kept.marks) + len(kept.old_marks) != before:
            yield self._page(messages, skipped, status or THREADS, kept)

    async def _older(self, kept: _Kept) -> AsyncIterator[Page]:
        """One page of the threads behind the newest, in turn."""
        if kept.reached.gaps or not self._within_pace():
            return
        at = kept.at or self._newest.next
        if not at:
            # There is no older one: each poll sees all of them.
            kept.round_before = kept.round_from = self._now
            return
        if not kept.at:
            kept.round_from = self._now
        messages, skipped = list[Message](), list[DataError]()
        try:
            found = await self._threads(at)
        except Refused as error:
            if error.status not in (400, 404):
                raise
            kept.at = ""  # what asked for the page has ended: from the top again
        else:
            since = max(kept.floor, kept.round_before - HOUR)
            wanted = [
                thread
                for thread in found.items
                if (kept.mark(thread) and not kept.same(thread, self._now))
                or (not kept.mark(thread) and (_concerns(thread, since) or kept.was_held(thread)))
            ]
            messages, skipped = await self._messages(wanted, "", kept.round_before - DAY, kept)
            kept.note(found.items, newest=False)
            kept.at = found.next if found.next != at else ""
            if not kept.at:
                kept.round_before = kept.round_from
        yield self._page(messages, skipped, THREADS, kept)

    async def _look_again(self, witness: str) -> Page:
        """Looks at single comments again: whether they were edited, deleted, or are there again.

        Args:
            witness: a comment that is there: where it is not given, nothing is known of others.
        """
        # What was rejected may be given by its id for ever: only a list says that it is there again.
        missing = [own for own in self.account.missing if own in self._seen or own in self._held]
        asked = list(dict.fromkeys((*self.account.watch, *missing)))
        asked = [own for own in asked if "," not in own and own != witness][: api.MOST_IDS - 1]
        watched = [own for own in self.account.watch if own in asked or own == witness]
        skipped, messages = list[DataError](), list[Message]()
        try:
            ids = [*asked, *([witness] if witness and "," not in witness else [])]
            found = await api.comments(self.client, self.account, ids) if ids else {}
        except SourceError as error:
            if isinstance(error, AuthError | RateLimited):
                raise
            return Page((), "watch", "", notes=(f"comments could not be looked at again: {error.message}",))
        for own, item in found.items():
            if own not in (*self.account.watch, *missing):
                continue
            # Asked for by its id, a comment does not say whether it is held.
            status = status_of(item) or self._held.get(own, "")
            if not status and not self._all_held:
                continue
            post = post_of(video, self._videos.get(video, "")) if (video := _video(item)) else None
            with one_item(skipped):
                place = Place(post=post, status=status)
                messages.append(parse(item, self.account, place, fetched_at=self._now))
        gone = [own for own in watched if own not in found and own not in self._held]
        if not found and witness:
            gone = []  # what is there is not given either
        return Page(tuple(messages), "watch", "", tuple(gone), skipped=tuple(skipped))

    async def _messages(
        self, threads: Sequence[Item], status: str, since: Instant = 0, kept: _Kept | None = None
    ) -> tuple[list[Message], list[DataError]]:
        """Threads as messages, with all of their replies.

        Args:
            since: of a thread that is remembered, replies from then on are enough.
        """
        await self._learn_titles(threads)
        messages, skipped = list[Message](), list[DataError]()
        for thread in threads:
            video = video_of(thread)
            post = post_of(video, self._videos.get(video, ""))
            open_ = dig(thread, "snippet", "canReply") is not False
            replies = await self._replies(thread, status, since if kept is not None and kept.mark(thread) else 0)
            place = Place("", post, open_, top_status(thread, status))
            before = len(messages)
            with one_item(skipped):
                messages.append(parse(thread, self.account, place, fetched_at=self._now))
            top = string(thread.get("id")) or string(top_of(thread).get("id"))
            for each in replies:
                with one_item(skipped):
                    message = parse(each, self.account, Place(top, post, open_), fetched_at=self._now)
                    # What it answers could not be read: nobody has it.
                    messages.append(message if len(messages) > before else message._replace(parent=None))
        return messages, skipped

    async def _replies(self, thread: Item, status: str, since: Instant) -> list[Item]:
        """What stands below a comment; some of it came along."""
        some, top = some_replies(thread), string(thread.get("id")) or string(top_of(thread).get("id"))
        if status or not top or count_of(thread) <= len(some):
            return some
        found, at = dict[str, Item](), ""
        try:
            for _ in range(MOST_REPLY_PAGES):
                page = await api.replies(self.client, self.account, top, at)
                found.update({string(each.get("id")) or str(len(found)): each for each in page.items})
                if page.next in ("", at) or (since and _all_before(page.items, since)):
                    break
                at = page.next
            else:
                self._notes.append(f"{top}: it has more than {MOST_REPLY_PAGES * 100} replies; the rest is not read")
        except Refused as error:
            self._refused.append(thread)
            self._notes.append(f"the replies below {top} cannot be read: {error.message}")
        listed = list(found.values())
        if _newest_first(listed):
            listed.reverse()
        listed += [each for each in some if string(each.get("id")) not in found]
        return sorted(listed, key=lambda each: time_of(each) or 0)

    async def _learn_titles(self, threads: Sequence[Item]) -> None:
        """Ask for the titles of videos that are not known yet; without them comments come in all the same."""
        wanted = {video: "" for thread in threads if (video := video_of(thread)) and post_of(video) is not None}
        asked = [video for video in wanted if video not in self._videos and "," not in video]
        if self._titles_refused:
            return
        for start in range(0, len(asked), api.MOST_IDS):
            some = asked[start : start + api.MOST_IDS]
            try:
                params = [("part", "snippet"), ("id", ",".join(some))]
                found = await api.listed(self.client, self.account, "videos", params)
            except (Refused, Retryable):
                self._titles_refused = True
                return
            titles = {string(each.get("id")): string(dig(each, "snippet", "title")) for each in found.items}
            self._videos.update({video: one_line(clean(titles.get(video, ""), 200)) for video in some})
        for video in wanted:
            if video in self._videos:
                self._videos[video] = self._videos.pop(video)
        for video in list(self._videos)[: max(0, len(self._videos) - MOST_VIDEOS)]:
            del self._videos[video]

    async def _threads(self, at: str, status: str = "") -> Listed[Item]:
        of = ("allThreadsRelatedToChannelId", self.channel)
        found = await api.threads(self.client, self.account, of, status, at)
        if not status:
            for thread in found.items:
                self._seen.update(string(each.get("id")) for each in (top_of(thread), *some_replies(thread)))
        return found

    async def _held_threads(self, at: str, status: str) -> Listed[Item]:
        """A page of what is held; its ids are remembered."""
        found = await self._threads(at, status)
        items = [thread for thread in found.items if _belongs(thread, status)]
        for thread in items:
            for each in some_replies(thread):
                if status_of(each) in HELD:
                    self._held[string(each.get("id"))] = status_of(each)
            if (top := top_status(thread, status)) in HELD:
                self._held[id_of(thread)] = top
        return replace(found, items=items)

    def _within_pace(self) -> bool:
        """Whether less of the day's units is used up than of the day, those for people left aside."""
        ledger = self.account.ledger
        share = (ledger.limit(api.UNITS) - api.UNITS.reserve) * (ledger.resets_at(api.UNITS) - ledger.clock()) // DAY
        return ledger.left(api.UNITS) - api.UNITS.reserve > min(share, ledger.limit(api.UNITS)) - api.WRITE

    def _page(self, messages: Sequence[Message], skipped: Sequence[DataError], stream: str, kept: _Kept) -> Page:
        for thread in self._refused:
            kept.refuse(thread, self._now)
        self._refused = []
        notes, self._notes = tuple(self._notes), []
        videos = self._videos if stream == THREADS else {}
        more = bool(kept.reached.gaps)
        return Page(tuple(messages), stream, kept.dump(videos), skipped=tuple(skipped), notes=notes, more=more)


def _texts(raw: object) -> dict[str, str]:
    if not isinstance(raw, dict):
        return {}
    return {key: value for key, value in raw.items() if isinstance(value, str)}


def _video(comment: Mapping[str, Any]) -> str:
    return string(dig(comment, "snippet", "videoId"))


def _begun_since(thread: Item, since: Instant) -> bool:
    when = thread_time(thread)
    return when is None or when >= since


def _concerns(thread: Item, since: Instant) -> bool:
    """Whether a thread was begun, or something that came along was written, from a time on."""
    return _begun_since(thread, since) or any(_is_newer(each, since) for each in some_replies(thread))


def _belongs(thread: Item, status: str) -> bool:
    """Whether something in a thread has the status of its list, as far as it says."""
    said = {found for each in (top_of(thread), *some_replies(thread)) if (found := status_of(each)) in HELD}
    return not said or status in said


def _is_newer(comment: Item, since: Instant) -> bool:
    return (time_of(comment) or 0) >= since


def _all_before(replies: Sequence[Item], since: Instant) -> bool:
    """Whether a page of replies, newest first, ends before a time: so does what is behind it."""
    return bool(replies) and _newest_first(replies) and not _is_newer(replies[-1], since)


def _newest_first(comments: Sequence[Item]) -> bool:
    times = [time_of(each) or 0 for each in comments]
    return times == sorted(times, reverse=True)
