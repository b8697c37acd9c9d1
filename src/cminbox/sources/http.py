"""The HTTP client that every adapter uses: bounded in size and time, and errors by what to do next.

Nothing that a server sends can take more than the bounds; nothing that it is sent stands in an error or a log: errors
name the host, never a path or a query, because some networks put secrets there.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from cminbox import __version__
from cminbox.errors import AuthError, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import SECOND, Instant, now, to_iso
from cminbox.sources.bodies import TooLarge, Undecodable, complaint, looks_like_html, read_bounded, read_json
from cminbox.sources.limits import pause_after, skew_of, wait_until

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 16 * 1024 * 1024
"""The largest body taken, after decompression."""
MOST_LARGE = 2
CLOCK_SET_BACK = 5 * SECOND
MAX_REDIRECTS = 5
TRIES = 3
CONNECT_TIMEOUT = 10 * SECOND
READ_TIMEOUT = 20 * SECOND
TOTAL_TIMEOUT = 60 * SECOND
"""One request with its redirects ends within it, however slowly the bytes drip."""

_ADDRESS = re.compile(r"https?://[^\s/?#\\]+(?:[/?#]\S*)?\Z", re.IGNORECASE)

Params = Sequence[tuple[str, str]] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        headers: with lower-case names.
        data: the decoded JSON where it was asked for, else None.
        moved: the new address where the server says that the old one has moved for good.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    data: Any = None
    moved: str = ""


class Client:
    """An asynchronous HTTP client with bounds, retries and rate limits.

    One client may serve many sources: budgets are kept per host and credential. GETs go over kept connections and are
    tried again after a passing failure. Other requests get a fresh connection each and are never repeated here: a
    server may close a kept connection at any moment, and then nobody knows whether it took the request.

    Args:
        clock: the present, in milliseconds.
        sleep: waits some seconds.
        chance: a number in [0, 1), for the jitter of retries.
        read_timeout: the longest silence of a server, in milliseconds.
        total_timeout: the longest request, in milliseconds.
        max_bytes: the largest body taken, after decompression.
        tries: how often a GET is tried.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], Instant] = now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        read_timeout: int = READ_TIMEOUT,
        total_timeout: int = TOTAL_TIMEOUT,
        max_bytes: int = MAX_BYTES,
        tries: int = TRIES,
    ) -> None:
        import httpx

        # httpx logs whole addresses, and some hold tokens.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self.clock = clock
        self._sleep = sleep
        self._chance = chance
        self._total = total_timeout
        self._max_bytes = max_bytes
        self._tries = tries
        self._paused: dict[tuple[str, str], tuple[Instant, float]] = {}
        self._skews: dict[str, int] = {}
        self.large = asyncio.Semaphore(MOST_LARGE)
        """Held while a large body is made sense of, which takes many times its memory."""
        self._certificates = ssl.create_default_context()
        self._timeout = httpx.Timeout(read_timeout / SECOND, connect=min(read_timeout, CONNECT_TIMEOUT) / SECOND)
        self._kept = self._make(keep=8)
        self._fresh = self._make(keep=0)

    def _make(self, keep: int) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(
            headers={"user-agent": f"cminbox/{__version__}", "accept-encoding": "gzip, deflate"},
            timeout=self._timeout,
            # Whoever asks sees to it how much is asked at once; hosts must not wait for each other here.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=keep, keepalive_expiry=30),
            verify=self._certificates,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections that are kept open."""
        await self._kept.aclose()
        await self._fresh.aclose()

    def skew(self, url: str) -> int | None:
        """How far the clock of an address's server is ahead of ours, in milliseconds, as its newest answer said; None
        where it never did. Right to a second or so."""
        return self._skews.get(host_of(url))

    async def get_json(
        self,
        url: str,
        *,
        params: Params = (),
        bearer: str = "",
        headers: Mapping[str, str] | None = None,
        tries: int | None = None,
    ) -> Answer:
        """GETs JSON, trying again after passing failures, though not where the server said nothing at all.

        Args:
            bearer: the token for `Authorization: Bearer`, which goes to this host only.
            tries: how often it is tried; as usual unless given.

        Raises:
            SourceError: by what to do next.
        """
        request = _Request("GET", url, params, _head(bearer, headers, "application/json"), wants=True)
        return await self._again(request, self._tries if tries is None else tries)

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, bearer: str = "", accept: str = "*/*"
    ) -> Answer:
        """GETs bytes. `If-None-Match` and the like may be among the headers: 304 is an answer, not an error.

        Raises:
            SourceError: by what to do next.
        """
        return await self._again(_Request("GET", url, (), _head(bearer, headers, accept)), self._tries)

    async def post_json(
        self,
        url: str,
        body: Mapping[str, object] | None = None,
        *,
        bearer: str = "",
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Answer:
        """Sends JSON once, over a fresh connection, and reads JSON; an empty answer is None.

        Raises:
            Retryable: with `maybe_done` when the server may have carried it out.
            SourceError: by what to do next.
        """
        request = _Request(method, url, (), _head(bearer, headers, "application/json"), body=body, wants=True)
        return await self._once(request)

    async def _again(self, request: _Request, tries: int) -> Answer:
        for tried in range(tries):
            try:
                return await self._once(request)
            except Retryable as error:
                if tried + 1 == tries or isinstance(error, _Silent):
                    raise
                if tried == 0 and isinstance(error, _Cut):
                    continue  # most likely a kept connection that the server had closed
                await self._sleep(2**tried * (0.5 + self._chance()) / 2)
        raise AssertionError("unreachable: tries is at least 1")

    async def _once(self, request: _Request) -> Answer:
        host = host_of(request.url)
        if not _ADDRESS.match(request.url):
            raise Refused(f"{host} is no web address", hint="base_url looks like https://example.social")
        budget = (host, request.headers.get("authorization", ""))
        self._obey_pause(host, budget)
        with_secret = "authorization" in request.headers
        async with self._errors(host, request):
            url, params, moved = request.url, request.params, ""
            for _ in range(MAX_REDIRECTS + 1):
                answer = await self._exchange(request, url, params)
                if answer.status not in (301, 302, 303, 307, 308):
                    self._judge(answer, host, budget, request)
                    return Answer(answer.status, answer.headers, answer.body, answer.data, moved)
                if request.method != "GET":
                    raise Refused(f"{host} redirects what is sent to it", hint="set base_url to where it leads")
                before, url, params = url, urljoin(url, answer.headers.get("location", "")), ()
                if urlsplit(url).scheme not in ("http", "https"):
                    raise Refused(f"{host} redirects to something that is no web address")
                if with_secret and _place(url) != _place(before):
                    raise Refused(
                        f"{host} redirects to {host_of(url)}; the token was not sent there",
                        hint="set base_url to that address if you trust it",
                    )
                moved = url if answer.status in (301, 308) else moved
            raise Refused(f"{host} redirects in a circle")

    def _obey_pause(self, host: str, budget: tuple[str, str]) -> None:
        """Raises while a budget is used up: for as long as it was to last, though the clock be set back meanwhile."""
        until, ends = self._paused.get(budget, (0, 0.0))
        now, left = self.clock(), round((ends - time.monotonic()) * SECOND)
        if until > now and left > 0:
            set_back = until - now - left > CLOCK_SET_BACK
            raise _limited(host, now + left if set_back else until)
        self._paused.pop(budget, None)

    def _pause(self, budget: tuple[str, str], until: Instant) -> None:
        self._paused[budget] = until, time.monotonic() + (until - self.clock()) / SECOND

    @asynccontextmanager
    async def _errors(self, host: str, request: _Request) -> AsyncIterator[None]:
        """Turns the transport's errors into ours; whether the request was carried out decides `maybe_done`."""
        import httpx

        changes = request.method != "GET"
        try:
            async with asyncio.timeout(self._total / SECOND):
                yield
        except SourceError:
            raise
        except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise _Silent(f"{host} cannot be reached: {_why(error)}", hint="is the address right, and up?") from None
        except httpx.ConnectError as error:
            raise Retryable(f"{host} cannot be reached: {_why(error)}", hint="is the address right, and up?") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError):
            raise Refused(f"{host!r} is no web address", hint="base_url looks like https://example.social") from None
        except (httpx.TimeoutException, TimeoutError):
            raise _Silent(f"{host} did not answer in time", maybe_done=changes) from None
        except httpx.RequestError as error:
            raise _Cut(f"{host} cut the connection: {_why(error)}", maybe_done=changes) from None
        except TooLarge:
            raise Retryable(f"{host} answered with more than {self._max_bytes:,} bytes", maybe_done=changes) from None
        except Undecodable as error:
            raise Retryable(f"{host} answered with {error}", maybe_done=changes) from None

    async def _exchange(self, request: _Request, url: str, params: Params) -> Answer:
        client = self._kept if request.method == "GET" else self._fresh
        query: list[tuple[str, str | int | float | bool | None]] = []
        query.extend(params.items() if isinstance(params, Mapping) else params)
        content = None if request.body is None else json.dumps(request.body, ensure_ascii=False).encode()
        headers = dict(request.headers)
        if content is not None:
            headers["content-type"] = "application/json"
        async with client.stream(request.method, url, params=query or None, headers=headers, content=content) as raw:
            fields = {name.lower(): value for name, value in raw.headers.items()}
            skew = skew_of(fields, self.clock())
            if skew is not None:
                self._skews[host_of(url)] = skew
            body = await read_bounded(raw.aiter_raw(), fields.get("content-encoding", ""), self._max_bytes)
            data = read_json(body) if request.wants and raw.is_success else None
            return Answer(raw.status_code, fields, body, data)

    def _judge(self, answer: Answer, host: str, budget: tuple[str, str], request: _Request) -> None:
        """Raises what the status means, and remembers a budget that is used up."""
        status, changes = answer.status, request.method != "GET"
        if status == 304 or 200 <= status < 300:
            until = pause_after(answer.headers, answer.data, self.clock())
            if until is not None:
                self._pause(budget, until)
            return
        page = looks_like_html(answer.body)
        data = None
        if not page:
            try:
                data = read_json(answer.body)
            except Undecodable:
                data = None
        if status == 429 or (status == 503 and "retry-after" in answer.headers and not changes):
            until = wait_until(answer.headers, data, self.clock())
            self._pause(budget, until)
            raise _limited(host, until)
        error = _error(status, host, complaint(data, _secrets(request)), changes)
        error.status, error.said, error.web_page = status, data, page
        raise error


