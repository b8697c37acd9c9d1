"""Logging in without a browser on the host, against a token endpoint on loopback."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import Asked, Loopback, Reply

from cminbox.errors import AuthError, Retryable, UsageError
from cminbox.model import DAY, HOUR
from cminbox.sources.contract import LoginStep
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Answer, Client
from cminbox.sources.oauth import OAuth2, code_in, judge, renewal_in

NOW = 1_700_000_000_000


class Provider:
    """Gives a token for the code `good`, the refresh token `r1` once, and the device code `dev` when it is `typed`."""

    def __init__(self) -> None:
        self.challenge = ""
        self.typed: list[str] = ["authorization_pending", "slow_down", ""]
        self.asked: list[dict[str, str]] = []
        self.server: Loopback

    def handle(self, asked: Asked) -> Reply:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        self.asked.append({**form, "authorization": asked.headers.get("authorization", "")})
        if asked.path == "/device":
            page = {
                "device_code": "dev",
                "user_code": "WDJB-MJHT",
                "verification_uri": "https://x.test/d",
                "interval": 7,
            }
            return Reply(page)
        if form["grant_type"].endswith("device_code"):
            error = self.typed.pop(0)
            return Reply({"error": error}, 400) if error else Reply({"access_token": "t-dev"})
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != "r1":
                return Reply({"error": "invalid_grant", "error_description": "used \x1b[31mup"}, 400)
            return Reply({"access_token": "t2", "refresh_token": "r2", "expires_in": 3600})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        right = not self.challenge or base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.challenge
        if form["code"] != "good" or not right:
            return Reply({"error": "invalid_grant"}, 400)
        return Reply({"access_token": "t1", "refresh_token": "r1", "expires_in": 7200, "token_type": "bearer"})


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()
    with Loopback(found.handle) as found.server:
        yield found


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(clock=lambda: NOW, tries=1) as found:
        yield found


def oauth(provider: Provider, **more: object) -> OAuth2:
    url = provider.server.url
    return OAuth2("https://x.test/authorize?a=b", f"{url}/token", ("read", "write"), device_url=f"{url}/device", **more)  # type: ignore[arg-type]


def page_of(step: LoginStep) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(step.url).query).items()}


def test_when_the_login_ends_is_kept_as_long_as_the_same_token_renews() -> None:
    """LinkedIn says at each renewal what is left of the year; Google says it of a project that is tested."""
    known = Credentials("a", "r1", login_ends_at=NOW + DAY)
    assert renewal_in({}, known, NOW) == {}
    assert renewal_in({"refresh_token": "r1"}, known, NOW) == {}
    assert renewal_in({"refresh_token": "r2"}, known, NOW) == {"refresh_token": "r2", "login_ends_at": None}
    said = {"refresh_token": "r2", "refresh_token_expires_in": 86_400}
    assert renewal_in(said, known, NOW) == {"refresh_token": "r2", "login_ends_at": NOW + DAY}
    assert renewal_in({"refresh_token_expires_in": 3600}, known, NOW) == {"login_ends_at": NOW + HOUR}


async def test_the_address_of_a_page_that_could_not_open_is_a_login(provider: Provider, client: Client) -> None:
    flow = oauth(provider)
    step = flow.begin("app", "s3cret")
    page = page_of(step)
    assert (page["a"], page["client_id"], page["scope"], page["response_type"]) == ("b", "app", "read write", "code")
    assert "s3cret" not in step.url
    assert "s3cret" not in repr(step)
    provider.challenge = page["code_challenge"]
    found = await flow.finish(client, step, f" {page['redirect_uri']}?code=good&state={page['state']} \n")
    assert found == Credentials("t1", "r1", "app", "s3cret", NOW + 2 * HOUR, NOW)
    assert Credentials.parse(found.dump()) == found
    assert "t1" not in repr(found)


async def test_a_code_alone_is_one_too_and_basic_keeps_the_secret_out_of_the_form(
    provider: Provider, client: Client
) -> None:
    flow = oauth(provider, client="basic", pkce=False)
    found = await flow.finish(client, flow.begin("app", "s3cret"), "good")
    assert isinstance(found, Credentials)
    (asked,) = provider.asked
    assert asked["authorization"] == "Basic " + base64.b64encode(b"app:s3cret").decode()
    assert "client_secret" not in asked


async def test_a_wrong_code_says_so_in_words(provider: Provider, client: Client) -> None:
    flow = oauth(provider)
    with pytest.raises(AuthError, match="used up, ended or was taken back"):
        await flow.finish(client, flow.begin("app"), "bad")


@pytest.mark.parametrize(
    ("pasted", "error", "words"),
    [
        ("", UsageError, "no code in it"),
        ("http://127.0.0.1:8912/", UsageError, "no code in it"),
        ("http://127.0.0.1:8912/?code=good&state=other", UsageError, "another login"),
        ("http://127.0.0.1:8912/?code=good", UsageError, "another login"),
        ("http://127.0.0.1:8912/?error=access_denied&state=s", AuthError, "not allowed on the page"),
        ("http://127.0.0.1:8912/#error=x&error_description=%1b[31mno", AuthError, "refused the login"),
    ],
)
def test_what_is_pasted_wrongly_is_told(pasted: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as got:
        code_in(pasted, "s")
    assert "\x1b" not in str(got.value)


async def test_a_device_waits_longer_where_it_is_asked_to(provider: Provider, client: Client) -> None:
    flow = oauth(provider)
    step = await flow.begin_device(client, "app")
    assert (step.url, step.code, step.poll_ms) == ("https://x.test/d", "WDJB-MJHT", 7000)
    again = await flow.finish(client, step, "")
    assert again == step
    slower = await flow.finish(client, step, "")
    assert isinstance(slower, LoginStep)
    assert slower.poll_ms == 12_000
    found = await flow.finish(client, slower, "")
    assert isinstance(found, Credentials)
    assert found.access_token == "t-dev"


async def test_refreshing_takes_the_new_refresh_token_and_ends_in_words(provider: Provider, client: Client) -> None:
    flow = oauth(provider)
    old = Credentials("t1", "r1", "app", "s3cret", more={"page": "7"})
    new = await flow.refresh(client, old)
    assert new == Credentials("t2", "r2", "app", "s3cret", NOW + HOUR, NOW, {"page": "7"})
    with pytest.raises(AuthError, match=r"used \[31mup") as got:
        await flow.refresh(client, new)
    assert "r2" not in got.value.line()
    with pytest.raises(AuthError, match="nothing renews it"):
        await flow.refresh(client, Credentials("t2"))


async def test_an_answer_without_a_token_is_no_login(provider: Provider, client: Client) -> None:
    provider.server.handle = lambda asked: Reply({"hello": 1})
    flow = oauth(provider)
    with pytest.raises(Retryable, match="without a token"):
        await flow.finish(client, flow.begin("app"), "good")


@pytest.mark.parametrize(
    ("status", "said", "condemned"),
    [
        (200, {"error": "invalid_grant"}, True),
        (400, {"error": "invalid_grant"}, True),
        (400, {"message": "Bad Request", "error": 400}, True),  # Reddit, of a token that was taken back
        (401, {"message": "Unauthorized", "error": 401}, True),
        (400, None, False),  # a page of whatever stands before it
        (429, {"message": "Too Many Requests", "error": 429}, False),
        (500, {"message": "Internal Server Error", "error": 500}, False),
        (200, {"access_token": "t"}, False),
    ],
)
def test_a_refused_login_is_told_whatever_form_it_has(status: int, said: Any, condemned: bool) -> None:
    error = judge(Answer(status, {}, data=said, host="login.example"))
    assert isinstance(error, AuthError) is condemned
    assert error is None or ("login.example refused the login: " in error.message and error.message[-2:] != ": ")
