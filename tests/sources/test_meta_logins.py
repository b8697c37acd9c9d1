"""Logging in to Facebook, Instagram and Threads: what is pasted, what Meta is asked for, what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from facebook_world import error
from loopback import Asked, Loopback, Reply
from masto_world import START

from cminbox.errors import AuthError, Refused, UsageError
from cminbox.model import DAY
from cminbox.sources.contract import Account, LoginStep
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Client
from cminbox.sources.networks import facebook, instagram, threads

PAGES = [
    {"id": "1", "name": "Tea Shop", "access_token": "page-one"},
    {"id": "2", "name": "Coffee Shop", "access_token": "page-two"},
]


def meta(pages: list[dict[str, str]]) -> Callable[[Asked], Reply]:
    """Meta, with a person's tokens `short` and `long`, and Pages."""

    def handle(asked: Asked) -> Reply:
        form = dict(parse_qsl(asked.body.decode()))
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        path = asked.path.rsplit("/", 2)
        if asked.path.endswith("/oauth/access_token"):
            if asked.method == "POST":
                good = form.get("code") == "the-code" and form.get("redirect_uri") == "https://localhost:8912/"
                return Reply(
                    {"access_token": "short", "user_id": 1} if good else {"error": "invalid_grant"},
                    200 if good else 400,
                )
            wanted = (asked.one("grant_type"), asked.one("fb_exchange_token"), asked.one("client_secret"))
            good = wanted == ("fb_exchange_token", "short", "app-secret")
            return Reply({"access_token": "long", "expires_in": 5183944}) if good else error(1)
        if asked.path == "/access_token":
            good = (asked.one("grant_type"), asked.one("access_token")) == ("th_exchange_token", "short")
            return Reply({"access_token": "long", "token_type": "bearer", "expires_in": 5183944}) if good else error(1)
        if token.startswith("page-"):
            return Reply({"id": "1", "category": "Shop"})
        if path[-1] == "me" and token in ("long", "short"):
            return error(100, message="(#100) Tried accessing nonexisting field (category) on node type (User)")
        if path[-1] == "accounts":
            return Reply({"data": pages})
        return error(190)

    return handle


@contextmanager
def source(network: str, pages: list[dict[str, str]], **options: object) -> Iterator[Account]:
    with Loopback(meta(pages)) as server:
        yield Account("s", network, server.url, options=options)


def login(adapter: Any, way: str) -> Any:
    return next(one for one in adapter.INFO.logins if one.way == way)


async def begin(adapter: Any, account: Account, way: str, **fields: str) -> Any:
    async with Client(clock=lambda: START, tries=1) as client:
        return await adapter.begin_login(client, account, login(adapter, way), fields)


@pytest.mark.parametrize("adapter", [facebook, instagram])
async def test_a_persons_token_becomes_the_pages(adapter: Any) -> None:
    name = adapter.INFO.network
    with source(name, PAGES[:1]) as account:
        kept = await begin(adapter, account, "fields", token="long", client_secret="app", verify_token="w")
        assert kept == Credentials("page-one", client_secret="app", more={"verify_token": "w"})
        assert (await begin(adapter, account, "fields", token="page-one")).access_token == "page-one"
        with pytest.raises(AuthError):
            await begin(adapter, account, "fields", token="wrong")
    with source(name, PAGES) as account:
        for wanted in ("2", "coffee shop"):
            assert (await begin(adapter, account, "fields", token="long", page=wanted)).access_token == "page-two"
        with pytest.raises(UsageError) as got:
            await begin(adapter, account, "fields", token="long")
        assert "Tea Shop (1), Coffee Shop (2)" in got.value.line()
        with pytest.raises(UsageError, match="no Page 'Milk'"):
            await begin(adapter, account, "fields", token="long", page="Milk")
    with source(name, []) as account, pytest.raises(AuthError, match="no Page"):
        await begin(adapter, account, "fields", token="long")


async def test_tokens_that_end_are_known_to_end() -> None:
    with source("threads", []) as account:
        kept = await begin(threads, account, "fields", token="long")
        assert (kept.access_token, kept.expires_at) == ("long", START + 60 * DAY)
        assert kept.half_over(START + 31 * DAY)
    with source("instagram", [], login="instagram") as account:
        assert (await begin(instagram, account, "fields", token="long")).expires_at == START + 60 * DAY


@pytest.mark.parametrize(("adapter", "token"), [(facebook, "page-two"), (threads, "long")])
async def test_the_address_of_a_page_that_cannot_open(adapter: Any, token: str) -> None:
    with source(adapter.INFO.network, PAGES) as account:
        fields = {"client_id": "77", "client_secret": "app-secret", "verify_token": "w", "page": "2"}
        step = await begin(adapter, account, "address", **fields)
        assert isinstance(step, LoginStep)
        asked = parse_qs(urlsplit(step.url).query)
        assert asked["client_id"] == ["77"]
        assert asked["redirect_uri"] == ["https://localhost:8912/"]
        assert "app-secret" not in step.url
        pasted = f"https://localhost:8912/?code=the-code&state={asked['state'][0]}#_"
        async with Client(clock=lambda: START, tries=1) as client:
            kept = await adapter.finish_login(client, account, step, pasted)
            assert kept.access_token == token
            assert (kept.client_secret, kept.more) == ("app-secret", {"verify_token": "w"})
            with pytest.raises(UsageError):
                await adapter.finish_login(client, account, step, "https://localhost:8912/?error_code=1")
            with pytest.raises((AuthError, Refused)):
                await adapter.finish_login(client, account, step, pasted.replace("the-code", "old"))
            ended = replace(step, state={**step.state, "state": "another"})
            with pytest.raises(UsageError):
                await adapter.finish_login(client, account, ended, pasted)


def test_every_permission_that_is_asked_for_is_said() -> None:
    for adapter in (facebook, threads):
        said = f"{adapter.INFO.secret}"
        assert [scope for scope in adapter.SCOPES if scope not in said and scope != "business_management"] == []
