"""Logging in to Meta's networks: from a token, or by the pasted address of a page that cannot open, to what is kept.

A person's or a system user's token is exchanged for the Page's, which has no end where the other is long-lived (docs:
facebook-login/guides/access-tokens/get-long-lived). Tokens of Threads and of Instagram login last 60 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cminbox.errors import AuthError, NotThere, Refused, Retryable, UsageError
from cminbox.model import DAY, SECOND
from cminbox.sources.contract import LoginField
from cminbox.sources.credentials import Credentials
from cminbox.sources.json_values import string, whole_number
from cminbox.sources.meta.graph import Graph, Item, Wanted, checked_id
from cminbox.sources.meta.judge import code_of, judge
from cminbox.text import clean, one_line

REDIRECT = "https://localhost:8912/"
"""Nothing listens there; Meta takes no other scheme from an app that is published."""
LASTS = 60 * DAY
TOKEN = LoginField("token", "the token", secret=True)
PAGE = LoginField(
    "page", "the Page's name or id, where the token is for several (Enter for the only one)", required=False
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


def lasting(graph: Graph, known: Credentials) -> Credentials:
    """With the 60 days that a token lasts that was made just now; where it is older, it is renewed in time all the
    same, at half of them."""
    return known.with_token(known.access_token, now=graph.client.clock(), lasts_ms=LASTS)


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
    """The Page's token for a person's or a system user's; the Page's own is kept.

    Args:
        name: of the Page, or its id; empty for the only one.

    Raises:
        UsageError: there are several, and none was named; or it is none of them.
        SourceError: by what to do next.
    """
    asking = replace(graph, account=replace(graph.account, secret=known.dump()))
    try:
        await asking.get("me", fields="id,category")
        return replace(known, expires_at=None, issued_at=None)
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
    return replace(known, access_token=token, expires_at=None, issued_at=None)


async def _pages(graph: Graph) -> list[Item]:
    wanted, found, at = Wanted(("id", "name", "access_token"), (), 100), list[Item](), ""
    for _ in range(MOST_PAGES):
        listed = await graph.listed("me", "accounts", wanted=wanted, at=at)
        found += [item for item in listed.items if checked_id(item.get("id"))]
        if not listed.next or listed.next == at:
            break
        at = listed.next
    return found
