"""The HTTP client that every adapter uses: bounded in size and time, and errors by what to do next.

Nothing that a server sends can take more than the bounds; nothing that it is sent stands in an error or a log: errors
name the host, never a path or a query, because some networks put secrets there. A secret goes over TLS or stays on
this machine.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import re
import secrets
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

from cminbox import __version__
from cminbox.errors import AuthError, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import SECOND, Instant, now, to_iso
from cminbox.sources.auth import NO_AUTH, Auth, Bearer, Pairs, in_the_clear, on_this_machine
from cminbox.sources.bodies import TooLarge, Undecodable, complaint, looks_like_html, read_bounded, read_json, without
from cminbox.sources.limits import UNSAID, budget_of, pause_after, skew_of, wait_until

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
_CREDENTIAL = re.compile(r"token|secret|password|assertion|verifier|key\b|(?:\b|_)(?:code|jwt)\b", re.IGNORECASE)

Params = Sequence[tuple[str, str]] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        headers: with lower-case names.
        data: the decoded JSON where it was asked for or is an error's, else None.
        moved: the new address where the server says that the old one has moved for good.
        host: who answered, as errors name it.
        changes: whether something was to be changed, so that a trouble may have come after it.
        at: when, by our clock.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    data: Any = field(default=None, repr=False)
    moved: str = ""
    host: str = ""
    changes: bool = False
    at: Instant = 0

    def wait(self, unsaid: int = UNSAID) -> Instant:
        """Until when it asks us to wait, by its body, `Retry-After` or budget headers; `unsaid` where it says none."""
        return wait_until(self.headers, self.data, self.at, unsaid)

    def limited(self, until: Instant | None = None) -> RateLimited:
        """The error that says to wait."""
        return _limited(self.host, self.wait() if until is None else until)


JudgeAnswer = Callable[[Answer], "SourceError | None"]
"""What an answer means in a network's own words; None where its status says it all."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart form."""

    name: str
    content: bytes
    kind: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class HostBudget:
    """What a host says in headers of how much may still be asked of it."""

    limit: int | None
    remaining: int
    resets_at: Instant | None


