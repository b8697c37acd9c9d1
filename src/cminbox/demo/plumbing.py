"""Sockets, HTTP and what goes wrong there."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cminbox.demo.api import Api, Request, Response, error
from cminbox.demo.faults import Fault, Faults

LOOPBACK = "127.0.0.1"
HUGE = 100 * 1024 * 1024
Incoming = socket.socket | tuple[bytes, socket.socket]
_LARGEST_REQUEST = 1024 * 1024
_log = logging.getLogger("cminbox.demo")


class Http(ThreadingHTTPServer):
    """Keeps its connections, so that stopping ends them too.

    Args:
        port: 0 for a free one.
        make_api: makes what answers, from the address that is served.
        faults: what goes wrong.
        advance: called before each answer, so that what is due has happened.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, make_api: Callable[[str], Api], faults: Faults, advance: Callable[[], None]) -> None:
        self.ending = threading.Event()
        self.faults = faults
        self.advance = advance
        self._open: set[Incoming] = set()
        self._open_lock = threading.Lock()
        super().__init__((LOOPBACK, port), Handler)
        self.port: int = self.server_address[1]
        self.api = make_api(f"http://{LOOPBACK}:{self.port}")

    def process_request(self, request: Incoming, client_address: Any) -> None:
        """Remembers a connection while it lasts."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Incoming) -> None:
        """Forgets a connection."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def end(self) -> None:
        """Stops listening and cuts every connection."""
        self.ending.set()
        self.shutdown()
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                cut(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may leave whenever they like; whatever else happens is a defect of the demo network."""
        if isinstance(sys.exc_info()[1], OSError):
            return
        _log.exception("a request to the demo network ended badly")


def cut(connection: Incoming) -> None:
    """Closes a connection both ways; one that is closed already is no error."""
    if isinstance(connection, tuple):
        return
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        connection.close()


class Handler(BaseHTTPRequestHandler):
    """Reads requests, lets faults strike, writes answers."""

    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 300

    def __init__(self, request: Any, client_address: Any, server: Http) -> None:
        self.http = server
        super().__init__(request, client_address, server)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal belongs to the screens."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isascii() and length.isdigit() else _LARGEST_REQUEST + 1
        if size > _LARGEST_REQUEST:
            self.close_connection = True
            self._write(error(413, "Payload too large"))
            return
        raw = self.rfile.read(size)
        url = urlsplit(self.path)
        admin = "/_demo/" in url.path
        fault = None if admin else self.http.faults.hit(self.command, url.path)
        if fault is not None and self._fails_before(fault):
            return
        try:
            request = read_request(self.command, self.path, dict(self.headers.items()), raw)
        except ValueError as problem:
            self._write(error(400, str(problem)))
            return
        self.http.advance()
        response = self.http.api.answer(request)
        if fault is None:
            self._write(response)
        else:
            self._fails_after(fault, response)

    def _fails_before(self, fault: Fault) -> bool:
        """Faults that strike instead of the answer; whether this one did."""
        if fault.kind == "slow-before":
            self.http.ending.wait(fault.seconds)
            return False
        if fault.kind in ("slow", "trickle", "cut-after"):
            return False
        if fault.kind == "cut-before":
            self._cut()
        elif fault.kind in ("huge", "huge-gzip"):
            self._write_huge(packed=fault.kind == "huge-gzip")
        else:
            self._write(self._instead(fault))
        return True

    def _instead(self, fault: Fault) -> Response:
        """The answer that a fault gives."""
        if fault.kind == "429":
            headers = self.http.api.rate_headers(0, fault.seconds) | {"Retry-After": str(round(fault.seconds))}
            return Response(429, {"error": "Too many requests"}, headers)
        if fault.kind == "401":
            return error(401, "The access token was revoked")
        if fault.kind == "html":
            return Response(200, "<!doctype html><title>Down</title><h1>Back soon</h1>", {}, "text/html; charset=utf-8")
        if fault.kind == "bad-json":
            return Response(200, b'[{"id":"1","type":"ment')
        return error(500, "An unexpected error occurred")

    def _fails_after(self, fault: Fault, response: Response) -> None:
        """Faults that strike once the request was carried out."""
        if fault.kind == "cut-after":
            self._cut()
        elif fault.kind == "trickle":
            self._write(response, over=fault.seconds)
        else:
            if fault.kind == "slow":
                self.http.ending.wait(fault.seconds)
            self._write(response)

    def _cut(self) -> None:
        self.close_connection = True
        cut(self.connection)

    def _write(self, response: Response, over: float = 0.0) -> None:
        body = response.encoded()
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not over:
            self.wfile.write(body)
            return
        for at in range(len(body)):
            if self.http.ending.wait(over / len(body)):
                return
            self.wfile.write(body[at : at + 1])

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
            if self.http.ending.is_set():
                return
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


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


def read_request(method: str, target: str, headers: dict[str, str], raw: bytes) -> Request:
    """A request from its parts; query and body (JSON or form) become one set of fields.

    Raises:
        ValueError: the body is not what its Content-Type says.
    """
    url = urlsplit(target)
    fields: dict[str, list[str]] = parse_qs(url.query, keep_blank_values=True)
    lower = {name.lower(): value for name, value in headers.items()}
    body: object = None
    if raw and "json" in lower.get("content-type", ""):
        body = json.loads(raw)
        if isinstance(body, dict):
            for name, value in body.items():
                values = value if isinstance(value, list) else [value]
                fields[str(name)] = ["" if one is None else _word(one) for one in values]
    elif raw:
        fields |= parse_qs(raw.decode("utf-8"), keep_blank_values=True)
    return Request(method, url.path, fields, lower, body)


def _word(value: object) -> str:
    """A JSON value as a form would have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
