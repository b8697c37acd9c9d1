"""Sees what becomes of each request that Apprise makes: it says itself no more than whether all went well.

It makes its requests with `requests`, each in a session of its own; the adapter of new sessions is one of ours.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
from requests import adapters, exceptions, sessions
from urllib3 import HTTPResponse
from urllib3 import exceptions as urllib3_exceptions

READS = ("GET", "HEAD", "OPTIONS")
MOST_BYTES = 1_000_000
WITHIN = 30.0
"""Seconds that one answer may take."""

Outcome = Literal["answered", "not sent", "cut"]


@dataclass(slots=True)
class Try:
    """One request, and what became of it.

    Attributes:
        delivers: whether something may be delivered by it.
        why: where no whole answer came: why.
    """

    method: str
    host: str
    delivers: bool
    outcome: Outcome = "cut"
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    why: str = ""

    @property
    def maybe_delivered(self) -> bool:
        """Whether nobody knows if something was delivered by it."""
        return self.delivers and (self.outcome == "cut" or (self.status >= 500 and self.status != 503))


class Watch:
    """The requests of one letter."""

    def __init__(self) -> None:
        self.tries: list[Try] = []

    def send(self, request: requests.PreparedRequest, go: Any) -> requests.Response:
        """Make a request, and keep what became of it."""
        if any(each.maybe_delivered for each in self.tries):
            # Apprise would try it once more; what may be delivered is not sent again.
            raise exceptions.ConnectionError("not tried again")
        parts = urlsplit(request.url or "")
        one = Try(request.method or "", parts.hostname or "", _delivers(request.method or "", parts.path))
        self.tries.append(one)
        try:
            response: requests.Response = go()
            one.status, one.headers = response.status_code, {k.lower(): v for k, v in response.headers.items()}
            one.said = _read(response)
        except (exceptions.RequestException, urllib3_exceptions.HTTPError, OSError) as error:
            one.outcome, one.why = _judged(error)
            if isinstance(error, exceptions.RequestException):
                raise
            raise exceptions.ConnectionError(one.why) from None
        one.outcome = "answered"
        return response


_WATCH: ContextVar[Watch | None] = ContextVar("cminbox_watch", default=None)


class _Adapter(adapters.HTTPAdapter):
    """Tells the watch of this context of each request."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        watch = _WATCH.get()
        if _is_this_machine(urlsplit(request.url or "").hostname or ""):
            options["proxies"] = {}
        if watch is None:
            return super().send(request, *args, **options)
        options["stream"] = True
        return watch.send(request, lambda: adapters.HTTPAdapter.send(self, request, *args, **options))


@contextmanager
def watched() -> Iterator[Watch]:
    """What becomes of the requests that are made within."""
    vars(sessions)["HTTPAdapter"] = _Adapter
    watch = Watch()
    token = _WATCH.set(watch)
    try:
        yield watch
    finally:
        _WATCH.reset(token)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _delivers(method: str, path: str) -> bool:
    """Whether a request may deliver something: of Matrix those that send, elsewhere all that change anything."""
    if method.upper() in READS:
        return False
    return "/send/" in path if "/_matrix/" in path else True


def _read(response: requests.Response) -> str:
    """Read an answer whole, as far as it is not endless; the beginning of its text."""
    end, parts, size = time.monotonic() + WITHIN, list[bytes](), 0
    for part in response.raw.stream(16_384, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES or time.monotonic() > end:
            response.close()
            raise exceptions.ReadTimeout("its answer has no end")
    body = b"".join(parts)
    response.close()
    plain = {name: value for name, value in response.headers.items() if name.lower() != "content-encoding"}
    response.raw = HTTPResponse(io.BytesIO(body), plain, response.status_code, preload_content=False)
    return body[:2000].decode("utf-8", "replace")


def _judged(error: Exception) -> tuple[Outcome, str]:
    """What became of a request that has no whole answer, and why."""
    reason: Any = error
    for _ in range(6):  # the cause stands some layers below
        inner = getattr(reason, "reason", None) or (reason.args[0] if getattr(reason, "args", ()) else None)
        if not isinstance(inner, BaseException):
            break
        reason = inner
    if isinstance(reason, urllib3_exceptions.NameResolutionError):
        return "not sent", "no such host"
    if isinstance(reason, urllib3_exceptions.NewConnectionError):
        return "not sent", "connection refused" if "refused" in str(reason) else "no connection"
    if isinstance(reason, urllib3_exceptions.ConnectTimeoutError | exceptions.ConnectTimeout):
        return "not sent", "no connection in time"
    if isinstance(error, exceptions.SSLError):
        return "not sent", "its certificate is not trusted" if "CERTIFICATE" in str(error) else "TLS failed"
    if isinstance(error, exceptions.ProxyError):
        return "not sent", "the proxy does not connect"
    if isinstance(error, exceptions.InvalidURL | exceptions.InvalidSchema | exceptions.MissingSchema):
        return "not sent", "that is no address"
    if isinstance(error, exceptions.Timeout):
        return "cut", "no answer in time"
    return "cut", "the connection was cut"
