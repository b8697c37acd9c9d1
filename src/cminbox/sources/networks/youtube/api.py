"""Asking YouTube: addresses, the login with Google, units, and what an answer is worth.

Facts are those of developers.google.com/youtube/v3 (commentThreads, comments, errors, determine_quota_cost) and
developers.google.com/identity/protocols/oauth2 (native-app).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.sources.auth import Bearer
from cminbox.sources.bodies import complaint
from cminbox.sources.json_values import dig, string, whole_number
from cminbox.sources.ledger import Allowance, period_end
from cminbox.sources.newest_first import Listed
from cminbox.sources.oauth import OAuth2

if TYPE_CHECKING:
    from cminbox.sources.contract import Account
    from cminbox.sources.http import Answer, Client

HOST = "https://www.googleapis.com"
BASE_URL_HELP = "the API's address, only to test against another server"
HOW_TO_LOG_IN = (
    "a client of type “Desktop app” of a Google Cloud project of yours, in which the YouTube Data API v3 is enabled; "
    "`cminbox sources login NAME` asks for its id and secret"
)
LOG_IN_AGAIN = "cminbox sources login NAME, and leave every box of the page ticked"
PACIFIC = "America/Los_Angeles"
UNITS = Allowance("units", 10_000, period="day", zone=PACIFIC, reserve=2_000, option="units", shared=True)
"""What a Google Cloud project may use in a day; what is kept for people is enough for forty replies and acts."""
READ, WRITE = 1, 50
"""What a call costs."""
PAGE = "100"
MOST_IDS = 50
"""Ids that one call may ask for."""

Item = Mapping[str, Any]
Params = Sequence[tuple[str, str]]

_DAILY = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_SOON = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"})
_GONE = frozenset({"commentNotFound", "parentCommentNotFound", "commentThreadNotFound", "videoNotFound"})
_CLOSED = frozenset({"authenticatedUserAccountClosed", "authenticatedUserAccountSuspended"})
_SCOPE = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientAuthorizedScopes"})
_SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_FAILED = frozenset({"processingFailure", "backendError", "SERVICE_UNAVAILABLE", "internalError"})


def base(account: Account) -> str:
    """The API's address without a slash at its end."""
    return re.sub(r"(?:/youtube/v3)?/*\Z", "", account.base_url.strip()) or HOST


def login(account: Account) -> OAuth2:
    """Google's login, or that of the server that stands in for it."""
    there = base(account)
    real = there == HOST
    return OAuth2(
        "https://accounts.google.com/o/oauth2/v2/auth" if real else f"{there}/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token" if real else f"{there}/token",
        ("https://www.googleapis.com/auth/youtube.force-ssl",),
        # Without `consent` somebody who agreed before is given no refresh token.
        more={"access_type": "offline", "prompt": "consent"},
    )


def judge(answer: Answer) -> SourceError | None:
    """What an answer means by the reason that stands in it."""
    status = answer.status
    if status < 400:
        if not isinstance(dig(answer.data, "error"), dict):
            return None
        status = whole_number(dig(answer.data, "error", "code")) or status
    reason = reason_of(answer.data)
    if not reason:
        if status in (403, 404, 410):
            return Refused(f"{answer.host} answered {status} without its API", hint="does base_url name YouTube's API?")
        return None
    said = f"{answer.host} refused ({status}, {reason}){complaint(answer.data)}"
    if status == 401 or reason in _CLOSED:
        return AuthError(said, hint=LOG_IN_AGAIN)
    if reason in _DAILY:
        return answer.limited(period_end(answer.at, "day", PACIFIC))
    if reason in _SOON or status == 429:
        return answer.limited()
    if reason in _SCOPE:
        return Denied(f"{answer.host}: the login does not allow that ({reason})", hint=LOG_IN_AGAIN)
    if reason in _SWITCHED_OFF:
        return Denied(said, hint="enable the YouTube Data API v3 in your Google Cloud project")
    if status == 403:
        return Denied(said)
    if reason in _GONE:
        return NotThere(said)
    if status in (404, 410):
        return Refused(said)
    if reason in _FAILED or status >= 500 or status < 400:
        return Retryable(f"{answer.host} could not do it ({status}, {reason})", maybe_done=answer.changes)
    return Refused(said)