def _error(status: int, host: str, said: str, changes: bool) -> SourceError:
    """The error that a status means."""
    if status in (401, 403):
        return AuthError(f"{host} refused the credentials ({status}){said}", hint="cminbox sources login NAME")
    if status in (404, 410):
        return NotThere(f"{host} has no such thing ({status}){said}")
    if status >= 500:
        return Retryable(f"{host} is in trouble ({status}){said}", maybe_done=changes)
    if status in (408, 421, 425):
        return Retryable(f"{host} asks to try again ({status}){said}", maybe_done=changes)
    return Refused(f"{host} refused ({status}){said}")


class _Cut(Retryable):
    """The connection broke while it was used."""


class _Silent(Retryable):
    """Nothing came for as long as is waited: to ask again at once would cost the same time."""


@dataclass(frozen=True, slots=True)
class _Request:
    """One request; `wants` says that JSON is due."""

    method: str
    url: str
    params: Params
    headers: Mapping[str, str]
    body: Mapping[str, object] | None = None
    wants: bool = False


def _head(bearer: str, headers: Mapping[str, str] | None, accept: str) -> dict[str, str]:
    head = {"accept": accept, **{name.lower(): value for name, value in (headers or {}).items()}}
    if bearer:
        # A header takes no line ends and no other scripts; a secret pasted with them is a wrong secret.
        token = bearer.strip()
        if not token.isascii() or not token.isprintable():
            raise AuthError("the secret holds characters that no token has", hint="cminbox sources login NAME")
        head["authorization"] = f"Bearer {token}"
    return head


