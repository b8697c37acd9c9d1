"""The demo network's sockets and HTTP: reads requests, gives them to whoever answers, writes the answers."""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cminbox.demo.api import Request, Response, error

LOOPBACK = "127.0.0.1"
Incoming = socket.socket | tuple[bytes, socket.socket]
_LARGEST_REQUEST = 1024 * 1024
_log = logging.getLogger("cminbox.demo")


class HttpServer(ThreadingHTTPServer):
    """A server on loopback that keeps its connections, so that stopping ends them too.

    Args:
        port: 0 takes a free one.
        handler: reads and writes what comes over a connection.
        answer: carries a request out.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, handler: type[Handler], answer: Callable[[Request], Response]) -> None:
        self.answer = answer
        self._open: set[Incoming] = set()
        super().__init__((LOOPBACK, port), handler)

    def process_request(self, request: Incoming, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Incoming) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def end(self) -> None:
        """Stops listening and cuts every connection."""
        self.shutdown()
        self.server_close()
        for connection in tuple(self._open):
            cut(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may leave whenever they like; whatever else happens is a defect of the demo network."""
        if not isinstance(sys.exc_info()[1], OSError):
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
    """Reads requests and writes answers."""

    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 300

    def __init__(self, request: Any, client_address: Any, server: HttpServer) -> None:
        self.answer = server.answer
        super().__init__(request, client_address, server)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal belongs to the screens."""

    def do_GET(self) -> None:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isascii() and length.isdigit() else _LARGEST_REQUEST + 1
        if size > _LARGEST_REQUEST:
            self.close_connection = True
            self.write(error(413, "Payload too large"))
            return
        try:
            request = read_request(self.command, self.path, dict(self.headers.items()), self.rfile.read(size))
        except ValueError as problem:
            self.write(error(400, str(problem)))
            return
        self.respond(request)

    do_POST = do_DELETE = do_GET

    def respond(self, request: Request) -> None:
        """Carries a request out and answers it."""
        self.write(self.answer(request))

    def write(self, response: Response) -> None:
        """Sends an answer with its headers and its body."""
        body = response.encoded()
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def read_request(method: str, target: str, headers: dict[str, str], raw: bytes) -> Request:
    """A request from its parts; query and body (JSON or form) become one set of fields.

    Raises:
        ValueError: the body is not what its Content-Type says.
    """
    url = urlsplit(target)
    fields: dict[str, list[str]] = parse_qs(url.query, keep_blank_values=True)
    lower = {name.lower(): value for name, value in headers.items()}
    if raw and "json" in lower.get("content-type", ""):
        body = json.loads(raw)
        for name, value in body.items() if isinstance(body, dict) else ():
            values = value if isinstance(value, list) else [value]
            fields[str(name)] = ["" if one is None else str(one) for one in values]
    elif raw:
        fields |= parse_qs(raw.decode("utf-8"), keep_blank_values=True)
    return Request(method, url.path, fields, lower)
