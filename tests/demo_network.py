"""The demo network with a door for tests: people act in it, and requests fail as they are told."""

from __future__ import annotations

import io
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import ClassVar, Literal

from cminbox.demo.api import Request, Response, error
from cminbox.demo.entities import iso
from cminbox.demo.http import Handler, cut
from cminbox.demo.scenario import Scenario
from cminbox.demo.server import DemoServer
from cminbox.demo.world import Status
from cminbox.model import Instant, now

HUGE = 100 * 1024 * 1024


@dataclass
class Fault:
    """A failure that hits the next matching requests.

    Attributes:
        kind: `429` (X-RateLimit-Reset and Retry-After say `seconds`); `500`; `401`; `403`; `413`; `422`; `slow`
            (carried out at once, answered after `seconds`); `slow-before` (carried out after `seconds`); `trickle`
            (the answer comes a byte at a time over `seconds`); `cut-before` and `cut-after` (the connection closes
            without an answer, before or after the request was carried out); `late` (the connection closes at once,
            the request is carried out after `seconds`); `500-after`, `html-after`, `bad-json-after` and `empty-after`
            (as those without `after`, or `{}`, and carried out before); `html` (a page with status 200); `huge` (100
            MB of JSON, streamed); `huge-gzip` (the same, packed to 100 kB); `bad-json` (JSON that breaks off).
        path: the request's path or the folder it is in; empty for every path.
        method: the request's method; empty for every method.
        times: how many requests it hits.
        skip: how many matching requests pass before that.
        seconds: see `kind`.
    """

    kind: str
    path: str = ""
    method: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 5.0

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one that it hits."""
        folder = self.path.rstrip("/")
        return self.method in ("", method) and (not folder or path == folder or path.startswith(folder + "/"))


class Faults:
    """The faults that wait for a request. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Arms a fault; the oldest that matches a request hits it."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Disarms all."""
        with self._lock:
            self._waiting.clear()

    def hit(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request, if any; counts it."""
        with self._lock:
            for fault in self._waiting:
                if not fault.matches(method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None


class FaultyHandler(Handler):
    """Lets faults strike."""

    network: ClassVar[DemoNetwork]

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` of an answer: the network's own clock."""
        return formatdate(self.network.world.clock() / 1000, usegmt=True)

    def respond(self, request: Request) -> None:
        fault = self.network.faults.hit(request.method, request.path)
        wait = self.network.ending.wait
        self._known = self.network.keys == "kept" or self.network.posted(request) is not None
        match fault.kind if fault else "":
            case "cut-before":
                self._cut()
            case "late":
                self._cut()
                if not wait(fault.seconds):
                    self.answer_as_kept(request)
            case "500-after" | "html-after" | "bad-json-after" | "empty-after":
                self.answer_as_kept(request)
                self.write(_instead(fault))
            case "huge" | "huge-gzip":
                self._write_huge(packed=fault.kind == "huge-gzip")
            case "429" | "401" | "403" | "413" | "422" | "html" | "bad-json" | "500":
                self.write(_instead(fault))
            case "slow-before":
                wait(fault.seconds)
                self.write(self.answer_as_kept(request))
            case "slow":
                response = self.answer_as_kept(request)
                wait(fault.seconds)
                self.write(response)
            case "trickle":
                self._trickle(self.answer_as_kept(request), fault.seconds)
            case "cut-after":
                self.answer_as_kept(request)
                self._cut()
            case _:
                self.write(self.answer_as_kept(request))

    def answer_as_kept(self, request: Request) -> Response:
        """Carry a request out, with its key as the network keeps keys."""
        key = request.headers.get("idempotency-key", "")
        if not key or self._known:
            return self.answer(request)
        response = self.answer(replace(request, headers={**request.headers, "idempotency-key": ""}))
        if self.network.keys == "late" and isinstance(response.body, dict) and "id" in response.body:
            self.network.keep(key, int(response.body["id"]))
        return response

    def _cut(self) -> None:
        self.close_connection = True
        cut(self.connection)

    def _trickle(self, response: Response, seconds: float) -> None:
        connection, self.wfile = self.wfile, io.BytesIO()
        self.write(response)
        data, self.wfile = self.wfile.getvalue(), connection
        for at in range(len(data)):
            if self.network.ending.wait(seconds / len(data)):
                return
            connection.write(data[at : at + 1])

    def _write_huge(self, *, packed: bool) -> None:
        """100 MB of well-formed JSON in chunks; packed they are 100 kB."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        for piece in huge(packed=packed):
            if self.network.ending.is_set():
                return
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


def _instead(fault: Fault) -> Response:
    """The answer that a fault gives."""
    match fault.kind.removesuffix("-after"):
        case "empty":
            return Response(200, {})
        case "429":
            response = error(429, "Too many requests")
            reset = iso(now() + round(fault.seconds * 1000))
            response.headers |= {"X-RateLimit-Limit": "3000", "X-RateLimit-Remaining": "0"}
            response.headers |= {"X-RateLimit-Reset": reset, "Retry-After": str(round(fault.seconds))}
            return response
        case "401":
            return error(401, "The access token was revoked")
        case "403" | "413" | "422":
            return error(int(fault.kind), "This action is not allowed")
        case "html":
            page = "<!doctype html><title>Down</title><h1>Back soon</h1>"
            return Response(200, page, {}, "text/html; charset=utf-8")
        case "bad-json":
            return Response(200, '[{"id":"1","type":"ment')
    return error(500, "An unexpected error occurred")


def huge(*, packed: bool) -> Iterator[bytes]:
    """A JSON list with one enormous string, in pieces; packed it is one gzip stream."""
    pieces = (b'["', *(b"x" * 1024 * 1024 for _ in range(HUGE // (1024 * 1024))), b'"]')
    if not packed:
        yield from pieces
        return
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for piece in pieces:
        if packed_piece := packer.compress(piece):
            yield packed_piece
    yield packer.flush()


class DemoNetwork(DemoServer):
    """The demo network, with what a test does to it.

    Args:
        keys: what it does with an idempotency key: `kept` looks it up and keeps it in one; `late` looks it up when the
            request comes and keeps it when the request was carried out, as Mastodon did before it locked them; `none`
            does nothing.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        token: str = "",
        clock: Callable[[], Instant] = now,
        rate_limit: int = 3000,
        keys: Literal["kept", "late", "none"] = "kept",
        faults: Faults | None = None,
    ) -> None:
        class Mine(FaultyHandler):
            network = self

        self.keys = keys
        self.faults = faults or Faults()
        self.ending = threading.Event()
        super().__init__(scenario, token=token, clock=clock, rate_limit=rate_limit, handler=Mine)

    def start(self) -> None:
        self.ending.clear()
        super().start()

    def stop(self) -> None:
        self.ending.set()
        super().stop()

    def __enter__(self) -> DemoNetwork:
        self.start()
        return self

    def fail(
        self, fault: str, path: str = "", *, method: str = "", times: int = 1, skip: int = 0, seconds: float = 5.0
    ) -> None:
        """Makes the next matching requests fail (see `Fault`)."""
        self.faults.add(Fault(fault, path, method, times, skip, seconds))

    def posted(self, request: Request) -> int | None:
        """The id of the status that was posted with a request's key, if there is one."""
        kept = self.world._keys.get(request.headers.get("idempotency-key", ""))
        return None if kept is None or self.keys == "none" else kept[1]

    def keep(self, key: str, status_id: int) -> None:
        """Keep the key with which a status was posted."""
        with self.world.lock:
            self.world._keys[key] = (self.world.clock(), status_id)

    def post_as(
        self,
        handle: str,
        text: str,
        in_reply_to: str | None = None,
        visibility: str = "public",
        *,
        name: str = "",
        followers: int | None = None,
        language: str | None = None,
        at: Instant | None = None,
    ) -> str:
        """Somebody writes; the brand hears of it if the text mentions it (`@saffronheron`). Gives the status's id."""
        with self.world.lock:
            parent = self._existing(in_reply_to) if in_reply_to else None
            author = self.world.account(handle, name=name, followers=followers)
            return str(self.world.post(author, text, parent=parent, visibility=visibility, language=language, at=at).id)

    def edit(self, status_id: str, text: str) -> None:
        """Its author changes a status."""
        with self.world.lock:
            self.world.edit(self._existing(status_id), text)

    def delete(self, status_id: str) -> None:
        """Its author deletes a status."""
        with self.world.lock:
            self.world.delete(self._existing(status_id))

    def accepted(self) -> list[dict[str, object]]:
        """What the brand's account really posted through the API and still stands, oldest first."""
        with self.world.lock:
            return [
                {
                    "id": str(one.id),
                    "text": one.text,
                    "visibility": one.visibility,
                    "in_reply_to_id": str(one.parent.id) if one.parent else None,
                }
                for one in self.world.statuses_of(self.world.brand)
                if one.application
            ]

    def _existing(self, status_id: str) -> Status:
        status = self.world.status(int(status_id))
        if status is None:
            raise KeyError(f"no status {status_id}")
        return status
