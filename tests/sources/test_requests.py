"""`Client.request`: every body, every way to say who asks, the network's own words before the status."""

from __future__ import annotations

import email
import logging
from collections.abc import AsyncIterator, Callable
from email.message import Message
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from loopback import Asked, Loopback, Reply

from cminbox.errors import AuthError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import MINUTE
from cminbox.sources.auth import Auth, Basic, Bearer, Headers, InQuery, OAuth1, PerCall
from cminbox.sources.http import Answer, Client, HostBudget, Upload

NOW = 1_700_000_000_000
SECRET = "s3cret-t0ken"


class Clock:
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
    async with Client(clock=clock, sleep=clock.sleep, chance=lambda: 0.5, read_timeout=300, total_timeout=600) as made:
        yield made


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: reply


def parts_of(asked: Asked) -> dict[str, Message]:
    whole = email.message_from_bytes(b"content-type: " + asked.headers["content-type"].encode() + b"\n\n" + asked.body)
    found = whole.get_payload()
    assert isinstance(found, list)
    return {part.get_param("name", header="content-disposition"): part for part in found}


async def test_a_form(client: Client) -> None:
    pairs = [("text", "नमस्ते & a=b+c"), ("tag", "one"), ("tag", "two"), ("empty", "")]
    with Loopback(always(Reply({"ok": 1}))) as server:
        assert (await client.request("POST", server.url, form=pairs)).data == {"ok": 1}
        asked = server.asked[0]
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qsl(asked.body.decode(), keep_blank_values=True) == pairs


async def test_a_multipart_form(client: Client) -> None:
    files = {"photo": Upload('a "b"\r\nc.jpg', b"\xff\xd8\x00", "image/jpeg"), "other": Upload("x", b"")}
    with Loopback(always(Reply({}))) as server:
        await client.request("POST", server.url, form={"alt": "ein Bär"}, files=files)
        found = parts_of(server.asked[0])
        assert list(found) == ["alt", "photo", "other"]
        assert found["alt"].get_payload(decode=True).decode() == "ein Bär"
        assert found["photo"].get_payload(decode=True) == b"\xff\xd8\x00"
        assert found["photo"].get_content_type() == "image/jpeg"
        assert found["photo"].get_filename() == "a %22b%22%0D%0Ac.jpg"  # no name ends its header early
        assert found["other"].get_content_type() == "application/octet-stream"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_are_sent_once(client: Client, method: str) -> None:
    with Loopback(always(Reply({}, 500))) as server:
        server._server.RequestHandlerClass.do_PATCH = server._server.RequestHandlerClass.do_PUT
        with pytest.raises(Retryable) as got:
            await client.request(method, server.url, json={"a": [1]})
        assert got.value.maybe_done
        assert [(asked.method, asked.json) for asked in server.asked] == [(method, {"a": [1]})]


async def test_what_only_reads_is_tried_again_though_it_is_a_post(client: Client) -> None:
    replies = [Reply(b"", 503), Reply({"data": {"posts": []}})]
    with Loopback(lambda asked: replies[len(server.asked) - 1]) as server:
        answer = await client.request("POST", server.url, json={"query": "{posts}"}, reads=True)
        assert answer.data == {"data": {"posts": []}}
        assert [asked.json for asked in server.asked] == [{"query": "{posts}"}] * 2
        assert not answer.changes


async def test_a_get_that_changes_something_is_sent_once(client: Client) -> None:
    with Loopback(always(Reply(b"", 503))) as server:
        with pytest.raises(Retryable) as got:
            await client.request("GET", server.url, reads=False)
        assert got.value.maybe_done
        assert len(server.asked) == 1


async def test_params_stand_beside_those_of_the_address(client: Client) -> None:
    with Loopback(always(Reply({}))) as server:
        url = f"{server.url}/next?after=a%2Fb%3D&limit=9#part"
        await client.request("GET", url, params=[("q", "a b&c"), ("q", "ü")], auth=InQuery("key", SECRET))
        wanted = {"after": ["a/b="], "limit": ["9"], "q": ["a b&c", "ü"], "key": [SECRET]}
        assert server.asked[0].query == wanted
        await client.request("GET", url)
        assert server.asked[1].query == {"after": ["a/b="], "limit": ["9"]}


async def test_a_redirect_keeps_its_own_query_beside_the_secret(client: Client) -> None:
    def handle(asked: Asked) -> Reply:
        return Reply(status=302, headers={"location": "/b?x=1"}) if asked.path == "/a" else Reply(asked.query)

    with Loopback(handle) as server:
        answer = await client.request("GET", f"{server.url}/a?y=2", auth=InQuery("key", SECRET))
        assert answer.data == {"x": ["1"], "key": [SECRET]}


