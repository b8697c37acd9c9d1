"""Finding again what we sent: what counts as the same text, and from when on it can be there."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from cminbox.errors import NotThere, Refused, Retryable, SourceError
from cminbox.model import HOUR, SECOND, Instant, Message
from cminbox.sources.contract import Outgoing, Sent, Unsure
from cminbox.sources.meta.graph import Graph
from cminbox.text import clean

CLOCK_ERROR = 30 * SECOND
"""How far the times of Meta's objects, whole seconds, may lie from the clock that its answers show."""
CLOCK_UNKNOWN = HOUR


def same_text(sent: str, stands: str) -> bool:
    """Whether a text that stands there is the one that was sent; Meta trims it and joins white space."""
    return clean(sent).split() == stands.split()


def earliest(graph: Graph, sent_before: Instant) -> Instant:
    """The server's time from which on a reply can be there that was first tried at `sent_before` by our clock."""
    skew = graph.client.skew(graph.base)
    return sent_before - CLOCK_UNKNOWN if skew is None else sent_before + skew - CLOCK_ERROR


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be the reply.

    Attributes:
        nameless: the network does not say who wrote it: it may be ours.
        fits: whether it stands where the reply would.
    """

    message: Message
    nameless: bool = False
    fits: bool = True


def chosen(candidates: Iterable[Candidate], outgoing: Outgoing, since: Instant, text: str = "") -> Sent | Unsure | None:
    """The reply among what was read back; Unsure where something is like it and it cannot be said: it has another text
    or an earlier time, or nobody's name.

    Args:
        text: as it was posted, where something was added.
    """
    wanted = text or outgoing.text
    unsure: Message | None = None
    for each in sorted(candidates, key=lambda one: one.message.created_at):
        message = each.message
        if message.id in outgoing.known or not each.fits:
            continue
        same, in_time = same_text(wanted, message.text), message.created_at >= since
        if each.nameless or not (same and in_time):
            unsure = message if same or (in_time and not each.nameless) else unsure
            continue
        return Sent(message.id, message.url, message.created_at, outgoing.conversation)
    return None if unsure is None else Unsure(unsure.id, unsure.text, unsure.url)


async def once(
    outgoing: Outgoing, send: Callable[[], Awaitable[Sent]], find: Callable[[], Awaitable[Sent | Unsure | None]]
) -> Sent:
    """Sends, and looks at once where the network refuses: Meta was seen to refuse what it had carried out.

    Raises:
        Retryable: with `maybe_done` where nobody can say what became of it.
        SourceError: it was refused and is not there, or nothing was done.
    """
    try:
        return await send()
    except NotThere as error:
        raise Refused(f"{error.message}; the message that it answers may be no longer on the network") from None
    except Refused as refusal:
        if not refusal.status:
            raise  # by us, before anything was sent
        found: Sent | Unsure | None = Unsure("", outgoing.text)
        with contextlib.suppress(SourceError):
            found = await find()
        if isinstance(found, Sent):
            return found
        if found is not None and same_text(outgoing.text, found.text[-len(outgoing.text) :]):
            unknown = Retryable(refusal.message, maybe_done=True, hint=refusal.hint)
            unknown.answered(refusal)
            raise unknown from None
        raise
