"""Logging in to Meta's networks: from a token, or by the pasted address of a page that cannot open, to what is kept.

A person's or a system user's token is exchanged for the Page's, which has no end where the other is long-lived (docs:
facebook-login/guides/access-tokens/get-long-lived; how long a token lasts, Meta says: debugging). Tokens of Threads and
of Instagram login last 60 days.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from cminbox.errors import AuthError, NotThere, Refused, Retryable, SourceError, UsageError
from cminbox.model import DAY, SECOND
from cminbox.sources.contract import LoginField, LoginStep
from cminbox.sources.credentials import Credentials
from cminbox.sources.json_values import dig, string, whole_number
from cminbox.sources.meta.graph import Graph, Item, Wanted, checked_id
from cminbox.sources.meta.judge import code_of, judge
from cminbox.sources.meta.renewal import renewed
from cminbox.sources.oauth import OAuth2
from cminbox.text import clean, one_line

REDIRECT = "https://localhost:8912/"
"""Nothing listens there; Meta takes no other scheme from an app that is published."""
LASTS = 60 * DAY
TOKEN = LoginField("token", "the token", secret=True)
PAGE = LoginField(
    "page", "the Page's name or id, where the token is for several (Enter for the only one)", required=False
)
APP_ID = LoginField(
    "client_id",
    "the app's id, where the token is a person's: with its secret it is made to last (Enter for none)",
    required=False,
)
APP_SECRET = LoginField(
    "client_secret", "the app's secret, where it requires proof, or for webhooks (Enter for none)", True, required=False
)
VERIFY_TOKEN = LoginField("verify_token", "a word of yours, for webhooks (Enter for none)", True, required=False)
TYPED = (TOKEN, APP_SECRET, VERIFY_TOKEN)
APP = (
    LoginField("client_id", "the app's id"),
    LoginField("client_secret", "the app's secret", secret=True),
    VERIFY_TOKEN,
)
MOST_PAGES = 20


def typed(fields: Mapping[str, str]) -> Credentials:
    """What was typed, as credentials."""
    verify = fields.get("verify_token", "")
    return Credentials(
        access_token=fields.get("token", ""),
        client_id=fields.get("client_id", ""),
        client_secret=fields.get("client_secret", ""),
        more={"verify_token": verify} if verify else {},
    )


def _asking_with(graph: Graph, known: Credentials) -> Graph:
    """The same API, asked with another token."""
    return replace(graph, account=replace(graph.account, secret=known.dump()))


async def of_60_days(graph: Graph, known: Credentials, grant: str) -> Credentials:
    """A pasted token renewed, so that its end is known; one that is younger than a day cannot be, and has its 60 days
    before it.

    Args:
        grant: as `renewed` takes it.
    """
    try:
        return await renewed(_asking_with(graph, known), grant)
    except SourceError:  # whether the token is good at all, the test that follows a login says
        return known.with_token(known.access_token, now=graph.client.clock(), lasts_ms=LASTS)


def begun(oauth: OAuth2, known: Credentials, **state: str) -> LoginStep:
    """The page to open; `state` and what else was typed are there again at the end."""
    step = oauth.begin(known.client_id, known.client_secret)
    return replace(step, state={**step.state, **known.more, **state})


async def finished(graph: Graph, oauth: OAuth2, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """The short-lived token for the address that was pasted, with what else was typed.

    Raises:
        SourceError: by what to do next.
    """
    short = await oauth.finish(graph.client, step, pasted)
    if not isinstance(short, Credentials):
        return short
    verify = step.state.get("verify_token", "")
    return replace(short, more={**short.more, **({"verify_token": verify} if verify else {})})


async def pasted_for_page(graph: Graph, fields: Mapping[str, str]) -> Credentials:
    """The Page's token for the one that was pasted, which is made to last first where the app is known.

    Raises:
        UsageError: it is not known which Page.
        SourceError: by what to do next.
    """
    known = typed(fields)
    if known.client_id and known.client_secret:
        with contextlib.suppress(Refused):  # it may be the Page's already
            known = await long_lived(graph, known)
    return await of_the_page(graph, known, fields.get("page", ""))


async def long_lived(graph: Graph, known: Credentials) -> Credentials:
    """A person's token that lasts 60 days for one that lasts an hour or two.

    Raises:
        SourceError: by what to do next.
    """
    params = {
        "grant_type": "fb_exchange_token",
        "client_id": known.client_id,
        "client_secret": known.client_secret,
        "fb_exchange_token": known.access_token,
    }
    return await exchanged(graph, known, graph.url("oauth", "access_token"), params)


async def exchanged(graph: Graph, known: Credentials, path: str, params: Mapping[str, str]) -> Credentials:
    """A long-lived token for a short one.

    Raises:
        SourceError: by what to do next.
    """
    answer = await graph.client.request("GET", path, params=params, judge=judge)
    said = answer.data if isinstance(answer.data, dict) else {}
    token = string(said.get("access_token"))
    if not token:
        raise Retryable(f"{answer.host} answered without a token")
    lasts = whole_number(said.get("expires_in"))
    return known.with_token(token, now=answer.at, lasts_ms=lasts * SECOND if lasts else None)


async def of_the_page(graph: Graph, known: Credentials, name: str) -> Credentials:
    """The Page's token for a person's or a system user's, with its end where it has one; the Page's own is kept.

    Args:
        name: of the Page, or its id; empty for the only one.

    Raises:
        UsageError: there are several, and none was named; or it is none of them.
        SourceError: by what to do next.
    """
    asking = _asking_with(graph, known)
    try:
        await asking.get("me", fields="id,category")
        return await _with_end(graph, known)
    except NotThere:
        raise
    except Refused as error:
        if code_of(error)[0] != 100:
            raise
    pages = await _pages(asking)
    if not pages:
        raise AuthError(
            "the token is for no Page", hint="the person needs a role on it, and has to choose it when the app asks"
        )
    wanted = name.strip().casefold()
    found = [
        page
        for page in pages
        if not wanted or wanted in (checked_id(page.get("id")), string(page.get("name")).strip().casefold())
    ]
    if len(found) != 1:
        names = ", ".join(f"{one_line(clean(string(page.get('name')), 80))} ({page.get('id')})" for page in pages)
        raise UsageError("which Page?" if not wanted else f"the token is for no Page {name!r}", f"it is for: {names}")
    token = string(found[0].get("access_token"))
    if not token:
        raise AuthError("Meta gives no token for this Page", hint="the person lacks a task on it, or a permission")
    return await _with_end(graph, replace(known, access_token=token))


async def _with_end(graph: Graph, known: Credentials) -> Credentials:
    """With the end that Meta says a Page's token has: one made of a person's that lasts an hour ends with it."""
    try:
        said = await _asking_with(graph, known).get("debug_token", input_token=known.access_token)
    except SourceError:
        said = {}
    ends = whole_number(dig(said, "data", "expires_at")) or 0
    now = graph.client.clock() if ends else None
    return replace(known, expires_at=ends * SECOND if ends else None, issued_at=now)


async def _pages(graph: Graph) -> list[Item]:
    wanted, found, at = Wanted(("id", "name", "access_token"), (), 100), list[Item](), ""
    for _ in range(MOST_PAGES):
        listed = await graph.listed("me", "accounts", wanted=wanted, at=at)
        found += [item for item in listed.items if checked_id(item.get("id"))]
        if not listed.next or listed.next == at:
            break
        at = listed.next
    return found
