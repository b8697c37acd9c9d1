"""Sending once: Meta was seen to refuse what it had carried out."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from cminbox.errors import NotThere, Refused, Retryable, SourceError
from cminbox.model import Instant
from cminbox.sources import look_up
from cminbox.sources.contract import Outgoing, Sent, Unsure
from cminbox.sources.look_up import same_text
from cminbox.sources.meta.graph import Graph


def earliest(graph: Graph, sent_before: Instant) -> Instant:
    """The server's time from which on a reply can be there that was first tried at `sent_before` by our clock."""
    return look_up.earliest(sent_before, graph.client.skew(graph.base))


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