def reason_of(data: object) -> str:
    """The reason that an error gives; empty where there is none."""
    for name in ("errors", "details"):
        found = dig(data, "error", name)
        for each in found if isinstance(found, list) else ():
            if reason := string(dig(each, "reason")):
                return reason[:60]
    return string(dig(data, "error", "status"))[:60]


async def ask(
    client: Client,
    account: Account,
    method: str,
    path: str,
    params: Params,
    *,
    body: object = None,
    for_people: bool = False,
) -> Answer:
    """What the API answers; its units are noted before.

    Args:
        for_people: it is for a reply or an act, which may use what is kept for them.

    Raises:
        RateLimited: the day's units are used up.
        Retryable: with `maybe_done` when something may have been changed.
        SourceError: by what to do next.
    """
    if not account.credentials.access_token:
        raise AuthError(f"{account.source} has no token", hint=f"cminbox sources login {account.source}")
    there = base(account)
    await account.ledger.spend(UNITS, READ if method == "GET" else WRITE, for_people=for_people)
    try:
        return await client.request(
            method,
            f"{there}/youtube/v3/{path}",
            params=params,
            json=body,
            auth=Bearer(account.credentials.access_token),
            judge=judge,
        )
    except RateLimited as error:
        if reason_of(error.said) in _DAILY:
            await account.ledger.exhausted(UNITS, error.until)
        raise


async def listed(
    client: Client, account: Account, path: str, params: Params, *, for_people: bool = False
) -> Listed[Item]:
    """One page of a list.

    Raises:
        SourceError: by what to do next.
    """
    answer = await ask(client, account, "GET", path, params, for_people=for_people)
    items = dig(answer.data, "items")
    if not isinstance(answer.data, dict) or not isinstance(items, list | None):
        raise Retryable(f"{answer.host} answered with no list", hint="does base_url name YouTube's API?")
    shown = [each if isinstance(each, dict) else {"kind": "unknown", "is": each} for each in items or ()]
    return Listed(shown, string(answer.data.get("nextPageToken")))


async def comments(
    client: Client, account: Account, ids: Sequence[str], *, for_people: bool = False
) -> dict[str, Item]:
    """Single comments by their ids; what is not there is left out.

    Raises:
        SourceError: by what to do next.
    """
    params = [("part", "snippet"), ("id", ",".join(ids)), ("textFormat", "plainText")]
    try:
        found = await listed(client, account, "comments", params, for_people=for_people)
    except NotThere:
        return {}
    return {string(item.get("id")): item for item in found.items if item.get("id") in ids}


async def replies(
    client: Client, account: Account, top: str, at: str = "", *, for_people: bool = False
) -> Listed[Item]:
    """One page of what stands below a comment.

    Raises:
        SourceError: by what to do next.
    """
    params = [("part", "snippet"), ("parentId", top), ("maxResults", PAGE), ("textFormat", "plainText")]
    return await listed(
        client, account, "comments", [*params, *([("pageToken", at)] if at else [])], for_people=for_people
    )


async def threads(
    client: Client,
    account: Account,
    of: tuple[str, str],
    status: str = "",
    at: str = "",
    *,
    for_people: bool = False,
) -> Listed[Item]:
    """One page of comments with some of their replies, newest comment first.

    Args:
        of: whose: `("allThreadsRelatedToChannelId", channel)` or `("videoId", video)`.
        status: `heldForReview` or `likelySpam`; what everybody sees where it is empty.

    Raises:
        SourceError: by what to do next.
    """
    params = [
        ("part", "snippet,replies"),
        of,
        ("order", "time"),
        ("maxResults", PAGE),
        ("textFormat", "plainText"),
        *([("moderationStatus", status)] if status else []),
        *([("pageToken", at)] if at else []),
    ]
    return await listed(client, account, "commentThreads", params, for_people=for_people)


async def me(client: Client, account: Account) -> Item:
    """The channel whose token this is.

    Raises:
        AuthError: the login has no channel.
        SourceError: by what to do next.
    """
    # Nothing is sent before it is known who sends it: so it may use what is kept for people.
    params = [("part", "snippet"), ("mine", "true")]
    found = await listed(client, account, "channels", params, for_people=True)
    if not found.items:
        raise AuthError("this Google account has no YouTube channel", hint=f"{LOG_IN_AGAIN}; choose the channel there")
    if not string(found.items[0].get("id")):
        raise Retryable("YouTube did not say who we are", hint="does base_url name YouTube's API?")
    return found.items[0]
