"""Finding again what was sent, among what was read back: what counts as the same text, and from when on."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.model import HOUR, SECOND, Instant, Message
from cminbox.sources.contract import Outgoing, Sent, Unsure
from cminbox.text import clean

CLOCK_ERROR = 30 * SECOND
CLOCK_UNKNOWN = HOUR


def same_text(sent: str, stands: str) -> bool:
    """Whether a text that stands there is the one that was sent, whatever white space was joined or cut."""
    return clean(sent).split() == clean(stands).split()


def earliest(sent_before: Instant, skew: int | None) -> Instant:
    """The server's time from which on a reply can be there that was first tried at `sent_before` by our clock.

    Args:
        skew: how far the server's clock is ahead, where it is known.
    """
    return sent_before - CLOCK_UNKNOWN if skew is None else sent_before + skew - CLOCK_ERROR


def found_among(ours: Iterable[Message], outgoing: Outgoing, since: Instant) -> Sent | Unsure | None:
    """The reply among messages of ours that stand where it would; Unsure where one has its text or its time alone.

    Args:
        since: as `earliest` says.
    """
    unsure: Message | None = None
    for message in sorted(ours, key=lambda one: one.created_at):
        if message.id in outgoing.known:
            continue
        same, in_time = same_text(outgoing.text, message.text), message.created_at >= since
        if same and in_time:
            return Sent(message.id, message.url, message.created_at, outgoing.conversation)
        unsure = message if same or in_time else unsure
    return None if unsure is None else Unsure(unsure.id, unsure.text, unsure.url)
