"""Logging in as the publishers document it: codes, long-lived tokens, how long they last, what renews them.

Stand-ins written from the documentation without a look at the adapters: docs/facebook-login/guides/access-tokens
(get-long-lived, debugging), docs/threads/get-started/long-lived-tokens, docs/instagram-platform/reference/
refresh_access_token; learn.microsoft.com/linkedin/shared/authentication; business-api.tiktok.com/portal/docs (tt_user).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from loopback import Asked, Loopback, Reply
from masto_world import START

from cminbox.errors import AuthError, CminboxError
from cminbox.model import DAY, HOUR, SECOND
from cminbox.sources import registry
from cminbox.sources.contract import Account, LoginStep
from cminbox.sources.credentials import Credentials
from cminbox.sources.http import Client
from cminbox.sources.networks import facebook, instagram, linkedin, threads, tiktok

APP, SECRET = "app-7", "app-s3cret"


def meta_error(code: int, message: str = "said in some language") -> Reply:
    return Reply({"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}}, 400)


@dataclass
class Meta:
    """Meta: `ends` has each token's end in seconds since the epoch, 0 for none; a Page's ends with a person's."""

    ends: dict[str, int] = field(default_factory=dict)
    born: dict[str, int] = field(default_factory=dict)

    def handle(self, asked: Asked) -> Reply:
        query = {name: values[0] for name, values in asked.query.items()}
        token = asked.headers.get("authorization", "").removeprefix("Bearer ") or query.get("access_token", "")
        place = asked.path.strip("/").split("/")
        place = place[1:] if place[0].startswith("v") else place
        match place:
            case ["oauth", "access_token"]:
                wanted = ("fb_exchange_token", APP, SECRET)
                if (query.get("grant_type"), query.get("client_id"), query.get("client_secret")) != wanted:
                    return meta_error(101)
                return self._made("long", START + 60 * DAY)
            case ["refresh_access_token"]:
                if START - self.born.get(token, START) < DAY:
                    return meta_error(100)
                return self._made("renewed", START + 60 * DAY)
            case _ if token not in self.ends or 0 < self.ends[token] * SECOND <= START:
                return meta_error(190)
            case ["debug_token"]:
                inspected = query["input_token"]
                return Reply({"data": {"type": "PAGE", "is_valid": True, "expires_at": self.ends[inspected]}})
            case ["me"] if token.startswith("page of "):
                return Reply({"id": "9000", "category": "Shop"})
            case ["me"]:
                return meta_error(100, "(#100) Tried accessing nonexisting field (category) on node type (User)")
            case ["me", "accounts"]:
                page = f"page of {token}"
                self.ends[page] = 0 if token == "long" else self.ends[token]
                return Reply({"data": [{"id": "9000", "name": "Brand", "access_token": page}]})
        return meta_error(100)

    def _made(self, token: str, ends: int) -> Reply:
        self.ends[token] = ends // SECOND
        return Reply({"access_token": token, "token_type": "bearer", "expires_in": (ends - START) // SECOND})


async def pasted(adapter: Any, handle: Callable[[Asked], Reply], token: str, **fields: str) -> Credentials:
    options = {"login": "instagram"} if adapter is instagram and "page" not in fields else {}
    with Loopback(handle) as server:
        account = Account("s", adapter.INFO.network, server.url, options=options)
        way = next(one for one in adapter.INFO.logins if one.way == "fields")
        async with Client(clock=lambda: START, tries=1) as client:
            kept = await adapter.begin_login(client, account, way, {"token": token, **fields})
    assert isinstance(kept, Credentials)
    return kept


@pytest.mark.parametrize("adapter", [facebook, instagram])
async def test_a_page_token_of_a_short_lived_one_is_known_to_end_with_it(adapter: Any) -> None:
    meta = Meta({"explorer": (START + HOUR) // SECOND})
    kept = await pasted(adapter, meta.handle, "explorer", page="")
    assert (kept.access_token, kept.expires_at) == ("page of explorer", START + HOUR)
    assert not registry.renews(adapter, Account("s", adapter.INFO.network, secret=kept.dump()))


@pytest.mark.parametrize("adapter", [facebook, instagram])
async def test_with_the_apps_secret_it_is_made_to_last_first(adapter: Any) -> None:
    meta = Meta({"explorer": (START + HOUR) // SECOND})
    kept = await pasted(adapter, meta.handle, "explorer", client_id=APP, client_secret=SECRET, page="")
    assert (kept.access_token, kept.expires_at, kept.client_secret) == ("page of long", None, SECRET)


@pytest.mark.parametrize("adapter", [threads, instagram])
@pytest.mark.parametrize(("age", "token"), [(40 * DAY, "renewed"), (HOUR, "pasted")])
async def test_a_pasted_token_is_renewed_where_it_can_be_so_that_its_end_is_known(
    adapter: Any, age: int, token: str
) -> None:
    meta = Meta({"pasted": (START - age + 60 * DAY) // SECOND}, {"pasted": START - age})
    kept = await pasted(adapter, meta.handle, "pasted")
    assert (kept.access_token, kept.expires_at) == (token, START + 60 * DAY)
    account = Account("s", adapter.INFO.network, options={"login": "instagram"}, secret=kept.dump())
    assert registry.renews(adapter, account)
    assert kept.half_over(START + 30 * DAY)
    assert not kept.half_over(START + 30 * DAY - 1)


async def finished(adapter: Any, handle: Callable[[Asked], Reply], fields: dict[str, str], behind: str = "") -> Any:
    with Loopback(handle) as server:
        account = Account("s", adapter.INFO.network, server.url)
        way = next(one for one in adapter.INFO.logins if one.way == "address")
        async with Client(clock=lambda: START, tries=1) as client:
            step = await adapter.begin_login(client, account, way, fields)
            assert isinstance(step, LoginStep)
            state = parse_qs(urlsplit(step.url).query)["state"][0]
            pasted = behind or f"http://127.0.0.1:8912/?code=c0de&state={state}"
            return await adapter.finish_login(client, account, step, pasted)


@pytest.mark.parametrize("renewable", [True, False])
async def test_linkedin_says_renewed_only_where_something_renews_it(renewable: bool) -> None:
    def handle(asked: Asked) -> Reply:
        form = dict(parse_qsl(asked.body.decode()))
        assert (form["grant_type"], form["code"], form["client_secret"]) == ("authorization_code", "c0de", SECRET)
        said: dict[str, Any] = {"access_token": "t", "expires_in": 5_184_000, "scope": "r_organization_social_feed"}
        more = {"refresh_token": "r", "refresh_token_expires_in": 31_536_000} if renewable else {}
        return Reply({**said, **more})

    kept = await finished(linkedin, handle, {"client_id": APP, "client_secret": SECRET})
    assert kept.expires_at == START + 60 * DAY
    assert registry.renews(linkedin, Account("s", "linkedin", secret=kept.dump())) is renewable
    assert kept.login_ends_at == (START + 365 * DAY if renewable else None)


async def test_tiktoks_refresh_token_is_new_each_time_and_its_errors_are_in_a_200() -> None:
    good = {"refresh-1": "refresh-2", "refresh-2": "refresh-3"}

    def handle(asked: Asked) -> Reply:
        body = json.loads(asked.body)
        wanted = {"authorization_code": body.get("auth_code") == "c0de", "refresh_token": False}
        fresh = good.pop(body.get("refresh_token", ""), "")
        if (body["client_id"], body["client_secret"]) != (APP, SECRET) or not (wanted[body["grant_type"]] or fresh):
            return Reply({"code": 40002, "message": f"invalid {body}", "request_id": "q", "data": {}})
        data = {"access_token": f"a-{fresh}", "token_type": "Bearer", "scope": "comment.list", "expires_in": 86400}
        data |= {"refresh_token": fresh or "refresh-1", "refresh_token_expires_in": 31_536_000, "open_id": "brand"}
        return Reply({"code": 0, "message": "OK", "request_id": "q", "data": data})

    kept = await finished(tiktok, handle, {"client_id": APP, "client_secret": SECRET})
    assert (kept.refresh_token, kept.more, kept.expires_at) == ("refresh-1", {"open_id": "brand"}, START + DAY)
    with Loopback(handle) as server:
        async with Client(clock=lambda: START, tries=1) as client:
            for refresh_token in ("refresh-2", "refresh-3"):
                account = Account("s", "tiktok", server.url, secret=kept.dump())
                kept = await tiktok.refresh(client, account)
                assert (kept.refresh_token, kept.login_ends_at) == (refresh_token, START + 365 * DAY)
            with pytest.raises(AuthError) as ended:
                await tiktok.refresh(client, replace(account, secret=replace(kept, refresh_token="refresh-1").dump()))
    assert SECRET not in ended.value.line()
    assert "refresh-1" not in ended.value.line()


@pytest.mark.parametrize("behind", ["c0de#_", "c0de#_=_", "c0de"])
async def test_what_meta_puts_behind_a_code_is_no_part_of_it(behind: str) -> None:
    def handle(asked: Asked) -> Reply:
        if asked.method == "POST":
            assert dict(parse_qsl(asked.body.decode()))["code"] == "c0de"
            return Reply({"access_token": "short", "user_id": 7})
        return Reply({"access_token": "long", "token_type": "bearer", "expires_in": 5_183_944})

    kept = await finished(threads, handle, {"client_id": APP, "client_secret": SECRET}, behind)
    assert kept.access_token == "long"


PARTS = {"client_id": APP, "client_secret": SECRET, "token": "t0ken-typed", "access_token": "t0ken-typed"}
PARTS |= {"consumer_key": "c0nsumer", "consumer_secret": "c0nsumer-s3cret", "token_secret": "t0ken-s3cret"}
PARTS |= {"handle": "brand.test", "password": "passw0rd-long", "user": "brand", "api_key": "ap1-key-long"}
HIDDEN = (SECRET, "t0ken-typed", "c0nsumer-s3cret", "t0ken-s3cret", "passw0rd-long", "ap1-key-long", "c0de-long-enough")
FLOWS = sorted(network for network in registry.networks() if hasattr(registry.load(network), "begin_login"))


@pytest.mark.parametrize("network", FLOWS)
@pytest.mark.parametrize("shape", ["meta", "oauth", "code", "text"])
async def test_no_login_and_no_renewal_says_a_secret_though_the_network_repeats_it(network: str, shape: str) -> None:
    def handle(asked: Asked) -> Reply:
        words = f"{asked.query} {asked.body.decode()} {asked.headers}"
        said: Any = {
            "meta": {"error": {"message": words, "code": 100}},
            "oauth": {"error": "invalid_grant", "error_description": words},
            "code": {"code": 40002, "message": words},
            "text": words.encode(),
        }[shape]
        return Reply(said, 200 if shape == "code" else 400)

    adapter: Any = registry.load(network)
    lines = list[str]()
    with Loopback(handle) as server:
        account = Account("s", network, server.url)
        secret = {"refresh_token": "c0de-long-enough", **PARTS}
        async with Client(clock=lambda: START, tries=1) as client:
            for login in adapter.INFO.logins:
                try:
                    step = await adapter.begin_login(client, account, login, PARTS)
                    if isinstance(step, LoginStep):
                        await adapter.finish_login(client, account, step, "c0de-long-enough")
                except CminboxError as error:
                    lines.append(error.line())
            if hasattr(adapter, "refresh"):
                try:
                    await adapter.refresh(client, replace(account, secret=json.dumps(secret)))
                except CminboxError as error:
                    lines.append(error.line())
    assert lines
    assert not [(line, word) for line in lines for word in HIDDEN if word in line]