def _secrets(request: _Request) -> tuple[str, ...]:
    """Whatever was sent that may be a secret: credentials, and parts of the address, where some networks put them."""
    parts = urlsplit(request.url)
    words = re.split(r"[\s/=&:@?;]+", f"{parts.netloc} {parts.path} {parts.query} {unquote(parts.query)}")
    return (*request.headers.get("authorization", "").split(), *words)


def _limited(host: str, until: Instant) -> RateLimited:
    return RateLimited(f"{host} asks to wait until {to_iso(until - until % SECOND)}", until=until)


def _place(url: str) -> tuple[str, str]:
    """Scheme and authority: what a secret may be sent to."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _why(error: BaseException) -> str:
    """The reason of a transport error in a few words of ours; its own text may hold an address."""
    causes: list[BaseException] = [error]
    for each in causes:  # grows while it is walked
        further = (each.__cause__, each.__context__, *getattr(each, "exceptions", ()))
        causes += [one for one in further if one is not None and one not in causes]
    for kind, words in (
        (ssl.SSLCertVerificationError, "its certificate is not trusted"),
        (ssl.SSLError, "no secure connection"),
        (socket.gaierror, "the name is not known"),
        (ConnectionRefusedError, "connection refused"),
        (ConnectionResetError, "connection reset"),
    ):
        if any(isinstance(each, kind) for each in causes):
            return words
    return type(error).__name__


def host_of(url: str) -> str:
    """Host and port of an address, without user, path and query."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or "(no host)"
        return f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        return "(no host)"
