"""Listens for what networks push: each request is judged by its source's adapter, stored, and only then answered.

It is a process of its own beside the engine, listens on this machine alone, and shows nothing: a reverse proxy or a
tunnel stands in front of it. `POST /in/NAME` belongs to the source NAME.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cminbox.config import Config, SourceConfig
from cminbox.engine.accounts import Accounts
from cminbox.errors import CminboxError, UsageError
from cminbox.model import Instant
from cminbox.sources import registry
from cminbox.sources.push import Pushed, Verdict
from cminbox.store import Connection, Store, sources, spool
from cminbox.text import one_line

LOG = logging.getLogger(__name__)
MOST_BYTES = 1024 * 1024
MOST_AT_ONCE = 32
MOST_CONNECTIONS = 128
"""Connections that are open at once; more are closed without an answer, and networks send again."""
SILENCE = 10.0
"""Seconds after which a silent connection is closed."""
LONGEST_REQUEST = 30.0
"""Seconds within which a request has come as a whole, however steadily it drips."""
WHERE = "/in/"
KEPT_HEADERS = 40
MOST_PARAMETERS = 100
BUSY = 503


class ReceiverServer:
    """Serves until it is closed.

    Args:
        port: 0 for any that is free; `address` says which.
        clock: the present.

    Raises:
        UsageError: the port is taken, or the host is not this machine.
    """

    def __init__(
        self, store: Store, config: Config, clock: Callable[[], Instant], host: str = "127.0.0.1", port: int = 8913
    ) -> None:
        self.store = store
        self.config = config
        self.clock = clock
        self._accounts = Accounts(store, clock)
        self._at_once = threading.Semaphore(MOST_AT_ONCE)
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise UsageError(f"{host} is not this machine", "put a reverse proxy with TLS in front of 127.0.0.1")
        try:
            self._server = _Server((host, port), _handler(self))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise UsageError(f"{host}:{port} cannot be listened on: {why}", "--port takes another") from None

    @property
    def address(self) -> str:
        """Its own address, with the port that it got."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def serve(self) -> None:
        """Serve until `stop` is called from another thread."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Have `serve` return; from another thread."""
        self._server.shutdown()

    def close(self) -> None:
        """Let the port go."""
        self._server.server_close()

    def answer(self, name: str, pushed: Pushed) -> Verdict:
        """What a request is answered with; what is to be kept is on the disk then."""
        if not self._at_once.acquire(blocking=False):
            return Verdict(BUSY, body="busy")
        try:
            return self._judged(name, pushed)
        except CminboxError as error:
            LOG.warning("%s: a pushed request was not taken: %s", one_line(name[:60]), error.line())
            return Verdict(BUSY, body="not now")
        except Exception:
            LOG.exception("%s: a pushed request", one_line(name[:60]))
            return Verdict(500, body="failed")
        finally:
            self._at_once.release()

    def _judged(self, name: str, pushed: Pushed) -> Verdict:
        source = next((each for each in self.config.sources if each.name == name), None)
        verdict = self._verdict(source, pushed) if source is not None else None
        if source is None or verdict is None:
            return Verdict(404, body="no such source")
        if verdict.status >= 400:
            LOG.warning("%s: a pushed request was refused (%d)", name, verdict.status)
        takers = [source] if verdict.keep else []
        if verdict.for_app:
            others = [each for each in self.config.sources if each.name != name and each.network == source.network]
            takers += [each for each in others if self._takes_too(each, pushed)]
        if not takers:
            return verdict

        def work(conn: Connection) -> bool:
            headers = {key: value for key, value in pushed.headers.items() if _may_be_kept(key)}
            for each in takers:
                sources.ensure(conn, each.name, each.network, base_url=each.base_url, owned=each.owned)
            # All of them are asked: what one has no room for is sent again, and nobody keeps it twice.
            kept = [
                spool.keep(conn, each.name, pushed.at, method=pushed.method, headers=headers, body=pushed.body)
                for each in takers
            ]
            return all(kept)

        if not self.store.write(work):
            return Verdict(BUSY, body="too much waits already")
        return verdict

    def _verdict(self, source: SourceConfig, pushed: Pushed) -> Verdict | None:
        """What a source's adapter says of a request; None where its network pushes nothing."""
        adapter = registry.load(source.network)
        receiver = registry.receiver(adapter)
        if receiver is None:
            return None
        row = sources.by_name(self.store.read(), source.name)
        return receiver.receive(self._accounts.of(self.config, source, row, adapter), pushed)

    def _takes_too(self, other: SourceConfig, pushed: Pushed) -> bool:
        """Whether what came to one source of an app belongs to another one too: its own secret has to fit."""
        try:
            verdict = self._verdict(other, pushed)
        except CminboxError:  # it has no secret, or a wrong option: its own polls say so
            return False
        return verdict is not None and verdict.keep and verdict.for_app


def _may_be_kept(header: str) -> bool:
    """Whether a header is one by which a network says what it pushes, and none that may hold a secret."""
    return header.startswith("x-") and not any(word in header for word in ("token", "key", "secret", "auth"))


def _parts(target: str) -> tuple[str, dict[str, str]]:
    """Path and parameters of what is asked for; nothing where it is no address."""
    try:
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return "", {}
    return parts.path, {key: values[0] for key, values in query.items()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *args: Any) -> None:
        self._open = threading.Semaphore(MOST_CONNECTIONS)
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, unless too many are open."""
        if not self._open.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Until the connection ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is the other side's matter."""
        LOG.debug("a connection of a network broke", exc_info=True)


def _handler(server: ReceiverServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "cminbox"
        sys_version = ""
        timeout = SILENCE

        def handle_one_request(self) -> None:
            """One request, which ends the connection where it takes too long."""
            late = threading.Timer(LONGEST_REQUEST, self._end)
            late.daemon = True
            late.start()
            try:
                super().handle_one_request()
            finally:
                late.cancel()

        def _end(self) -> None:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def _answer(self) -> None:
            place, query = _parts(self.path)
            lengths = self.headers.get_all("content-length", ["0"])
            length = lengths[0] if len(set(lengths)) == 1 and len(lengths[0]) < 10 else ""
            if self.headers.get("transfer-encoding") or not length.isdecimal() or int(length) > MOST_BYTES:
                self.close_connection = True
                self._say(Verdict(413, body="too large, or of unknown length"))
                return
            # What is not read would be taken for the next request.
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                self.close_connection = True
                return
            if not place.startswith(WHERE):
                self._say(Verdict(404, body="no such place"))
                return
            fields = {key.lower(): value[:2000] for key, value in list(self.headers.items())[:KEPT_HEADERS]}
            pushed = Pushed(self.command, body, fields, query, server.clock())
            self._say(server.answer(unquote(place.removeprefix(WHERE)).rstrip("/"), pushed))

        def _say(self, verdict: Verdict) -> None:
            data = verdict.body.encode()
            self.send_response(verdict.status)
            self.send_header("content-type", verdict.kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Addresses may hold secrets."""

    return Handler
