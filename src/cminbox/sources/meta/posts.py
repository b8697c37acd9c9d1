"""Reading the comments of many posts: what has changed at once, everything else in a slow rotation.

Meta lists comments by post only. A poll reads the newest page of posts, and a page or more of the older ones, from
where the last poll ended; each post whose mark differs from what was kept is read. So a comment on a post of last year
is found when its page comes round. What was written before the first poll reached back is passed over where a post
comes round later: it would be taken for new.

Streams: `posts` (how far the rotation has come, and which fields are refused) and `comments POST` for each post that
has any. What is read of a post is kept with each page of its comments, so that a cut loses and repeats nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from json import dumps
from typing import Any, Protocol

from cminbox.errors import DataError, NotThere, Refused, Retryable, SourceError
from cminbox.model import DAY, Instant, Message, Post
from cminbox.sources.contract import Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import whole_number
from cminbox.sources.meta.graph import BUSY, Graph, Item, Wanted, floor_of
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor

POSTS = "posts"
MOST_ROTATED = 3
MOST_FAILURES = 3
MOST_KNOWN = 200
SHED_STAYS = DAY
"""How long a field that was refused is not asked for again."""


@dataclass(frozen=True, slots=True)
class Commented:
    """A post, as the list of posts shows it.

    Attributes:
        mark: changes when something about its comments does; empty where the list does not say.
        bare: the list says that it has no comments.
        post: as messages name it.
        ad: it is shown as an advertisement alone.
        said: the post itself as a message, where somebody else wrote it.
        under: the conversation of what is below it, where that is one; empty where each comment has its own.
    """

    post: Post
    mark: str = ""
    bare: bool = False
    ad: bool = False
    said: Message | None = None
    under: str = ""


State = Mapping[str, Any]
Steps = AsyncIterator[tuple[list[Item], State]]


class Reader(Protocol):
    """Reads the comments of one post."""

    def __call__(self, post: Commented, state: State) -> Steps:
        """What is new since `state`, in steps, each with the state to keep."""


@dataclass(slots=True)
class Posts:
    """The posts of an account, during one poll.

    Args:
        listed: one page of posts, as a network's own items are turned into them.
        steps: reads the comments of a post.
        parse: a comment as a message.
        wanted: the fields whose refusals are remembered.
        rotated: pages of older posts that one poll asks for, besides the newest.
    """

    graph: Graph
    cursors: Mapping[str, str]
    listed: Callable[[str], Awaitable[Listed[Commented]]]
    steps: Reader
    parse: Callable[[Item, Commented], Message]
    wanted: Sequence[Wanted] = ()
    rotated: int = MOST_ROTATED
    notes: list[str] = field(default_factory=list)
    _read: set[str] = field(default_factory=set, init=False)
    _given: bool = field(default=False, init=False)
    _failures: int = field(default=0, init=False)
    _since: Instant = field(default=0, init=False)
    """What is older is passed over; 0 in the first poll, which may bring all that it meets."""

    async def pages(self) -> AsyncIterator[Page]:
        """The comments of the newest posts, and of some older ones."""
        kept = resume(self.cursors.get(POSTS, ""), self.graph.account)
        self._remember(kept)
        self._since = whole_number(kept.get("since")) or 0
        first = await self.listed("")
        async for page in self.comments(first.items):
            yield page
        at = str(kept.get("at") or "") or first.next
        round_done = bool(kept.get("round"))
        for _ in range(self.rotated):
            if not at or self.graph.used >= BUSY:
                break
            try:
                older = await self.listed(at)
            except Refused as error:
                if isinstance(error, NotThere) or error.status == 400:
                    at = ""  # the cursor has ended: from the top again
                    break
                raise
            async for page in self.comments(older.items):
                yield page
            at = older.next if older.next != at else ""
            round_done = round_done or not at
            yield Page((), POSTS, self._cursor(at, round_done), more=bool(at) and not round_done)
        now = self._cursor(at, round_done or not at)
        if now != self.cursors.get(POSTS, ""):
            yield Page((), POSTS, now)

    async def comments(self, posts: Sequence[Commented]) -> AsyncIterator[Page]:
        """What is new below these posts."""
        for each in posts:
            stream = f"comments {each.post.id}"
            if not each.post.id or stream in self._read:
                continue
            self._read.add(stream)
            kept = resume(self.cursors.get(stream, ""), self.graph.account)
            unread = each.said is not None and not kept.get("said")
            if not unread and (each.bare and not kept):
                continue
            if not unread and each.mark and kept.get("mark") == each.mark and not kept.get("more"):
                continue
            async for page in self._one(each, stream, kept):
                yield page

    async def _one(self, each: Commented, stream: str, kept: Mapping[str, Any]) -> AsyncIterator[Page]:
        state: State = kept.get("state") if isinstance(kept.get("state"), dict) else {}  # type: ignore[assignment]
        said = (each.said,) if each.said is not None and not kept.get("said") and self._is_new(each.said) else ()
        behind: tuple[tuple[Message, ...], tuple[DataError, ...]] | None = (said, ()) if said else None
        try:
            async for items, reached in self.steps(each, state):
                if behind is not None:
                    yield self._page(each, stream, behind, state, mark="")
                behind, state = self._messages(each, items), reached
            self._given = True
            mark = each.mark
        except Refused as error:
            # It went between the list and now, or this one alone may not be read: it is asked for when it changes.
            mark = each.mark
            self._missed(each, error)
        except Retryable as error:
            mark = ""
            self._missed(each, error)
        yield self._page(each, stream, behind or ((), ()), state, mark)

    def _missed(self, each: Commented, error: SourceError) -> None:
        """Go on without one post's comments, or what is left of them.

        Raises:
            SourceError: it is not that one post alone.
        """
        self._failures += 1
        if self._failures >= MOST_FAILURES and (not self._given or isinstance(error, Retryable)):
            raise error
        self.notes.append(f"the comments of {each.post.id} could not be read: {error.message}")

    def _messages(self, each: Commented, items: Sequence[Item]) -> tuple[tuple[Message, ...], tuple[DataError, ...]]:
        messages, skipped = list[Message](), list[DataError]()
        for item in items:
            with one_item(skipped):
                message = self.parse(item, each)
                if self._is_new(message):
                    messages.append(message)
        return tuple(messages), tuple(skipped)

    def _is_new(self, message: Message) -> bool:
        return message.created_at >= self._since

    def _page(
        self,
        each: Commented,
        stream: str,
        found: tuple[tuple[Message, ...], tuple[DataError, ...]],
        state: State,
        mark: str,
    ) -> Page:
        more = bool(state.get("gaps") or state.get("at") or state.get("again"))
        cursor = {
            "of": self.graph.account.account_id,
            "state": state,
            "mark": mark,
            **({"said": 1} if each.said is not None else {}),
            **({"more": 1} if more else {}),
        }
        notes, self.notes = tuple(self.notes), []
        return Page(found[0], stream, dumps(cursor), skipped=found[1], notes=notes, more=more)

    def _remember(self, kept: Mapping[str, Any]) -> None:
        """Leave away what was refused lately."""
        if self.graph.client.clock() - (whole_number(kept.get("shed_at")) or 0) < SHED_STAYS:
            for number, wanted in enumerate(self.wanted):
                names = kept.get(f"without{number}")
                wanted.without.update(str(name) for name in names) if isinstance(names, list) else None

    def _cursor(self, at: str, round_done: bool) -> str:
        kept = resume(self.cursors.get(POSTS, ""), self.graph.account)
        shed = {
            f"without{number}": sorted(wanted.without) for number, wanted in enumerate(self.wanted) if wanted.without
        }
        when = whole_number(kept.get("shed_at")) or 0
        if shed and any(kept.get(name) != value for name, value in shed.items()):
            when = self.graph.client.clock()
        more = {**shed, "shed_at": when} if shed else {}
        since = whole_number(kept.get("since")) or floor_of(self.graph)
        done = {"round": 1} if round_done else {}
        return dumps({"of": self.graph.account.account_id, "at": at, "since": since, **done, **more})


def flat(
    fetch: Callable[[Commented, str], Awaitable[Listed[Item]]],
    time_of: Callable[[Item], Instant | None],
    floor: Instant,
    overlap: int,
) -> Reader:
    """Reads a list of all comments of a post, newest first, those below others among them."""

    async def steps(post: Commented, state: State) -> Steps:
        walk = NewestFirst[Item](lambda at: fetch(post, at), key_of, time_of, floor, overlap=overlap, most=20)
        async for items, reached in walk.steps(Reached.load(state)):
            yield items, shortened(reached)

    return steps


def shortened(reached: Reached) -> State:
    """How far a post was read, as it is kept: there may be thousands of posts, and all are loaded with each poll."""
    return replace(reached, known=reached.known[:MOST_KNOWN]).dump()


def key_of(item: Item) -> str:
    """What tells an item from others: its id, else all that it says."""
    own = item.get("id")
    if isinstance(own, str | int) and not isinstance(own, bool) and str(own):
        return str(own)
    return "no id " + dumps(item, sort_keys=True, default=str)[:200]


def resume(cursor: str, account: Account) -> dict[str, Any]:
    """A cursor's content, where it is this account's."""
    kept = load_cursor(cursor)
    return kept if kept.get("of") == account.account_id else {}
