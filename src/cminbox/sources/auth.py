"""Ways to say who asks: what a request carries beside what it asks for.

A value of these is made for each request, and hides its secrets in `repr`. What a network puts into the query is kept
out of errors and logs by the client, which names hosts alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import parse_qsl, quote, urlsplit

from cminbox.errors import AuthError

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Signed:
    """What authentication adds to a request."""

    headers: Mapping[str, str] = field(default_factory=dict)
    params: Pairs = ()


class Auth(Protocol):
    """A way to say who asks."""

    def sign(self, method: str, url: str, params: Pairs) -> Signed:
        """What is added to this request.

        Args:
            params: of the query beside what the address has, and of a form where there is one.

        Raises:
            AuthError: the secret cannot be one.
        """

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be shown nowhere. The first tells one credential from another."""


@dataclass(frozen=True, slots=True)
class NoAuth:
    """Nobody in particular asks."""

    @property
    def secrets(self) -> tuple[str, ...]:
        return ()

    def sign(self, _method: str, _url: str, _params: Pairs) -> Signed:
        return Signed()


NO_AUTH = NoAuth()


@dataclass(frozen=True, slots=True)
class Bearer:
    """`Authorization: Bearer TOKEN`, or another word before the token (`Bot`, `token`)."""

    token: str = field(repr=False)
    word: str = "Bearer"

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.token.strip(),)

    def sign(self, _method: str, _url: str, _params: Pairs) -> Signed:
        return Signed({"authorization": f"{self.word} {checked(self.token)}"})


@dataclass(frozen=True, slots=True)
class PerCall:
    """`Authorization: Bearer TOKEN` with a token made for each call, such as a signed JWT of some minutes.

    Args:
        make: makes the token.
        key: tells this credential from others.
    """

    make: Callable[[], str] = field(repr=False)
    key: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What tells it from others."""
        return (self.key,)

    def sign(self, _method: str, _url: str, _params: Pairs) -> Signed:
        """The header with a fresh token."""
        return Signed({"authorization": f"Bearer {checked(self.make())}"})


@dataclass(frozen=True, slots=True)
class Headers:
    """Headers of the network's own: `Access-Token`, `Api-Key` with `Api-Username`."""

    values: Mapping[str, str] = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(value.strip() for value in self.values.values())

    def sign(self, _method: str, _url: str, _params: Pairs) -> Signed:
        return Signed({name.lower(): checked(value) for name, value in self.values.items()})


@dataclass(frozen=True, slots=True)
class Basic:
    """A user's name and password (RFC 7617)."""

    user: str
    password: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, and both as they are sent."""
        return (self.password.strip(), self._encoded())

    def sign(self, _method: str, _url: str, _params: Pairs) -> Signed:
        return Signed({"authorization": f"Basic {self._encoded()}"})

    def _encoded(self) -> str:
        return base64.b64encode(f"{self.user}:{self.password.strip()}".encode()).decode()


@dataclass(frozen=True, slots=True)
class InQuery:
    """A token in the query, where a network takes it nowhere else."""

    name: str
    token: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.token.strip(),)

    def sign(self, _method: str, _url: str, _params: Pairs) -> Signed:
        return Signed(params=((self.name, checked(self.token)),))


@dataclass(frozen=True, slots=True)
class OAuth1:
    """OAuth 1.0a with HMAC-SHA1 (RFC 5849).

    Args:
        clock: seconds since the epoch.
        nonce: a text that is never the same.
    """

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str = field(repr=False, default="")
    token_secret: str = field(repr=False, default="")
    more: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    nonce: Callable[[], str] = lambda: secrets.token_hex(16)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Token and both secrets."""
        return tuple(
            each for each in (self.token or self.consumer_key, self.token_secret, self.consumer_secret) if each
        )

    def sign(self, method: str, url: str, params: Pairs) -> Signed:
        """The header, which signs method, address, query and form."""
        own = {
            "oauth_consumer_key": self.consumer_key,
            "oauth_nonce": self.nonce(),
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": str(int(self.clock())),
            "oauth_version": "1.0",
            **({"oauth_token": self.token} if self.token else {}),
            **self.more,
        }
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        pairs = sorted((_quoted(name), _quoted(value)) for name, value in (*query, *params, *own.items()))
        usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
        place = f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}{parts.path or '/'}"
        said = "&".join((method.upper(), _quoted(place), _quoted("&".join(f"{name}={value}" for name, value in pairs))))
        key = f"{_quoted(self.consumer_secret)}&{_quoted(self.token_secret)}"
        signature = base64.b64encode(hmac.new(key.encode(), said.encode(), hashlib.sha1).digest()).decode()
        fields = {**own, "oauth_signature": signature}
        head = ", ".join(f'{_quoted(name)}="{_quoted(value)}"' for name, value in sorted(fields.items()))
        return Signed({"authorization": f"OAuth {checked(head)}"})


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")


def checked(token: str) -> str:
    """A secret as a header or an address takes it: a line end or another script is a sign of a wrong one.

    Raises:
        AuthError: it has such.
    """
    token = token.strip()
    if not token.isascii() or not token.isprintable():
        raise AuthError("the secret holds characters that no token has", hint="cminbox sources login NAME")
    return token


def in_the_clear(url: str) -> bool:
    """Whether others can read on the way what is sent to an address: it is no https, and leads to another machine."""
    return not url.lower().startswith("https:") and not on_this_machine(url)


def on_this_machine(url: str) -> bool:
    """Whether an address leads to this machine and nowhere else, whatever a name server says."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