class Client:
    """An asynchronous HTTP client with bounds, retries and rate limits.

    One client may serve many sources: budgets are kept per host and credential. What leads to this machine goes to no
    proxy; all else goes where `HTTPS_PROXY` and its like say. What only reads goes over kept
    connections and is tried again after a passing failure. Other requests get a fresh connection each and are never
    repeated here: a server may close a kept connection at any moment, and then nobody knows whether it took the
    request.

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
        self._budgets: dict[tuple[str, str], HostBudget] = {}
        self.large = asyncio.Semaphore(MOST_LARGE)
        """Held while a large body is made sense of, which takes many times its memory."""
        self._certificates = ssl.create_default_context()
        self._timeout = httpx.Timeout(read_timeout / SECOND, connect=min(read_timeout, CONNECT_TIMEOUT) / SECOND)
        self._clients = {
            (fresh, here): self._make(0 if fresh else 8, proxied=not here)
            for fresh in (True, False)
            for here in (True, False)
        }
        """By whether a connection is used once alone, and whether it leads to this machine."""

    def _make(self, keep: int, *, proxied: bool) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(
            headers={"user-agent": f"cminbox/{__version__}", "accept-encoding": "gzip, deflate"},
            timeout=self._timeout,
            # Whoever asks sees to it how much is asked at once; hosts must not wait for each other here.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=keep, keepalive_expiry=30),
            verify=self._certificates,
            follow_redirects=False,
            # A proxy that the environment names would look for a server of this machine on its own.
            trust_env=proxied,
        )

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections that are kept open."""
        for client in self._clients.values():
            await client.aclose()

    def with_own_budgets(self) -> Client:
        """The same client, which remembers apart from it what it is told of budgets. It is closed with the other."""
        other = copy(self)
        other._budgets = {}
        return other

    def tightest(self) -> HostBudget | None:
        """The budget of which the smallest share is left; None where no server told of one."""
        return min(self._budgets.values(), key=lambda one: one.remaining / max(1, one.limit or 1), default=None)

    def skew(self, url: str) -> int | None:
        """How far the clock of an address's server is ahead of ours, in milliseconds, as its newest answer said; None
        where it never did. Right to a second or so."""
        return self._skews.get(host_of(url))

    def budget(self, url: str, auth: Auth = NO_AUTH) -> HostBudget | None:
        """What the newest answer of an address's server said of what is left of its budget; None where it says none."""
        return self._budgets.get(_budget_key(host_of(url), auth))

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Params = (),
        json: object = None,
        form: Params | None = None,
        files: Mapping[str, Upload] | None = None,
        auth: Auth = NO_AUTH,
        headers: Mapping[str, str] | None = None,
        judge: JudgeAnswer | None = None,
        wants: Literal["json", "bytes"] = "json",
        reads: bool | None = None,
        tries: int | None = None,
        within: int | None = None,
    ) -> Answer:
        """Ask a server. What only reads is tried again after a passing failure; anything else is sent once.

        Args:
            json, form, files: the body, at most one of `json` and the other two.
            auth: who asks; it goes to this host only.
            judge: asked of every answer, a successful one too, before anything generic.
            wants: `json`: a successful answer is decoded, an empty one is None.
            reads: whether it changes nothing there; as the method says unless given (a GraphQL query is a POST).
            tries: how often it is tried; as usual unless given. A connection that breaks at first is no try.
            within: the longest it may take, in milliseconds, where a long poll waits.

        Raises:
            Retryable: with `maybe_done` when the server may have carried it out.
            SourceError: by what to do next.
        """
        only_reads = method in ("GET", "HEAD") if reads is None else reads
        head = {
            "accept": "application/json" if wants == "json" else "*/*",
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        body = _body(json, form, files)
        request = _Request(
            method,
            url,
            _pairs(params),
            head,
            body,
            auth,
            wants == "json",
            not only_reads,
            judge,
            within,
            not only_reads,
        )
        if not only_reads:
            return await self._once(request)
        return await self._again(request, self._tries if tries is None else tries)

    async def get_json(
        self,
        url: str,
        *,
        params: Params = (),
        bearer: str = "",
        tries: int | None = None,
    ) -> Answer:
        """`request` that gets JSON, with a bearer token."""
        return await self.request("GET", url, params=params, auth=_bearer(bearer), tries=tries)

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, bearer: str = "", accept: str = "*/*"
    ) -> Answer:
        """`request` that gets bytes. `If-None-Match` and the like may be among the headers: 304 is an answer."""
        head = {"accept": accept, **(headers or {})}
        return await self.request("GET", url, auth=_bearer(bearer), headers=head, wants="bytes")

    async def post_json(
        self,
        url: str,
        body: Mapping[str, object] | None = None,
        *,
        bearer: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`request` that sends JSON, with a bearer token."""
        return await self.request("POST", url, json=body, auth=_bearer(bearer), headers=headers)

    async def _again(self, request: _Request, tries: int) -> Answer:
        tried = 0
        while True:
            try:
                return await self._once(request)
            except Retryable as error:
                if tried == 0 and isinstance(error, _Cut) and not request.fresh:
                    # Most likely a kept connection that the server had closed; others may be closed too.
                    request = replace(request, fresh=True)
                    continue
                tried += 1
                if tried >= tries or isinstance(error, _Silent):
                    raise
                await self._sleep(2 ** (tried - 1) * (0.5 + self._chance()) / 2)

    async def _once(self, request: _Request) -> Answer:
        host = host_of(request.url)
        if not _ADDRESS.match(request.url):
            raise Refused(f"{host} is no web address", hint="base_url looks like https://example.social")
        if in_the_clear(request.url) and _brings_a_secret(request):
            raise Refused(f"{host}: the secret would go there in the clear", hint="set base_url to an https:// address")
        budget = _budget_key(host, request.auth)
        self._obey_pause(host, budget)
        with_secret = bool(request.auth.secrets)
        async with self._errors(host, request):
            url, params, moved = request.url, request.params, ""
            for _ in range(MAX_REDIRECTS + 1):
                answer = await self._exchange(request, url, params)
                if answer.status not in (301, 302, 303, 307, 308):
                    self._judge(answer, budget, request)
                    return replace(answer, moved=moved)
                if request.changes or request.body is not None:
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

        changes = request.changes
        try:
            async with asyncio.timeout((self._total if request.within is None else request.within) / SECOND):
                yield
        except SourceError:
            raise
        except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            why = _why(error, "no answer in time")
            raise _Silent(f"{host} cannot be reached: {why}", hint="is the address right, and up?") from None
        except httpx.ConnectError as error:
            raise Retryable(f"{host} cannot be reached: {_why(error)}", hint="is the address right, and up?") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError):
            raise Refused(f"{host!r} is no web address", hint="base_url looks like https://example.social") from None
        except (httpx.TimeoutException, TimeoutError):
            raise _Silent(f"{host} did not answer in time", maybe_done=changes) from None
        except httpx.RequestError as error:
            why = _why(error, "no whole answer came")
            raise _Cut(f"{host} cut the connection: {why}", maybe_done=changes) from None
        except TooLarge:
            raise Retryable(f"{host} answered with more than {self._max_bytes:,} bytes", maybe_done=changes) from None
        except Undecodable as error:
            raise Retryable(f"{host} answered with {error}", maybe_done=changes) from None

    async def _exchange(self, request: _Request, url: str, params: Pairs) -> Answer:
        import httpx

        client = self._clients[request.fresh, on_this_machine(url)]
        body = request.body
        signed = request.auth.sign(request.method, url, (*params, *(body.signed if body else ())))
        headers = {**request.headers, **signed.headers}
        if body is not None:
            headers["content-type"] = body.kind
        timeout: Any = httpx.USE_CLIENT_DEFAULT
        if request.within is not None:
            timeout = httpx.Timeout(request.within / SECOND, connect=self._timeout.connect)
        async with client.stream(
            request.method,
            _with_query(url, (*params, *signed.params)),
            headers=headers,
            content=body.content if body else None,
            timeout=timeout,
        ) as raw:
            fields = {name.lower(): value for name, value in raw.headers.items()}
            now = self.clock()
            skew = skew_of(fields, now)
            if skew is not None:
                self._skews[host_of(url)] = skew
            content = await read_bounded(raw.aiter_raw(), fields.get("content-encoding", ""), self._max_bytes)
            data: Any = None
            if not raw.is_success:
                data = _said(content)
            elif request.wants:
                data = read_json(content)
            host = host_of(request.url)
            return Answer(raw.status_code, fields, content, data, host=host, changes=request.changes, at=now)

    def _judge(self, answer: Answer, budget: tuple[str, str], request: _Request) -> None:
        """Raises what an answer means, the network's own words before its status, and remembers a used-up budget."""
        if (said := budget_of(answer.headers, answer.at)) is not None:
            self._budgets[budget] = HostBudget(*said)
        error = request.judge(answer) if request.judge is not None else None
        if error is None:
            error = _by_status(answer, request)
        if isinstance(error, Retryable) and answer.changes and answer.status >= 500:
            error.maybe_done = True
        if error is None:
            until = pause_after(answer.headers, answer.data, self.clock())
            if until is not None:
                self._pause(budget, until)
            return
        if isinstance(error, RateLimited):
            self._pause(budget, error.until)
        error.status, error.said, error.headers = answer.status, answer.data, answer.headers
        error.web_page = looks_like_html(answer.body)
        # An adapter's judge shows the server's words and does not know what was sent.
        error.message, error.hint = (without(_credentials(request), text) for text in (error.message, error.hint))
        error.args = (error.message,)
        raise error


def _said(body: bytes) -> Any:
    """What an error says as JSON; None where it is none."""
    try:
        return None if looks_like_html(body) else read_json(body)
    except Undecodable:
        return None


def _by_status(answer: Answer, request: _Request) -> SourceError | None:
    """The error that a status is, None for none."""
    status = answer.status
    if status == 304 or 200 <= status < 300:
        return None
    if status == 429 or (status == 503 and "retry-after" in answer.headers and not answer.changes):
        return answer.limited()
    return _error(status, answer.host, complaint(answer.data, _secrets(request)), answer.changes)


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
class _Body:
    """A body as it is sent; `signed` is what of it an OAuth 1.0a signature covers, `secrets` what must not be shown."""

    content: bytes
    kind: str
    signed: Pairs = ()
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Request:
    """One request; `wants` says that JSON is due, `changes` that it is sent once, `fresh` that no kept connection takes
    it."""

    method: str
    url: str = field(repr=False)
    params: Pairs = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: _Body | None = field(repr=False)
    auth: Auth
    wants: bool
    changes: bool
    judge: JudgeAnswer | None
    within: int | None
    fresh: bool


def _body(value: object, form: Params | None, files: Mapping[str, Upload] | None) -> _Body | None:
    if value is not None:
        pairs = _pairs(value) if isinstance(value, dict) else ()
        return _Body(json.dumps(value, ensure_ascii=False).encode(), "application/json", secrets=_secret(pairs))
    pairs = _pairs(form or ())
    if files:
        return _multipart(pairs, files)
    if form is None:
        return None
    return _Body(urlencode(pairs).encode(), "application/x-www-form-urlencoded", pairs, _secret(pairs))


def _secret(pairs: Pairs) -> tuple[str, ...]:
    """The values of a body that are credentials, by their names."""
    return tuple(str(value) for name, value in pairs if _CREDENTIAL.search(name))


def _multipart(pairs: Pairs, files: Mapping[str, Upload]) -> _Body:
    """A form with files, as RFC 7578 has it."""
    border = secrets.token_hex(16)
    parts = [(f'name="{_in_quotes(name)}"', "", value.encode()) for name, value in pairs]
    parts += [
        (
            f'name="{_in_quotes(name)}"; filename="{_in_quotes(each.name)}"',
            f"Content-Type: {each.kind}\r\n",
            each.content,
        )
        for name, each in files.items()
    ]
    content = b"".join(
        f"--{border}\r\nContent-Disposition: form-data; {head}\r\n{kind}\r\n".encode() + value + b"\r\n"
        for head, kind, value in parts
    )
    return _Body(content + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}")


def _in_quotes(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _pairs(params: Params) -> Pairs:
    return tuple(params.items() if isinstance(params, Mapping) else params)


def _with_query(url: str, pairs: Pairs) -> str:
    """An address with pairs added to its query."""
    if not pairs:
        return url
    before, hash_sign, fragment = url.partition("#")
    return f"{before}{'&' if '?' in before else '?'}{urlencode(pairs)}{hash_sign}{fragment}"


def _bearer(token: str) -> Auth:
    return Bearer(token) if token else NO_AUTH


def _budget_key(host: str, auth: Auth) -> tuple[str, str]:
    """What a host's patience is counted by: the host, and whose credentials are used."""
    return host, next(iter(auth.secrets), "")


def _credentials(request: _Request) -> tuple[str, ...]:
    """What was sent that is a credential, and must not be shown."""
    query = parse_qsl(urlsplit(request.url).query)
    body = request.body.secrets if request.body else ()
    return (*request.auth.secrets, *body, *_secret((*request.params, *query)))


def _brings_a_secret(request: _Request) -> bool:
    """Whether something is sent that nobody on the way may read; what stands in an address that a person wrote, such as
    a feed's, is theirs."""
    body = request.body.secrets if request.body else ()
    return any((*request.auth.secrets, *body, *_secret(request.params)))


def _secrets(request: _Request) -> tuple[str, ...]:
    """Whatever was sent that may be a secret: credentials, and parts of the address, where some networks put them."""
    parts = urlsplit(request.url)
    query = " ".join(value for _, value in request.params)
    words = re.split(r"[\s/=&:@?;]+", f"{parts.netloc} {parts.path} {parts.query} {unquote(parts.query)} {query}")
    return (*request.auth.secrets, *(request.body.secrets if request.body else ()), *words)


def _limited(host: str, until: Instant) -> RateLimited:
    return RateLimited(f"{host} asks to wait until {to_iso(until - until % SECOND)}", until=until)


def _place(url: str) -> tuple[str, str]:
    """Scheme and authority: what a secret may be sent to."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _why(error: BaseException, otherwise: str = "no connection") -> str:
    """The reason of a transport error in a few words of ours; its own text may hold an address, and its name says
    nothing to people."""
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
    numbers = [each.errno for each in causes if isinstance(each, OSError) and each.errno]
    return os.strerror(numbers[0]).lower() if numbers else otherwise


def host_of(url: str) -> str:
    """Host and port of an address, without user, path and query."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or "(no host)"
        return f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        return "(no host)"
