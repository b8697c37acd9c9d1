"""Finding again what was sent, among what was read back: what counts as the same text, and from when on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from cminbox.errors import DataError, Retryable
from cminbox.model import HOUR, SECOND, Instant, Message
from cminbox.sources.contract import Outgoing, Sent, Unsure
from cminbox.sources.items import one_item
from cminbox.text import clean

CLOCK_ERROR = 30 * SECOND
"""How far the times of a network's objects, often whole seconds, may lie from the clock that its answers show."""
CLOCK_UNKNOWN = HOUR
Item = TypeVar("Item")
NOBODY = "unknown:"
"""Before the id of an author whom the network keeps back."""


def same_text(sent: str, stands: str) -> bool:
    """Whether a text that stands there is the one that was sent, whatever white space was joined or cut."""
    return clean(sent).split() == clean(stands).split()


def earliest(sent_before: Instant, skew: int | None) -> Instant:
    """The server's time from which on a reply can be there that was first tried at `sent_before` by our clock.

    Args:
        skew: how far the server's clock is ahead, where it is known.
    """
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


def candidate(message: Message) -> Candidate | None:
    """A message that was read back where the reply would stand; None where somebody else wrote it."""
    if message.direction == "out":
        return Candidate(message)
    return Candidate(message, nameless=True) if message.author.id.startswith(NOBODY) else None


def chosen(candidates: Iterable[Candidate], outgoing: Outgoing, since: Instant, text: str = "") -> Sent | Unsure | None:
    """The reply among what was read back; Unsure where something is like it and it cannot be said: it has another text
    or an earlier time, or nobody's name.

    Args:
        since: as `earliest` says.
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


def among(
    items: Iterable[Item], read: Callable[[Item], Message], outgoing: Outgoing, since: Instant, *, whole: bool
) -> Sent | Unsure | None:
    """The reply among what stands where it would, as `chosen` says.

    Args:
        read: an item as a message.
        whole: whether that is all that stands there.

    Raises:
        Retryable: it was not found, and not all can be read.
    """
    skipped, candidates = list[DataError](), list[Candidate]()
    for item in items:
        with one_item(skipped):
            if (one := candidate(read(item))) is not None:
                candidates.append(one)
    found = chosen(candidates, outgoing, since)
    if found is None and (skipped or not whole):
        raise Retryable("not all of the answers there can be read")
    return found
