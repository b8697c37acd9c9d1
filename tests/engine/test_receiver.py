"""What networks push: stored before it is answered, read once, whoever breaks off when."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from cminbox import config as configuration
from cminbox import paths
from cminbox.config import Config
from cminbox.engine import receiver
from cminbox.engine.loop import Engine
from cminbox.engine.receiver import MOST_BYTES, ReceiverServer
from cminbox.errors import Full, Retryable, UsageError
from cminbox.model import DAY, MINUTE, SECOND, now, to_iso
from cminbox.sources.http import Client
from cminbox.sources.networks import jsonl
from cminbox.store import Store, conversations, sources, spool
from stores import new_store

SECRET = "s3cret-of-the-relay"


def line(own: str = "m1", text: str = "Where is my tea?") -> bytes:
    author = {"id": "u7", "handle": "ana", "name": "Ana"}
    return json.dumps({"id": own, "author": author, "text": text, "created_at": to_iso(now() - MINUTE)}).encode()


class Relay:
    """A receiver, the store behind it, and a program that sends."""

    def __init__(self, server: ReceiverServer, store: Store, config: Config) -> None:
        self.server = server
        self.store = store
        self.config = config

    def send(
        self,
        body: bytes,
        *,
        at: int | None = None,
        secret: str = SECRET,
        path: str = "/in/relay",
        method: str = "POST",
        length: str = "",
    ) -> int:
        seconds = str((now() if at is None else at) // SECOND)
        signature = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        head = {"X-Cminbox-Timestamp": seconds, "X-Cminbox-Signature": f"sha256={signature}", "Cookie": "c00kie"}
        if length:
            head["Content-Length"] = length
        host = self.server.address.removeprefix("http://")
        with closing(http.client.HTTPConnection(host, timeout=10)) as there:
            there.request(method, path, body, head)
            return there.getresponse().status

    def waiting(self) -> list[spool.Spooled]:
        source = sources.by_name(self.store.read(), "relay")
        return [] if source is None else spool.waiting(self.store.read(), source.id, now() + 10 * DAY)

    async def poll(self) -> list[str]:
        """One poll by an engine; its notes."""
        (polled,) = await Engine(self.store, self.config).once()
        assert polled.error is None, polled.error
        return list(polled.notes)

    def previews(self) -> list[str]:
        rows = conversations.page(self.store.read(), None, sort="newest", limit=100)
        return sorted(row.preview for row in rows)


@pytest.fixture
def relay(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    monkeypatch.setenv("CMINBOX_SECRET_RELAY", SECRET)
    folder = home / "config"
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text('[[source]]\nname = "relay"\nnetwork = "jsonl"\nreceive = true\n')
    config = configuration.load(paths.find())
    with new_store(config.paths.store) as store:
        server = ReceiverServer(store, config, now, port=0)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield Relay(server, store, config)
        finally:
            server.stop()
            thread.join()
            server.close()


async def test_it_is_stored_then_answered_then_read_once(relay: Relay) -> None:
    assert relay.send(line()) == 200
    (kept,) = relay.waiting()
    assert json.loads(kept.body)["id"] == "m1"
    assert set(kept.headers) == {"x-cminbox-timestamp", "x-cminbox-signature"}
    assert sources.by_name(relay.store.read(), "relay").wanted_at is not None  # type: ignore[union-attr]
    assert await relay.poll() == []
    assert relay.previews() == ["Where is my tea?"]
    assert relay.waiting() == []


async def test_the_same_request_again_changes_nothing(relay: Relay) -> None:
    body = line()
    assert [relay.send(body) for _ in range(3)] == [200, 200, 200]
    assert len(relay.waiting()) == 1
    await relay.poll()
    assert relay.send(body) == 200
    assert relay.waiting() == []


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"secret": "wrong"}, 403),
        ({"at": 1_700_000_000_000}, 403),
        ({"path": "/in/other"}, 404),
        ({"path": "/"}, 404),
        ({"path": "/in/relay/../../etc/passwd"}, 404),
        ({"method": "GET"}, 404),
        ({"length": str(MOST_BYTES + 1)}, 413),
        ({"length": "-1"}, 413),
        ({"body": b" \n"}, 400),
    ],
    ids=str,
)
def test_what_is_not_genuine_is_not_kept(relay: Relay, how: dict[str, object], status: int) -> None:
    assert relay.send(**{"body": line(), **how}) == status  # type: ignore[arg-type]
    assert relay.waiting() == []


def test_what_cannot_be_stored_is_not_answered_as_taken(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise Full("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(relay.store, "write", full)
        assert relay.send(line()) == 503
    assert relay.send(line()) == 200
    with monkeypatch.context() as crowded:
        crowded.setattr(spool, "MOST_WAITING", 1)
        assert relay.send(line("m2")) == 503


async def test_a_bad_line_costs_no_other_and_a_bad_request_no_poll(relay: Relay) -> None:
    relay.send(b"\n".join([line("m1", "one"), b"{broken", line("m2", "two")]))
    relay.send(b"\xff\xfe nothing")
    relay.send(line("m3", "three"))
    notes = await relay.poll()
    assert len(notes) == 2
    assert all("skipped" in note for note in notes)
    assert relay.previews() == ["one", "three", "two"]
    assert await relay.poll() == []


async def test_an_engine_killed_while_it_reads_reads_again_and_doubles_nothing(relay: Relay) -> None:
    class Killed(BaseException):
        pass

    def step(name: str) -> None:
        if name == "poll: pushed read":
            raise Killed

    relay.send(line())
    with pytest.raises(Killed):
        async with Client() as client:
            await Engine(relay.store, relay.config, step=step).poller.poll(relay.config.sources[0], client)
    assert len(relay.waiting()) == 1
    assert await relay.poll() == []
    assert relay.previews() == ["Where is my tea?"]


async def test_a_network_that_does_not_answer_is_asked_later_and_given_up_in_the_end(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> object:
        raise Retryable("the network is away")
        yield

    monkeypatch.setattr(jsonl, "pushed_pages", away)
    relay.send(line())
    assert await relay.poll() == ["pushed 1: the network is away"]
    assert await relay.poll() == []  # not at once again
    source = sources.by_name(relay.store.read(), "relay")
    assert source is not None
    for _ in range(spool.MOST_TRIES):
        relay.store.write(lambda conn: spool.try_later(conn, 1, now(), "away"))
    assert relay.waiting() == []
    kept = relay.store.read().execute("SELECT error FROM spool").fetchone()[0]
    assert kept == "away"


def test_it_listens_on_this_machine_alone_and_says_what_is_taken(relay: Relay) -> None:
    with pytest.raises(UsageError, match="is not this machine"):
        ReceiverServer(relay.store, relay.config, now, host="192.0.2.1")
    port = int(relay.server.address.rpartition(":")[2])
    with pytest.raises(UsageError, match="cannot be listened on"):
        ReceiverServer(relay.store, relay.config, now, port=port)


def spoken(relay: Relay, *parts: bytes, wait: float = 0) -> bytes:
    """What is answered on one connection to these bytes, until it is closed or silent."""
    host, _, port = relay.server.address.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=2) as there:
        got = b""
        try:
            for part in parts:
                there.sendall(part)
                time.sleep(wait)
            while piece := there.recv(65536):
                got += piece
        except (TimeoutError, OSError):
            pass
        return got


def request_of(path: str, body: bytes, more: str = "") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def test_a_body_is_never_taken_for_the_next_request(relay: Relay) -> None:
    inner = request_of("/in/relay", b"{}")
    last = request_of("/in/other", b"", "Connection: close\r\n")
    answers = spoken(relay, request_of("/elsewhere", inner) + last)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"404", b"404"]
    twice = spoken(relay, request_of("/in/relay", inner, "Content-Length: 0\r\n"))
    assert twice.count(b"HTTP/1.1") == 1
    assert b" 413 " in twice
    chunked = b"POST /in/relay HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert spoken(relay, chunked + inner).count(b"HTTP/1.1") == 1


def test_requests_of_one_connection_are_each_judged(relay: Relay) -> None:
    closing_one = request_of("/in/other", b"", "Connection: close\r\n")
    answers = spoken(relay, request_of("/in/relay", b"{}") + request_of("/in/relay/../x", b"") + closing_one)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"403", b"404", b"404"]


@pytest.mark.parametrize("path", ["http://[", "//[/in/relay", "/in/%00", "/in/%2e%2e/relay", "/in/relay%0d%0aX:y", "*"])
def test_an_odd_address_is_answered_and_stops_nothing(relay: Relay, path: str) -> None:
    assert b" 404 " in spoken(relay, request_of(path, b"", "Connection: close\r\n"))
    assert relay.send(line()) == 200


def test_too_many_headers_or_too_long_ones_are_refused(relay: Relay) -> None:
    many = "".join(f"X-H{number}: v\r\n" for number in range(300))
    assert b" 431 " in spoken(relay, request_of("/in/relay", b"", many))
    assert b" 431 " in spoken(relay, request_of("/in/relay", b"", f"X-A: {'v' * 70_000}\r\n"))
    assert b" 413 " in spoken(relay, f"POST /in/relay HTTP/1.1\r\nContent-Length: {'9' * 5000}\r\n\r\n".encode())
    assert relay.send(line()) == 200


@pytest.mark.parametrize("begun", [b"POST /in/relay HTTP/1.1\r\n", request_of("/in/relay", b"x" * 50)[:-49]])
def test_who_drips_is_cut_off(relay: Relay, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "LONGEST_REQUEST", 0.2)
    started = time.monotonic()
    assert spoken(relay, begun, *[b"X"] * 40, wait=0.05) in (b"",)
    assert time.monotonic() - started < 1.9


def test_no_more_connections_than_it_takes(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    host, _, port = relay.server.address.removeprefix("http://").rpartition(":")
    with ExitStack() as stack:
        for _ in range(receiver.MOST_CONNECTIONS):
            stack.enter_context(socket.create_connection((host, int(port)), timeout=5))
        with pytest.raises(OSError):  # noqa: PT011 (a reset or a closed connection)
            relay.send(line())
    for _ in range(50):
        try:
            assert relay.send(line()) == 200
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("it never recovered")
