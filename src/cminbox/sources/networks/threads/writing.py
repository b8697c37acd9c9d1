"""Writing on Threads: a container is made, then published; and what was written is found again.

A container publishes nothing by itself, ends unpublished after a day, and cannot be published twice (docs: posts,
troubleshooting). So where the answer to its publication is lost, it is looked at by its id, and published again: either
that publishes it, or it says that it was published before.
"""

from __future__ import annotations

from cminbox.errors import DataError, Refused, Retryable, SourceError
from cminbox.model import Message
from cminbox.sources.contract import Outgoing, Sent, Unsure
from cminbox.sources.items import one_item
from cminbox.sources.json_values import string, web_address
from cminbox.sources.ledger import Allowance
from cminbox.sources.look_up import Candidate, chosen
from cminbox.sources.meta.graph import Graph, Item, Wanted, checked_id
from cminbox.sources.meta.judge import code_of
from cminbox.sources.meta.sent import earliest
from cminbox.sources.networks.threads.parse import POST, parse, written_at
from cminbox.sources.networks.threads.reading import reply_fields, who
from cminbox.sources.newest_first import Listed

REPLIES = Allowance("replies", 1000, "replies", "rolling day")
DELETIONS = Allowance("deletions", 100, "calls", "rolling day")
MOST_ASKED = 3
_NO_CONTAINER = 24
"""Meta's code: there is no such container, or it was published before."""


async def publish(graph: Graph, outgoing: Outgoing) -> Sent:
    """Writes a reply, once.

    Raises:
        Retryable: with `maybe_done` where it may stand there.
        SourceError: by what to do next.
    """
    await graph.account.ledger.spend(REPLIES, 1, for_people=True)
    form = {"media_type": "TEXT", "text": outgoing.text, "reply_to_id": outgoing.parent.id}
    container = checked_id((await graph.post("me", "threads", form=form)).get("id"))
    if not container:
        raise Retryable("the network took the reply but did not say what it became", maybe_done=True)
    await _ready(graph, container)
    own = await _published(graph, container, outgoing)
    if isinstance(own, Sent):
        return own
    url, when = "", graph.client.clock()
    try:
        item = await graph.get(own, fields="id,permalink,timestamp")
        url, when = web_address(item.get("permalink")), written_at(item) or when
    except SourceError:
        pass  # it stands there; where is no more than good to know
    return Sent(own, url, when, outgoing.conversation)


async def _ready(graph: Graph, container: str) -> None:
    """Ask some times whether a container can be published; a text usually can at once."""
    for _ in range(MOST_ASKED):
        if await _status(graph, container) != "IN_PROGRESS":
            return


async def _status(graph: Graph, container: str) -> str:
    """What became of a container: FINISHED, PUBLISHED, IN_PROGRESS, EXPIRED, ERROR; empty where that is not said."""
    try:
        return string((await graph.get(container, fields="id,status")).get("status"))
    except SourceError:
        return ""


async def _published(graph: Graph, container: str, outgoing: Outgoing) -> str | Sent:
    """Publish a container: the id of what it became, or the reply as it was found."""
    lost: SourceError | None = None
    for tried in range(2):
        try:
            said = await graph.post("me", "threads_publish", form={"creation_id": container})
            if own := checked_id(said.get("id")):
                return own
            lost = Retryable("the network took the reply but did not say what it became", maybe_done=True)
        except Retryable as error:
            lost = error
        except Refused as error:
            if code_of(error)[0] != _NO_CONTAINER:
                raise
            if not tried and await _status(graph, container) not in ("PUBLISHED", ""):
                raise Retryable(error.message, maybe_done=True) from None
            lost = lost or Retryable(error.message, maybe_done=True)
            break
        if await _status(graph, container) == "PUBLISHED":
            break
    found = await _found(graph, outgoing)
    if isinstance(found, Sent):
        return found
    unknown = Retryable(lost.message if lost else "the reply's publication was not answered", maybe_done=True)
    raise unknown


async def _found(graph: Graph, outgoing: Outgoing) -> Sent | Unsure | None:
    try:
        return await find(graph, outgoing)
    except SourceError:
        return None


async def find(graph: Graph, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply below its post, or among all our replies where the thread is somebody else's.

    Raises:
        SourceError: nothing can be said now.
    """
    us, since = await who(graph), earliest(graph, outgoing.sent_before)
    post = outgoing.parent.extra.get(POST, "")
    wanted, found, at = reply_fields(), list[Candidate](), ""
    for _ in range(20):
        listed = await _page(graph, post, wanted, at)
        skipped: list[DataError] = []
        for item in listed.items:
            with one_item(skipped):
                message = parse(item, graph.account, handle=us.handle, mention=not post)
                nameless = not (message.author.handle or message.direction == "out")
                if nameless or message.direction == "out":
                    found.append(Candidate(message, nameless, _fits(message, outgoing, post)))
        if skipped:
            raise Retryable("some of the replies there cannot be read")
        times = [when for item in listed.items if (when := written_at(item)) is not None]
        if not listed.next or listed.next == at or min(times, default=since) < since:
            return chosen(found, outgoing, since)
        at = listed.next
    if (sent := chosen(found, outgoing, since)) is not None:
        return sent
    raise Retryable("there are too many replies to look through")


async def _page(graph: Graph, post: str, wanted: Wanted, at: str) -> Listed[Item]:
    if post:
        return await graph.listed(post, "conversation", wanted=wanted, at=at, reverse="true")
    return await graph.listed("me", "replies", wanted=wanted, at=at)


def _fits(message: Message, outgoing: Outgoing, post: str) -> bool:
    """Whether it answers the same message; one at the first level of our own post has nothing of ours above it."""
    return message.parent == outgoing.parent.id or (message.parent is None and outgoing.parent.id == post)
