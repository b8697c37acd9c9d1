"""The demo network as an HTTP server on loopback, and a door for tests to act in it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Protocol

from cminbox.demo.api import Api
from cminbox.demo.entities import Json
from cminbox.demo.faults import Fault, Faults, Kind
from cminbox.demo.plumbing import LOOPBACK, Http
from cminbox.demo.world import Status, World
from cminbox.model import Instant, now


class Play(Protocol):
    """What happens in the world by itself (see `stage`)."""

    def enter(self, world: World) -> None:
        """Sets the scene: called once, before the first request."""

    def advance(self, now: Instant) -> None:
        """Lets everything happen that is due."""


class DemoServer:
    """A Mastodon server on loopback with one account that can log in: the brand.

    Args:
        play: what happens by itself; nothing when absent, and the world starts empty.
        port: 0 takes a free one; it stays the same when the server is stopped and started again.
        clock: the time now, in epoch milliseconds.
        token: the brand's access token; a random one when empty.
        handle: the brand's handle in a world without a play.
        rate_limit: requests allowed in five minutes, beyond which the answer is 429.
    """

    def __init__(
        self,
        play: Play | None = None,
        *,
        port: int = 0,
        clock: Callable[[], Instant] = now,
        token: str = "",
        handle: str = "saffronheron",
        rate_limit: int = 3000,
    ) -> None:
        self.world = World(handle, clock=clock)
        self.faults = Faults()
        self.token = token or secrets.token_hex(16)
        self._play = play
        self._clock = clock
        self._rate_limit = rate_limit
        self._port = port
        self._http: Http | None = None
        self._entered = False

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end; known once it was started."""
        return f"http://{LOOPBACK}:{self._port}"

    def start(self) -> DemoServer:
        """Serves in a thread of its own."""
        if self._http is not None:
            return self
        http = Http(
            self._port,
            lambda url: Api(self.world, url, self.token, self.faults, self._rate_limit),
            self.faults,
            self.advance,
        )
        self._http, self._port = http, http.port
        if not self._entered and self._play is not None:
            self._play.enter(self.world)
            self._entered = True
        threading.Thread(target=http.serve_forever, args=(0.05,), name="demo-network", daemon=True).start()
        return self

    def stop(self) -> None:
        """Stops serving and cuts what is connected; the world stays."""
        http, self._http = self._http, None
        if http is not None:
            http.end()

    def __enter__(self) -> DemoServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def advance(self) -> None:
        """Lets happen what is due; every request does so first."""
        if self._play is not None and self._entered:
            with self.world.lock:
                self._play.advance(self._clock())

    def fail(
        self, fault: Kind, path: str = "", *, method: str = "", times: int = 1, skip: int = 0, seconds: float = 5.0
    ) -> None:
        """Makes the next matching requests fail (see `faults.Fault`)."""
        self.faults.add(Fault(fault, path, method, times, skip, seconds))

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
        spoiler: str = "",
        at: Instant | None = None,
    ) -> str:
        """Somebody writes; the brand hears of it if the text mentions it (`@saffronheron`). Gives the status's id."""
        parent = self._existing(in_reply_to) if in_reply_to else None
        author = self.world.account(handle, name=name, followers=followers)
        status = self.world.post(
            author, text, parent=parent, visibility=visibility, language=language, spoiler=spoiler, at=at
        )
        return str(status.id)

    def edit(self, status_id: str, text: str) -> None:
        """Its author changes a status."""
        self.world.edit(self._existing(status_id), text)

    def delete(self, status_id: str) -> None:
        """Its author deletes a status."""
        self.world.delete(self._existing(status_id))

    def accepted(self) -> list[Json]:
        """What the brand's account really posted through the API and still stands, oldest first: `id`, `text`,
        `in_reply_to_id`, `visibility`, `spoiler_text`, `language`, `created_at` (epoch milliseconds)."""
        return [
            {
                "id": str(one.id), "text": one.text, "in_reply_to_id": str(one.parent.id) if one.parent else None,
                "visibility": one.visibility, "spoiler_text": one.spoiler, "language": one.language,
                "created_at": one.created_at,
            }
            for one in self.world.accepted()
        ]  # fmt: skip

    def _existing(self, status_id: str) -> Status:
        status = self.world.status(int(status_id))
        if status is None:
            raise KeyError(f"no status {status_id}")
        return status