async def test_oauth_1_covers_query_and_form_but_no_json(client: Client) -> None:
    auth = OAuth1("app", "app-s3cret", "token", SECRET, clock=lambda: 7, nonce=lambda: "n")
    with Loopback(always(Reply({}))) as server:
        url = f"{server.url}/x"
        await client.request("POST", url, params={"a": "1"}, form={"b": "2 3"}, auth=auth)
        await client.request("POST", url, params={"a": "1"}, json={"b": "2 3"}, auth=auth)
        signed = [asked.headers["authorization"] for asked in server.asked]
    assert signed[0] == auth.sign("POST", url, [("a", "1"), ("b", "2 3")]).headers["authorization"]
    assert signed[1] == auth.sign("POST", url, [("a", "1")]).headers["authorization"]


# The network's own words.


def judge(answer: Answer) -> SourceError | None:
    """As one that says its errors in its own way, whatever the status."""
    error = answer.data.get("error") if isinstance(answer.data, dict) else None
    match error["code"] if isinstance(error, dict) else 0:
        case 190:
            return AuthError("the token has expired")
        case 4:
            return answer.limited()
        case 9:
            return answer.limited(NOW + 10 * MINUTE)
        case 10:
            return Denied("a permission is missing")
        case 100:
            return NotThere("no such thing")
    return None


JUDGED = [
    (190, 400, AuthError),
    (190, 200, AuthError),
    (4, 403, RateLimited),
    (4, 200, RateLimited),
    (9, 400, RateLimited),
    (10, 200, Denied),
    (100, 400, NotThere),
    (100, 500, NotThere),
    (1, 400, Refused),
    (1, 401, AuthError),
]


@pytest.mark.parametrize(("code", "status", "kind"), JUDGED)
async def test_the_network_is_judged_by_its_own_words_first(
    client: Client, code: int, status: int, kind: type[SourceError]
) -> None:
    said = {"error": {"code": code, "message": "m"}}
    with Loopback(always(Reply(said, status, {"X-Trace": "t"}))) as server:
        for method in ("GET", "POST"):
            with pytest.raises(SourceError) as got:
                await client.request(method, server.url, auth=Bearer(method), judge=judge)
            assert type(got.value) is kind
            assert (got.value.status, got.value.said, got.value.headers["x-trace"]) == (status, said, "t")
        assert len(server.asked) == 2  # what the network says for good is not asked again


async def test_a_judge_sees_web_pages_and_empty_answers_and_lets_a_good_one_pass(client: Client) -> None:
    seen: list[tuple[int, object, bytes, bool]] = []

    def watch(answer: Answer) -> None:
        seen.append((answer.status, answer.data, answer.body, answer.changes))

    with Loopback(always(Reply(b"<html>", 502))) as server:
        with pytest.raises(Retryable) as got:
            await client.request("GET", server.url, judge=watch, tries=1)
        assert got.value.web_page
        server.handle = always(Reply(b"", 204))
        assert (await client.request("POST", server.url, json={}, judge=watch)).data is None
        server.handle = always(Reply(b"not json", 200))
        assert (await client.request("GET", server.url, judge=watch, wants="bytes")).body == b"not json"
    assert seen == [(502, None, b"<html>", False), (204, None, b"", True), (200, None, b"not json", False)]


async def test_a_limit_in_the_networks_own_words_stops_the_next_call_before_it_leaves(
    client: Client, clock: Clock
) -> None:
    with Loopback(always(Reply({"error": {"code": 9}}, 200))) as server:
        for _ in range(3):
            with pytest.raises(RateLimited) as got:
                await client.request("GET", server.url, auth=Bearer("a"), judge=judge)
            assert got.value.until == NOW + 10 * MINUTE
        assert len(server.asked) == 1
        with pytest.raises(RateLimited):
            await client.request("GET", server.url, auth=InQuery("k", "b"), judge=judge)
        assert len(server.asked) == 2  # another credential's budget
        server.handle = always(Reply({}))
        clock.now += 10 * MINUTE
        assert (await client.request("GET", server.url, auth=Bearer("a"), judge=judge)).data == {}


