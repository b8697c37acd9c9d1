"""What networks push: whether a request is genuine, and what is answered. Pure; who listens is `engine/receiver.py`.

A network that pushes calls an address of ours, once or several times, in any order. What it sends is stored as it came
before it is answered, and the adapter reads it with the next poll, which follows at once. Three dangers: a forged
request (a signature over the body, by a secret that both know), one that is sent again by somebody who heard it (its
time, where it is signed too; and nothing is stored twice), and one that is too large.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cminbox.model import MINUTE, SECOND, Instant

if TYPE_CHECKING:
    from cminbox.sources.contract import Account, Page
    from cminbox.sources.http import Client

PATIENCE = 5 * MINUTE
"""How far the signed time of a request may lie from ours."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A request as it came.

    Attributes:
        headers: with lower-case names.
        query: the first value of each parameter.
        at: when it came.
    """

    method: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    at: Instant = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a request is answered with.

    Attributes:
        keep: it is genuine and brings something: it is stored, and then answered so.
        body: text that a handshake wants back.
        kind: what that text is.
        for_app: it is genuine and sent to an app, which has one address for all its accounts: every source of the
            network is asked for its own verdict.
    """

    status: int = 200
    keep: bool = False
    body: str = ""
    kind: str = "text/plain; charset=utf-8"
    for_app: bool = False


KEPT = Verdict(keep=True)
FORGED = Verdict(403)
NOT_UNDERSTOOD = Verdict(400)


class Receiver(Protocol):
    """An adapter whose network pushes."""

    def receive(self, account: Account, pushed: Pushed) -> Verdict:
        """Whether a request is genuine, and its answer. Pure: it asks no network and reads no items."""

    def pushed_pages(self, client: Client, account: Account, pushed: Pushed) -> AsyncIterator[Page]:
        """What a request that was kept brings; nothing where it only says that a poll is worth while. What it says may
        be asked for again: a push is a hint of whoever signed it.

        Raises:
            DataError: it cannot be understood, now or ever.
            SourceError: the network must be asked, and does not answer now; it is tried again.
        """


async def poll_alone(_client: Client, _account: Account, _pushed: Pushed) -> AsyncIterator[Page]:
    """What a request brings that only says that a poll is worth while: nothing; the poll follows at once."""
    none: tuple[Page, ...] = ()
    for page in none:
        yield page


def is_signed(said: str, secret: str, content: bytes, *, prefix: str = "sha256=") -> bool:
    """Whether a header has the HMAC-SHA256 of a content, in hex behind a prefix. False where there is no secret."""
    if not secret or not said.startswith(prefix):
        return False
    wanted = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return hmac.compare_digest(said.removeprefix(prefix).lower().encode("utf-8", "replace"), wanted.encode())


def is_fresh(seconds: str, at: Instant) -> bool:
    """Whether a signed time, in seconds since the epoch as text, is about now."""
    return seconds.isdecimal() and len(seconds) < 13 and abs(int(seconds) * SECOND - at) <= PATIENCE
