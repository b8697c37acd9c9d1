"""The shared client against a server that misbehaves in every way."""

from __future__ import annotations

import asyncio
import gzip
import logging
import re
import time
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from loopback import Asked, Loopback, Reply

from cminbox.errors import AuthError, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.sources.auth import Bearer, InQuery
from cminbox.sources.bodies import Undecodable, read_json, without
from cminbox.sources.http import Client, host_of

NOW = 1_700_000_000_000
TOKEN = "t0ken-s3cret"


class Clock:
    """A clock that moves when told, and remembers who slept."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def client(clock: Clock) -> AsyncIterator[Client]:
    made = Client(
        clock=clock, sleep=clock.sleep, chance=lambda: 0.5, read_timeout=400, total_timeout=900, max_bytes=100_000
    )
    async with made:
        yield made


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: reply


FAULTS: list[tuple[str, Reply, type[SourceError]]] = [
    ("401", Reply({"error": "no"}, 401), AuthError),
    ("403", Reply(b"<html>denied</html>", 403), AuthError),
    ("404", Reply(b"", 404), NotThere),
    ("410", Reply(b"", 410), NotThere),
    ("422", Reply({"error": "too long"}, 422), Refused),
    ("429", Reply(b"<html>slow down</html>", 429), RateLimited),
    ("500", Reply({"error": "oops"}, 500), Retryable),
    ("502", Reply(b"<html>bad gateway</html>", 502), Retryable),
    ("html", Reply(b"\n <!doctype html><p>Log in to the hotel's network"), Retryable),
    ("broken json", Reply(b'[{"id": "1"'), Retryable),
    ("deep json", Reply(b"[" * 90_000), Retryable),
    ("huge", Reply(b" " * 100_001), Retryable),
    ("bomb", Reply(gzip.compress(b"0" * 5_000_000), headers={"content-encoding": "gzip"}), Retryable),
    ("strange encoding", Reply(b"x", headers={"content-encoding": "br"}), Retryable),
    ("broken gzip", Reply(b"not gzip", headers={"content-encoding": "gzip"}), Retryable),
    ("short gzip", Reply(gzip.compress(b"[1, 2, 3]")[:-6], headers={"content-encoding": "gzip"}), Retryable),
    ("cut", Reply(cut=True), Retryable),
    ("slow", Reply(b"[]", delay=2), Retryable),
    ("dripping", Reply(b"[" + b" " * 40, drip=40, delay=0.1), Retryable),
]


@pytest.mark.parametrize(("name", "reply", "kind"), FAULTS, ids=[name for name, _, _ in FAULTS])
async def test_faults_become_errors_that_say_what_to_do_and_no_secret(
    client: Client, name: str, reply: Reply, kind: type[SourceError]
) -> None:
    with Loopback(always(reply)) as server:
        before = time.monotonic()
        with pytest.raises(SourceError) as got:
            await client.get_json(f"{server.url}/secret-path/x", params={"key": "query-secret"}, bearer=TOKEN)
        assert isinstance(got.value, kind)
        assert isinstance(got.value, NotThere) == (kind is NotThere)
        line = got.value.line()
        assert "127.0.0.1" in line
        assert "\n" not in line
        assert not any(word in line for word in (TOKEN, "secret-path", "query-secret"))
        with pytest.raises(SourceError) as got:
            await client.post_json(f"{server.url}/secret-path/x", {"a": 1}, bearer=TOKEN)
        assert isinstance(got.value, kind)
        assert isinstance(got.value, NotThere) == (kind is NotThere)
        if isinstance(got.value, Retryable):
            assert got.value.maybe_done
        assert time.monotonic() - before < 8


async def test_nobody_there_means_surely_not_done(client: Client) -> None:
    with Loopback(always(Reply())) as server:
        url = server.url
    with pytest.raises(Retryable, match="refused") as got:
        await client.post_json(f"{url}/x", {})
    assert not got.value.maybe_done


@pytest.mark.parametrize("url", ["", "ftp://x.test/", "nonsense", "http://[::1", "http:///x", "http://a b/"])
async def test_addresses_that_are_none(client: Client, url: str) -> None:
    with pytest.raises(SourceError):
        await client.get_json(url)


@pytest.mark.parametrize(
    ("asks", "refused"),
    [
        ({"auth": Bearer(TOKEN)}, True),
        ({"auth": InQuery("access_token", TOKEN)}, True),
        ({"params": {"client_secret": TOKEN}}, True),
        ({"form": {"refresh_token": TOKEN}}, True),
        ({"json": {"identifier": "care", "password": TOKEN}}, True),
        ({"json": {"text": "hello"}}, False),
        ({}, False),
    ],
    ids=str,
)
async def test_a_secret_goes_over_tls_or_stays_on_this_machine(
    client: Client, asks: dict[str, Any], refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Loopback(always(Reply({}))) as server:
        await client.request("POST", server.url, **asks)
        sent = list[str]()

        def stream(_: object, method: str, url: str, **more: object) -> None:
            sent.append(url)
            raise httpx.ConnectError("no network here")

        monkeypatch.setattr(httpx.AsyncClient, "stream", stream)
        for address in ("http://shop.test/x", "https://shop.test/x"):
            with pytest.raises(SourceError) as got:
                await client.request("POST", address, **asks)
            assert isinstance(got.value, Refused) == (refused and address.startswith("http:"))
            assert TOKEN not in got.value.line()
    assert len(sent) == 2 - refused


@pytest.mark.parametrize(
    "error",
    [
        httpx.RemoteProtocolError("peer closed https://h.test/?token=x"),
        httpx.ReadError(""),
        httpx.WriteError(""),
        httpx.ConnectError("All connection attempts failed"),
        httpx.ConnectTimeout(""),
        httpx.DecodingError("bad gzip"),
        OSError(101, "Network is unreachable"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_people_are_told_no_names_of_exceptions(
    client: Client, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stream(_: object, method: str, url: str, **more: object) -> None:
        if isinstance(error, OSError):
            raise httpx.ConnectError("") from error
        raise error

    monkeypatch.setattr(httpx.AsyncClient, "stream", stream)
    with pytest.raises(SourceError) as got:
        await client.request("POST", "https://shop.test/x")
    assert not re.search(r"[A-Z]\w+(Error|Timeout)|token", got.value.line())
    if isinstance(error, OSError):
        assert "network is unreachable" in got.value.line()


async def test_gets_are_tried_again_with_jitter_and_posts_never(client: Client, clock: Clock) -> None:
    replies = [Reply(b"", 503), Reply(cut=True), Reply({"ok": 1}), Reply(cut=True), Reply({"ok": 2})]
    with Loopback(lambda asked: replies[len(server.asked) - 1]) as server:
        assert (await client.get_json(server.url)).data == {"ok": 1}
        assert clock.slept == [0.5, 1.0]
        assert (await client.get_json(server.url)).data == {"ok": 2}
        assert len(clock.slept) == 2  # a kept connection that was closed is opened anew at once
        server.handle = always(Reply(b"", 500))
        del server.asked[:]
        with pytest.raises(Retryable):
            await client.post_json(server.url, {})
        assert len(server.asked) == 1


@pytest.mark.parametrize("tries", [1, 3])
async def test_a_connection_that_breaks_at_first_is_no_try_and_the_next_is_new(client: Client, tries: int) -> None:
    with Loopback(always(Reply({}))) as server:
        await asyncio.gather(*(client.get_json(server.url, tries=tries) for _ in range(4)))
        kept = {asked.connection for asked in server.asked}
        del server.asked[:]
        server.handle = lambda asked: Reply(cut=True) if asked.connection in kept else Reply({"ok": 1})
        assert (await client.get_json(server.url, tries=tries)).data == {"ok": 1}
        assert len(server.asked) == 2
        server.handle = always(Reply(cut=True))
        del server.asked[:]
        with pytest.raises(Retryable):
            await client.get_json(server.url, tries=tries)
        assert len(server.asked) == tries + 1


async def test_posts_use_a_fresh_connection_each(client: Client) -> None:
    with Loopback(always(Reply({}))) as server:
        for _ in range(3):
            await client.get_json(server.url)
        gets = {asked.connection for asked in server.asked}
        for _ in range(3):
            await client.post_json(server.url, {"text": "नमस्ते"})
        posts = [asked.connection for asked in server.asked[3:]]
        assert len(gets) == 1
        assert len(set(posts)) == 3
        assert not gets & set(posts)
        assert server.asked[-1].json == {"text": "नमस्ते"}


async def test_rate_limit_is_kept_per_credential_until_it_is_over(client: Client, clock: Clock) -> None:
    limited = Reply({"error": "Too many"}, 429, {"x-ratelimit-reset": "2023-11-14T22:14:20Z"})
    with Loopback(lambda asked: limited if asked.headers.get("authorization") == "Bearer a" else Reply([])) as server:
        for _ in range(2):
            with pytest.raises(RateLimited) as got:
                await client.get_json(server.url, bearer="a")
            assert got.value.until == NOW + 60_000
        assert len(server.asked) == 1  # the second call never left
        assert (await client.get_json(server.url, bearer="b")).data == []
        clock.now += 60_000
        server.handle = always(Reply([1]))
        assert (await client.get_json(server.url, bearer="a")).data == [1]


async def test_used_up_budget_stops_the_next_call_before_it_leaves(client: Client) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2023-11-14T22:20:00Z"}
    with Loopback(always(Reply([], headers=headers))) as server:
        assert (await client.get_json(server.url, bearer=TOKEN)).data == []
        with pytest.raises(RateLimited, match="2023-11-14T22:20:00"):
            await client.get_json(server.url, bearer=TOKEN)
        assert len(server.asked) == 1


async def test_a_limit_lasts_no_longer_because_the_clock_was_set_back(client: Client, clock: Clock) -> None:
    limited = Reply({"error": "Too many"}, 429, {"retry-after": "30"})
    with Loopback(always(limited)) as server:
        for _ in range(2):
            with pytest.raises(RateLimited) as got:
                await client.get_json(server.url)
            assert clock.now < got.value.until <= clock.now + 30_000
            clock.now -= 2 * 60 * 60_000
        assert len(server.asked) == 1


async def test_credentials_never_follow_a_redirect_to_another_place(client: Client) -> None:
    with Loopback(always(Reply([]))) as thief, Loopback(lambda asked: away) as server:
        away = Reply(status=302, headers={"location": f"{thief.url}/take"})
        with pytest.raises(Refused, match="the token was not sent there"):
            await client.get_json(server.url, bearer=TOKEN)
        assert thief.asked == []
        assert (await client.get_json(server.url)).data == []  # without a secret it may lead where it likes
        with pytest.raises(Refused):
            await client.post_json(server.url, {})


async def test_redirects_within_the_place_are_followed_and_circles_end(client: Client) -> None:
    def handle(asked: Asked) -> Reply:
        if asked.path == "/a":
            return Reply(status=301, headers={"location": "/b?x=1"})
        if asked.path == "/round":
            return Reply(status=307, headers={"location": "/round"})
        if asked.path == "/file":
            return Reply(status=302, headers={"location": "file:///etc/passwd"})
        return Reply({"path": asked.path, "x": asked.one("x")})

    with Loopback(handle) as server:
        answer = await client.get_json(f"{server.url}/a", bearer=TOKEN)
        assert answer.data == {"path": "/b", "x": "1"}
        assert answer.moved == f"{server.url}/b?x=1"
        for path in ("/round", "/file"):
            with pytest.raises(Refused):
                await client.get_json(server.url + path, bearer=TOKEN)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda raw: zlib.compress(raw)[2:-4]])
async def test_compressed_answers(client: Client, pack: Callable[[bytes], bytes]) -> None:
    name = "gzip" if pack is gzip.compress else "deflate"
    with Loopback(always(Reply(pack(b'{"a": "b"}'), headers={"content-encoding": name}))) as server:
        assert (await client.get_json(server.url)).data == {"a": "b"}


async def test_conditional_get_and_empty_answers(client: Client) -> None:
    with Loopback(always(Reply(status=304))) as server:
        answer = await client.get(server.url, headers={"If-None-Match": '"x"'})
        assert answer.status == 304
        assert server.asked[0].headers["if-none-match"] == '"x"'
        server.handle = always(Reply(b"", 204))
        assert (await client.post_json(server.url, {})).data is None


async def test_a_secret_echoed_by_the_server_is_not_shown(client: Client) -> None:
    with Loopback(lambda a: Reply({"error": f"bad {a.headers['authorization']} \x1b[31m\nhere"}, 422)) as server:
        with pytest.raises(Refused) as got:
            await client.get_json(server.url, bearer=TOKEN)
        assert TOKEN not in got.value.line()
        assert "\x1b" not in got.value.line()
        assert "here" in got.value.line()


@pytest.mark.parametrize("secret", ["a\nb: c", "пароль", "a\x00b"])
async def test_secrets_that_no_header_takes(client: Client, secret: str) -> None:
    with Loopback(always(Reply({}))) as server, pytest.raises(AuthError) as got:
        await client.get_json(server.url, bearer=secret)
    assert secret not in got.value.line()


async def test_nothing_is_logged_that_could_hold_a_token(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Loopback(always(Reply({}))) as server:
        await client.get_json(f"{server.url}/bot{TOKEN}/x", params={"k": TOKEN})
    assert TOKEN not in caplog.text


def test_one_bad_character_costs_no_page() -> None:
    assert read_json(b'["\\ud800 a"]') == ["\ud800 a"]
    assert read_json(b'["\xff ok"]') == ["\ufffd ok"]
    with pytest.raises(Undecodable):
        read_json(b"1" * 6000)


def test_host_of() -> None:
    assert host_of("https://user:pw@x.test:99/p?q") == "x.test:99"
    assert host_of("http://[broken") == "(no host)"


def test_neither_a_secret_nor_the_beginning_of_one_stays_in_a_text() -> None:
    secret = "abcdefghijklmnopqrstuvwxyz"
    assert without([secret], f"is {secret} good, {secret[:20]}") == "is … good, …"
    assert without(["short", secret], "short abcdefg") == "short abcdefg"
    assert without([secret, secret[:12]], secret + secret) == "……"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_what_leads_to_this_machine_goes_to_no_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(always(Reply({"from": "proxy"}))) as proxy, Loopback(always(Reply({"from": "server"}))) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        here = server.url.replace("127.0.0.1", host)
        async with Client(tries=1) as client:
            assert (await client.get_json(here)).data == {"from": "server"}
            assert (await client.request("POST", here, json={})).data == {"from": "server"}
            assert proxy.asked == []
            assert (await client.get_json("http://social.example/a")).data == {"from": "proxy"}
            assert [asked.headers["host"] for asked in proxy.asked] == ["social.example"]


async def test_a_redirect_to_this_machine_goes_to_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(always(Reply({"from": "server"}))) as server:
        to_here = Reply(status=302, headers={"location": f"{server.url}/b"})
        with Loopback(always(to_here)) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            async with Client(tries=1) as client:
                assert (await client.get_json("http://social.example/a")).data == {"from": "server"}
            assert len(proxy.asked) == 1
