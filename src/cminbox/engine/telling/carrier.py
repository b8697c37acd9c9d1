"""What a channel's address reaches, as far as the worker has to know: how a letter is sent, and what became of it."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from cminbox.channels import ChannelConfig
from cminbox.engine.telling.letter import Letter
from cminbox.errors import Retryable
from cminbox.text import clean, one_line

LONGEST_WORD = 160
"""Characters of what a server says of itself that are told."""
_TOKEN = re.compile(r"""((?:token|secret|password|authorization|key)["']?\s*[:=]\s*["']?)[^"',}\s]+""", re.IGNORECASE)
_PLAIN = frozenset({"yes", "no", "true", "false", "ssl", "starttls", "insecure", "text", "html", "markdown"})


class Unreachable(Retryable):
    """The channel cannot be reached, whatever is told: nothing was delivered, and the others need not try."""


class Carrier(Protocol):
    """Takes letters through one channel. Its methods block, for some seconds at most."""

    def send(self, letter: Letter, address: str) -> None:
        """Send a letter; once this returns, it was delivered.

        Args:
            address: to whom, where the channel is mail; empty: to whom the channel goes.

        Raises:
            AuthError: the login is refused; nothing was delivered.
            RateLimited: the service asks to wait; nothing was delivered.
            Unreachable: nothing was delivered.
            Retryable: nothing was delivered, or with `maybe_done` nobody knows.
            Refused: nothing was delivered, and trying again would not help.
        """

    def look_up(self, message_id: str) -> bool:
        """Whether a letter is there that was sent before.

        Raises:
            Refused: there is no place to look.
            CminboxError: nothing can be said now.
        """


def secret_parts(url: str) -> list[str]:
    """The pieces of an address that nobody may read: password, tokens, and what may be one; the longest first."""
    try:
        parts = urlsplit(url)
        pieces = [parts.password or "", parts.username or "", *parts.path.split("/")]
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return [url]
    pieces += [value for _, value in parse_qsl(parts.query)]
    if "." not in host and ":" not in host and host not in ("localhost", "_"):
        pieces.append(host)  # many services have a token where others have a host
    found = {text for piece in pieces for text in (piece, unquote(piece)) if len(text) > 3 and text not in _PLAIN}
    return [url, *sorted(found, key=len, reverse=True)]


def without_secrets(text: str, url: str, longest: int = LONGEST_WORD) -> str:
    """What a server said, as one short line without anything of the channel's address that is secret."""
    line = _TOKEN.sub(r"\1…", one_line(clean(text, 4000)))
    for piece in secret_parts(url):
        line = re.sub(re.escape(piece), "…", line, flags=re.IGNORECASE)
    return clean(line, longest)


def scheme_of(url: str) -> str:
    """The kind of an address: `mailtos`, `json`; empty where it is none."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", url)
    return found[1].lower() if found else ""


class Carriers(Protocol):
    """Makes the carrier of a channel."""

    def __call__(self, channel: ChannelConfig, url: str) -> Carrier:
        """The carrier of a channel whose address this is.

        Raises:
            AuthError: the address is none.
        """
