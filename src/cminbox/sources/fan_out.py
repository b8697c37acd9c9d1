"""Reading comments where a network lists them by post only: the newest posts, and older ones in turn.

Each poll reads the newest page of posts and some pages of older ones, from where the last poll ended. A post whose
number of comments changed is read at once; one that did not change, or whose list says no number, in its turn. So a
comment on a post of last year is found when its page comes round.

Below a post the list of comments is gone through until the change is explained by what was found. What answers a
comment is asked for where its number of answers changed.

Streams: `posts` (how far the rotation has come) and `comments POST` for each post.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps
from typing import Any

from cminbox.errors import DataError, NotThere, Refused, Retryable, SourceError
from cminbox.model import HOUR, Instant, Message, Post
from cminbox.sources.contract import Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import string, whole_number
from cminbox.sources.newest_first import Listed
from cminbox.sources.paging import load_cursor

Item = Mapping[str, Any]
POSTS = "posts"
COMMENTS = "comments "
MOST_ROTATED = 2
MOST_PAGES = 20
MOST_SEEN = 3000
MOST_FAILURES = 3
TURN = 6 * HOUR
"""After it a post is read again though the number of its comments is the same."""


@dataclass(frozen=True, slots=True)
class Commented:
    """A post, as the list of posts shows it.

    Attributes:
        count: how many comments it has; None where the list does not say.
        ad: it is shown as an advertisement.
    """

    post: Post
    count: int | None = None
    ad: bool = False


@dataclass(frozen=True, slots=True)
class Top:
    """A comment right below a post.

    Attributes:
        version: changes when it is edited, hidden or shown.
        answers: how many answers it has.
    """

    id: str
    item: Item
    written: Instant
    version: str = ""
    answers: int = 0


@dataclass(slots=True)
class FanOut:
    """The comments of an account's posts, during one poll.

    Args:
        whose: whose cursors they are; those of others count as none.
        posts: one page of posts, newest first.
        comments: one page of the comments of a post.
        answers: all that answers a comment.
        parse: a comment (and the one above it, empty for none) as a message.
        floor: what is older is passed over by a first reading.
        clock: the present.
    """

    whose: str
    cursors: Mapping[str, str]
    posts: Callable[[str], Awaitable[Listed[Commented]]]
    comments: Callable[[Commented, str], Awaitable[Listed[Top]]]
    answers: Callable[[Commented, Top], Awaitable[Sequence[Top]]]
    parse: Callable[[Item, Commented, str], Message]
    floor: Instant
    clock: Callable[[], Instant]
    rotated: int = MOST_ROTATED
    _read: set[str] = field(default_factory=set, init=False)
    _given: bool = field(default=False, init=False)
    _failures: int = field(default=0, init=False)

    async def pages(self) -> AsyncIterator[Page]:
        """What is new below the newest posts, and below some older ones."""
        kept = self._kept(POSTS)
        first = await self.posts("")
        async for page in self._below(first.items):
            yield page
        at = string(kept.get("at")) or first.next
        for _ in range(self.rotated):
            if not at:
                break
            try:
                older = await self.posts(at)
            except Refused as error:
                if error.status not in (0, 200, 400, 404):
                    raise
                at = ""  # the place has ended: from the top again
                break
            async for page in self._below(older.items):
                yield page
            at = older.next if older.next != at else ""
        cursor = dumps({"of": self.whose, "at": at})
        if cursor != self.cursors.get(POSTS, ""):
            yield Page((), POSTS, cursor)

    def where(self, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Below which post, and which comment, ids that were passed on stand; those of none are left out."""
        wanted, found = set(ids), dict[str, tuple[str, str]]()
        for stream in self.cursors:
            if stream.startswith(COMMENTS):
                raw = self._kept(stream).get("seen")
                seen = raw if isinstance(raw, dict) else {}
                for own in wanted & set(seen):
                    found[own] = stream.removeprefix(COMMENTS), _Seen.load(seen[own]).above
        return found

    async def _below(self, posts: Sequence[Commented]) -> AsyncIterator[Page]:
        for each in posts:
            stream = f"{COMMENTS}{each.post.id}"
            if not each.post.id or stream in self._read:
                continue
            self._read.add(stream)
            kept = self._kept(stream)
            if not kept and each.count == 0:
                continue
            same = each.count is not None and kept.get("count") == each.count and not kept.get("at")
            if same and 0 <= self.clock() - (whole_number(kept.get("read")) or 0) < TURN:
                continue
            async for page in self._one(each, stream, kept):
                yield page

    async def _one(self, each: Commented, stream: str, kept: Mapping[str, Any]) -> AsyncIterator[Page]:
        walk = _Walk.load(kept, self.floor)
        if not walk.at:
            walk.goal = each.count
        notes: tuple[str, ...] = ()
        kept_now = self._cursor(walk)  # what was taken of a page that was not passed on is taken again
        try:
            for number in range(MOST_PAGES):
                page = await self.comments(each, walk.at)
                self._given = True
                messages, skipped, fresh = await self._take(each, walk, page.items)
                ended = not page.next or page.next == walk.at
                explained = not fresh and walk.explained()
                walk.at = "" if ended or explained else page.next
                if not walk.at:
                    walk.done(self.clock())
                more = bool(walk.at) and number == MOST_PAGES - 1
                kept_now = self._cursor(walk)
                if messages or skipped or kept_now != self.cursors.get(stream, ""):
                    yield Page(messages, stream, kept_now, skipped=skipped, more=more)
                if not walk.at:
                    return
            return
        except Refused as error:
            # It went between the list and now, or this one alone may not be read.
            self._missed(error)
            walk = _Walk.load(load_cursor(kept_now), self.floor)
            walk.at, walk.goal = "", each.count
            walk.done(self.clock())
            kept_now = self._cursor(walk)
            notes = (f"the comments of {each.post.id} could not be read: {error.message}",)
        except Retryable as error:
            self._missed(error)
            notes = (f"the comments of {each.post.id} could not be read: {error.message}",)
        yield Page((), stream, kept_now, notes=notes)

    async def _take(
        self, each: Commented, walk: _Walk, tops: Sequence[Top]
    ) -> tuple[tuple[Message, ...], tuple[DataError, ...], int]:
        """What of one page is new or changed, and how many comments were new."""
        messages, skipped, fresh = list[Message](), list[DataError](), 0
        for top in tops:
            before = walk.seen.get(top.id)
            passed = walk.wants(top)
            below = list[Top]()
            if top.answers and (before is None or before.answers != top.answers):
                try:
                    answers = await self.answers(each, top)
                except Refused as error:
                    # The comment went between the list and now, or its answers alone may not be read.
                    self._missed(error)
                    answers = ()
                below = [one for one in answers if walk.wants(one)]
                fresh += sum(1 for one in answers if one.id not in walk.seen)
                for one in answers:
                    walk.see(one, top.id)
            fresh += before is None
            walk.see(top, "")
            if passed or (before is None and below):  # what it answers has to be there
                with one_item(skipped):
                    messages.append(self.parse(top.item, each, ""))
            for one in below:
                with one_item(skipped):
                    messages.append(self.parse(one.item, each, top.id))
        walk.found += fresh
        return tuple(messages), tuple(skipped), fresh

    def _missed(self, error: SourceError) -> None:
        """Go on without one post's comments.

        Raises:
            SourceError: it is not that one post alone.
        """
        self._failures += 1
        if isinstance(error, NotThere):
            return
        if not self._given or self._failures >= MOST_FAILURES:
            raise error

    def _kept(self, stream: str) -> dict[str, Any]:
        kept = load_cursor(self.cursors.get(stream, ""))
        return kept if kept.get("of") == self.whose else {}

    def _cursor(self, walk: _Walk) -> str:
        return dumps({"of": self.whose, **walk.dump()})


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was passed on or passed over: its version, how many answers it had, and what it stands below."""

    version: str = ""
    answers: int = 0
    above: str = ""

    @classmethod
    def load(cls, raw: object) -> _Seen:
        if not isinstance(raw, list) or len(raw) != 3:
            return cls()
        return cls(string(raw[0]), whole_number(raw[1]) or 0, string(raw[2]))


@dataclass(slots=True)
class _Walk:
    """How far one post's comments were read.

    Attributes:
        seen: by id, oldest first.
        since: what is older was there before we came, or is forgotten: it is not passed on.
        at: the page to go on with; empty where none is under way.
        count: of comments when the list was last gone through.
        goal: of comments when this walk began; None where the list of posts does not say.
        found: new ones since then.
        read: when the list was last gone through.
    """

    seen: dict[str, _Seen]
    since: Instant
    at: str = ""
    count: int | None = None
    goal: int | None = None
    found: int = 0
    read: Instant = 0

    @classmethod
    def load(cls, raw: Mapping[str, Any], floor: Instant) -> _Walk:
        seen = raw.get("seen")
        return cls(
            {str(own): _Seen.load(each) for own, each in seen.items()} if isinstance(seen, dict) else {},
            whole_number(raw.get("since")) or floor,
            string(raw.get("at")),
            whole_number(raw.get("count")),
            whole_number(raw.get("goal")),
            whole_number(raw.get("found")) or 0,
            whole_number(raw.get("read")) or 0,
        )

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it."""
        while len(self.seen) > MOST_SEEN:
            del self.seen[next(iter(self.seen))]
            self.since = max(self.since, self.read)
        seen = {own: [each.version, each.answers, each.above] for own, each in self.seen.items()}
        return {
            "seen": seen,
            "since": self.since,
            **({"at": self.at, "goal": self.goal, "found": self.found} if self.at else {}),
            "count": self.count,
            "read": self.read,
        }

    def explained(self) -> bool:
        """Whether what was found is all that the number of comments says; never where the number did not change."""
        if self.goal is None or self.count is None or self.goal == self.count:
            return False
        return self.found >= self.goal - self.count

    def done(self, present: Instant) -> None:
        """The list was gone through."""
        self.count, self.found, self.read = self.goal, 0, present

    def wants(self, top: Top) -> bool:
        """Whether a comment is new, or was changed."""
        before = self.seen.get(top.id)
        if before is not None:
            return before.version != top.version
        return not top.written or top.written >= self.since

    def see(self, top: Top, above: str) -> None:
        """Remember how the comment stands now."""
        self.seen[top.id] = _Seen(top.version, top.answers, above)