async def test_what_is_left_is_remembered_by_host_and_credential(client: Client) -> None:
    head = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "299", "x-ratelimit-reset": "60"}
    with Loopback(always(Reply({}, headers=head))) as server:
        assert client.budget(server.url, Bearer("a")) is None
        await client.request("GET", f"{server.url}/x", auth=Bearer("a"))
        assert client.budget(f"{server.url}/y", Bearer("a")) == HostBudget(300, 299, NOW + MINUTE)
        assert client.budget(server.url, Bearer("b")) is None
        server.handle = always(Reply({}, 404, {**head, "x-ratelimit-remaining": "298"}))
        with pytest.raises(NotThere):
            await client.request("GET", server.url, auth=Bearer("a"))
        assert client.budget(server.url, Bearer("a")) == HostBudget(300, 298, NOW + MINUTE)


async def test_a_long_poll_may_wait_longer_and_a_short_one_may_not(client: Client) -> None:
    with Loopback(always(Reply([1], delay=0.9))) as server:
        assert (await client.request("GET", server.url, within=3000)).data == [1]
        with pytest.raises(Retryable, match="in time"):
            await client.request("GET", server.url, tries=1)
        with pytest.raises(Retryable, match="in time"):
            await client.request("GET", server.url, within=100)


# Secrets.

WAYS: list[tuple[str, Auth]] = [
    ("bearer", Bearer(SECRET)),
    ("bot", Bearer(SECRET, "Bot")),
    ("per call", PerCall(lambda: SECRET, SECRET)),
    ("headers", Headers({"Access-Token": SECRET})),
    ("basic", Basic("mina", SECRET)),
    ("query", InQuery("access_token", SECRET)),
    ("oauth 1", OAuth1("app", SECRET, SECRET, SECRET)),
]


@pytest.mark.parametrize(("_name", "auth"), WAYS, ids=[name for name, _ in WAYS])
async def test_no_secret_in_an_error_a_log_or_a_repr(
    client: Client, caplog: pytest.LogCaptureFixture, _name: str, auth: Auth
) -> None:
    """The server sends back all that it was sent, in every way in which a network complains."""
    caplog.set_level(logging.DEBUG)

    def echo(asked: Asked) -> Reply:
        told = f"bad {dict(asked.headers)} {asked.path} {asked.query} {asked.body!r}"
        bodies: list[object] = [{"error": told}, {"error": {"message": told}}, {"message": told}, told.encode()]
        return Reply(bodies[len(server.asked) % 4], [400, 401, 404, 429, 500, 302][len(server.asked) % 6])

    with Loopback(echo) as server:
        for n in range(12):
            with pytest.raises(SourceError) as got:
                await client.request(
                    ("GET", "POST")[n % 2],
                    f"{server.url}/bot{SECRET}/x?sig={SECRET}",
                    params={"key": SECRET},
                    auth=auth,
                    form={"client_secret": SECRET} if n % 2 else None,
                    tries=1,
                )
            for text in (got.value.line(), str(got.value), repr(got.value), repr(got.value.__cause__)):
                assert SECRET not in text
            client._paused.clear()
        server.handle = always(Reply({"access_token": SECRET}, headers={"X-Token": SECRET}))
        answer = await client.request("GET", server.url, auth=auth)
        assert SECRET not in repr(answer)
        server.handle = always(Reply({"error": f"bad {SECRET}, {SECRET[:14]}"}, 400))
        with pytest.raises(Refused) as told:
            await client.request(
                "POST",
                server.url,
                params={"key": SECRET},
                form={"client_secret": SECRET},
                judge=lambda answer: Refused(answer.data["error"], hint=answer.data["error"]),
            )
        assert SECRET[:12] not in told.value.line() + repr(told.value)
        server.handle = always(Reply(cut=True))
        with pytest.raises(Retryable) as cut:
            await client.request("GET", f"{server.url}/{SECRET}", params={"key": SECRET}, auth=auth, tries=1)
    assert SECRET not in cut.value.line()
    assert SECRET not in repr(client)
    assert SECRET not in caplog.text


@pytest.mark.parametrize("name", ["refresh_token", "client_secret", "code", "password", "apiKey", "code_verifier"])
async def test_credentials_in_a_body_are_not_shown_where_they_are_sent_back(client: Client, name: str) -> None:
    with Loopback(lambda asked: Reply({"error": f"wrong: {asked.body.decode()}"}, 400)) as server:
        for body in ({"form": {name: SECRET, "text": "visible"}}, {"json": {name: SECRET, "text": "visible"}}):
            with pytest.raises(Refused) as got:
                await client.request("POST", server.url, **body)
            assert SECRET not in got.value.line()
            assert "visible" in got.value.line()
