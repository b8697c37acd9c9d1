"""Asking a WordPress site: addresses, the application password, and what an answer is worth.

Facts are those of developer.wordpress.org/rest-api (comments, users, authentication) and of a site that was run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, Denied, NotThere, Refused, Retryable, SourceError
from cminbox.model import SECOND
from cminbox.sources.auth import Basic
from cminbox.sources.bodies import complaint
from cminbox.sources.json_values import dig, identifier, string

if TYPE_CHECKING:
    from cminbox.sources.contract import Account
    from cminbox.sources.http import Answer, Client

BASE_URL_HELP = "the site's address, such as https://blog.example.org"
HOW_TO_LOG_IN = (
    "the name of a user who may moderate comments, and an application password of theirs, from Users → Profile → "
    "Application Passwords"
)
DROPPED = "is the password right? some web servers drop the Authorization header, and WordPress sees nobody"
NO_SITE = "does base_url name a WordPress site whose REST API is open?"
FLOOD = 15 * SECOND
"""What WordPress wants between two comments of somebody who may not moderate."""
_TAIL = re.compile(r"(?:/wp-json(?:/wp/v2)?|/index\.php)?/*(?:\?rest_route=.*)?\Z")


def base(account: Account) -> str:
    """The site's address without a slash at its end, and without what leads to its API.

    Raises:
        Refused: the source names none.
    """
    found = _TAIL.sub("", account.base_url.strip())
    if not found:
        raise Refused(f"{account.source} has no base_url", hint=BASE_URL_HELP)
    return found if "://" in found else f"https://{found}"


def who(account: Account) -> Basic:
    """The user and the application password; its spaces, which are there to be read, do not count.

    Raises:
        AuthError: there is none.
    """
    kept = account.credentials
    user = kept.more.get("user") or kept.more.get("username") or ""
    password = kept.more.get("password") or kept.more.get("app_password") or ""
    if not user:
        user, _, password = kept.access_token.partition(":")
    if not user.strip() or not password.strip():
        raise AuthError(
            f"{account.source} has no user and application password", hint=f"cminbox sources login {account.source}"
        )
    return Basic(user.strip(), "".join(password.split()))


async def ask(
    client: Client,
    account: Account,
    route: str,
    params: Sequence[tuple[str, str]] = (),
    *,
    method: str = "GET",
    body: Mapping[str, object] | None = None,
    tries: int | None = None,
) -> Answer:
    """What a route of the API answers.

    Every site answers under `?rest_route=`; the nicer `/wp-json/` is there on some alone.

    Raises:
        Retryable: with `maybe_done` when something may have been changed.
        SourceError: by what to do next.
    """
    asked = [("rest_route", f"/wp/v2/{route}"), *params]
    return await client.request(
        method, f"{base(account)}/", params=asked, json=body, auth=who(account), judge=judge, tries=tries
    )


def judge(answer: Answer) -> SourceError | None:
    """What an answer means by the code that stands in it; a page of the host's own says nothing of a comment."""
    code = string(dig(answer.data, "code")) if answer.status >= 400 else ""
    if not code:
        if answer.status in (403, 404, 410):
            return Refused(f"{answer.host} answered {answer.status} without its API", hint=NO_SITE)
        return None
    said = f"{answer.host} refused ({answer.status}, {code})"
    if answer.status == 401:
        hint = DROPPED if code in ("rest_not_logged_in", "rest_forbidden_context") else HOW_TO_LOG_IN
        return AuthError(f"{answer.host} refused the user or the application password ({code})", hint=hint)
    if code == "comment_flood":
        return answer.limited(answer.at + FLOOD)
    if answer.status == 403:
        return Denied(f"{said}{complaint({'error': dig(answer.data, 'message')})}")
    if code == "rest_no_route":
        return Refused(said, hint=NO_SITE)
    if answer.status in (404, 410):
        return NotThere(said)
    if answer.status == 501:
        return Refused(said)
    return None


def code_of(error: SourceError) -> str:
    """The code of an error in WordPress's own words; empty where it has none."""
    return string(dig(error.said, "code"))


async def verify(client: Client, account: Account) -> Mapping[str, Any]:
    """The user whose password this is; a wrong one reads what is public as nobody, so that only this tells.

    Raises:
        AuthError: the site refuses the password.
        SourceError: nobody can say.
    """
    me = (await ask(client, account, "users/me", [("context", "edit")])).data
    if not isinstance(me, dict) or not identifier(me.get("id")):
        raise Retryable("the site did not say who we are", hint=NO_SITE)
    return me


async def listed(
    client: Client, account: Account, params: Sequence[tuple[str, str]], *, moderates: bool = True
) -> tuple[list[dict[str, Any]], int]:
    """One page of comments, and how many pages there are; 0 where a proxy keeps that from us.

    Args:
        moderates: whether to ask for what only moderators see: text as it was typed, and what is held.

    Raises:
        Denied: the user may not moderate.
        SourceError: by what to do next.
    """
    asked = [("per_page", PAGE), *params, *([("context", "edit")] if moderates else [])]
    if moderates and not any(name == "status" for name, _ in params):
        asked.append(("status", "all"))
    answer = await ask(client, account, "comments", asked)
    if not isinstance(answer.data, list):
        raise Retryable(f"{answer.host} answered with no list", hint=NO_SITE)
    total = answer.headers.get("x-wp-totalpages", "")
    return [each for each in answer.data if isinstance(each, dict)], int(total) if total.isdecimal() else 0


def is_last(items: Sequence[object], number: int, total: int) -> bool:
    """Whether a page of `listed` is the last one."""
    return number >= total if total else len(items) < int(PAGE)


async def one(client: Client, account: Account, own: str) -> Mapping[str, Any]:
    """One comment, whatever its status.

    Raises:
        NotThere: it is gone in WordPress's own words.
        SourceError: by what to do next.
    """
    if not own.isdecimal():
        raise Refused(f"{own[:40]!r} is no comment's id")
    try:
        data = (await ask(client, account, f"comments/{own}", [("context", "edit")])).data
    except Denied:  # who may not moderate sees it as everybody does
        data = (await ask(client, account, f"comments/{own}")).data
    if not isinstance(data, dict) or identifier(data.get("id")) != own:
        raise Retryable("the site answered with another comment", hint=NO_SITE)
    return data


PAGE = "100"
