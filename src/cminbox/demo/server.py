"""The demo network: a Mastodon server on loopback, and the story that happens on it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

from cminbox.demo.api import Api, Request, Response
from cminbox.demo.http import LOOPBACK, Handler, HttpServer
from cminbox.demo.scenario import Scenario
from cminbox.demo.stage import Stage
from cminbox.demo.world import World
from cminbox.model import Instant, now


class DemoServer:
    """A Mastodon server on loopback with one account that can log in: the brand.

    Args:
        scenario: what happens by itself; nothing when absent, and the world starts empty.
        speed: how many times faster than planned that happens.
        clock: the time now, in epoch milliseconds.
        token: the brand's access token; a random one when empty.
        rate_limit: requests allowed in five minutes, beyond which the answer is 429.
        handler: reads and writes what comes over a connection.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        speed: float = 1.0,
        *,
        clock: Callable[[], Instant] = now,
        token: str = "",
        rate_limit: int = 3000,
        handler: type[Handler] = Handler,
    ) -> None:
        self.world = World(clock)
        self.token = token or secrets.token_hex(16)
        self._stage = None if scenario is None else Stage(self.world, scenario, speed)
        self._rate_limit = rate_limit
        self._handler = handler
        self._port = 0
        self._http: HttpServer | None = None

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end; known once it was started."""
        return f"http://{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Serves in a thread of its own, at the same address each time."""
        self._http = HttpServer(self._port, self._handler, self.answer)
        self._port = self._http.server_address[1]
        self._api = Api(self.world, self.url, self.token, self._rate_limit)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), name="demo-network", daemon=True).start()

    def stop(self) -> None:
        """Stops serving and cuts what is connected; the world stays."""
        if self._http is not None:
            self._http.end()
            self._http = None

    def __enter__(self) -> DemoServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def advance(self) -> None:
        """Lets happen what is due."""
        if self._stage is not None:
            with self.world.lock:
                self._stage.advance(self.world.clock())

    def answer(self, request: Request) -> Response:
        """Carries a request out, once everything has happened that is due."""
        with self.world.lock:
            self.advance()
            return self._api.answer(request)
