"""Parts of a poll that Meta's networks share: a list of its own, a part that may be refused, and looking again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from json import dumps

from cminbox.errors import AuthError, DataError, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, Instant, Message
from cminbox.sources.contract import Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig
from cminbox.sources.meta.graph import BUSY, Graph, Item, checked_id, floor_of, page_of
from cminbox.sources.meta.judge import is_gone
from cminbox.sources.meta.posts import key_of, resume
from cminbox.sources.newest_first import Listed, NewestFirst, Reached

MOST_WATCHED = 20


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one poll beside posts and their comments."""

    graph: Graph
    cursors: Mapping[str, str]

    async def newest(
        self,
        stream: str,
        fetch: Callable[[str], Awaitable[Listed[Item]]],
        read: Callable[[Item], Message],
        time_of: Callable[[Item], Instant | None],
        id_of: Callable[[Item], str] = key_of,
        asked: Instant = 0,
    ) -> AsyncIterator[Page]:
        """A list of what others wrote, newest first.

        Args:
            asked: when it was asked for, to be kept in its cursor; 0: not at all.
        """
        account = self.graph.account
        walk = NewestFirst[Item](fetch, id_of, time_of, floor_of(self.graph), overlap=DAY, most=20)
        async for items, reached in walk.steps(Reached.load(self.kept(stream))):
            messages, skipped = list[Message](), list[DataError]()
            for item in items:
                with one_item(skipped):
                    message = read(item)
                    if message.direction == "in":
                        messages.append(message)
            cursor = dumps({"of": account.account_id, **reached.dump(), **({"asked": asked} if asked else {})})
            if cursor != self.cursors.get(stream, ""):
                yield Page(tuple(messages), stream, cursor, skipped=tuple(skipped), more=bool(reached.gaps))

    def known(self, stream: str) -> frozenset[str]:
        """The ids of a list's newest items."""
        return frozenset(Reached.load(self.kept(stream)).known)

    def kept(self, stream: str) -> dict[str, object]:
        """What is kept of a stream."""
        return resume(self.cursors.get(stream, ""), self.graph.account)


def listens_to(account: Account, option: str) -> list[str]:
    """The words of a source that only listens.

    Raises:
        Refused: it has none.
    """
    found = account.options.get(option)
    words = [each.strip() for each in found if isinstance(each, str)] if isinstance(found, list) else []
    if not any(words):
        raise Refused(f"{account.source} listens to nothing", hint=f'give it {option} = ["words"], or owned = true')
    return [each for each in words if each]


async def was_deleted(graph: Graph, message: Message, error: NotThere) -> bool:
    """Whether a message was deleted that Meta says is not there.

    Meta says the same of what may not be seen: something that the message stands below has to be there still.

    Raises:
        NotThere: nobody can say.
        SourceError: nobody can say now.
    """
    places = (message.post.id if message.post is not None else "", message.parent, message.conversation)
    above = dict.fromkeys(found for each in places if (found := checked_id(each)) and found != message.id)
    if not is_gone(error):
        raise error
    for place in above:
        try:
            await graph.get(place, fields="id")
        except NotThere:
            continue
        return True
    raise error


async def look_again(
    graph: Graph,
    read: Callable[[str], Awaitable[Message | None]],
    gives_others: Callable[[Sequence[str]], Awaitable[bool]],
    passed_over: Callable[[str], bool],
) -> Page:
    """Looks at single messages again: whether they were edited, deleted, or are there again.

    Meta says the same of what is gone and of what may not be seen: a deletion is believed where others are still given.

    Args:
        read: asks for one; None where it is there and nothing more is to be said.
        gives_others: whether the network gives others than these; asked where it gave none of those asked for.
        passed_over: what cannot be asked for.
    """
    account: Account = graph.account
    messages, gone, notes = list[Message](), list[str](), list[str]()
    there = 0
    for own in [*account.watch[:MOST_WATCHED], *account.missing[:MOST_WATCHED]]:
        if passed_over(own):
            continue
        if graph.used >= BUSY:
            break
        try:
            message = await read(own)
            there += 1
            if message is not None:
                messages.append(message)
        except NotThere as error:
            if is_gone(error):
                gone.append(own)
        except (RateLimited, AuthError):
            break  # the next poll meets it again
        except SourceError as error:
            notes.append(f"{own} could not be looked at again: {error.message}")
            if isinstance(error, Retryable):
                break
    deleted = [own for own in gone if own in account.watch]
    if deleted and not there:
        try:
            deleted = deleted if await gives_others(deleted) else []
        except SourceError:
            deleted = []
    return Page(tuple(messages), "watch", "", tuple(deleted), notes=tuple(notes))


async def others_are_given(graph: Graph, node: str, edge: str, fields: str, limit: int, missing: Sequence[str]) -> bool:
    """Whether single comments are to be had, where all that were asked for are not: else a permission went.

    Args:
        edge: the list of what has comments; `fields` bring the newest of each along.

    Raises:
        SourceError: nothing is to be had.
    """
    listed = page_of(await graph.get(node, edge, fields=fields, limit=str(limit)))
    ids = [
        own
        for item in listed.items
        for each in (dig(item, "comments", "data") or [])
        if (own := checked_id(dig(each, "id")))
    ]
    if set(ids) & set(missing):
        return False
    for own in (ids or [checked_id(item.get("id")) for item in listed.items])[:1]:
        await graph.get(own, fields="id")
    return bool(listed.items)
