"""Asking a Discourse forum: addresses, keys, and what an answer is worth.

Facts are those of docs.discourse.org, meta.discourse.org/t/user-api-keys-specification and Discourse's open source
(app/controllers/posts_controller.rb, reviewables_controller.rb).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cminbox.errors import AuthError, Denied, NotThere, Refused, Retryable, SourceError
from cminbox.sources.auth import Headers
from cminbox.sources.json_values import dig, identifier, string
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.contract import Account
    from cminbox.sources.http import Answer, Client

BASE_URL_HELP = "the forum's address, such as https://forum.example.org"
HOW_TO_LOG_IN = "an API key of the forum's administrators with a user's name, or a user API key of your own"
NO_FORUM = "does base_url name a Discourse forum?"


def base(account: Account) -> str:
    """The forum's address without a slash at its end.

    Raises:
        Refused: the source names none.
    """
    found = account.base_url.strip().rstrip("/")
    if not found:
        raise Refused(f"{account.source} has no base_url", hint=BASE_URL_HELP)
    return found if "://" in found else f"https://{found}"


def who(account: Account) -> Headers:
    """The headers that say who asks: an administrators' key with a user's name, or a user's own key.

    Raises:
        AuthError: there is none.
    """
    kept = account.credentials
    key, name = kept.more.get("api_key", ""), kept.more.get("username", "")
    own = kept.more.get("user_api_key", "")
    if not key and not own:
        name, colon, key = kept.access_token.partition(":")
        own = "" if colon else kept.access_token
    if own.strip():
        return Headers({"User-Api-Key": own.strip()})
    if not key.strip() or not name.strip():
        raise AuthError(f"{account.source} has no API key", hint=f"cminbox sources login {account.source}")
    return Headers({"Api-Key": key.strip(), "Api-Username": name.strip()})


async def ask(
    client: Client,
    account: Account,
    path: str,
    params: Sequence[tuple[str, str]] = (),
    *,
    method: str = "GET",
    body: Mapping[str, object] | None = None,
) -> Any:
    """What an address of the forum answers.

    Raises:
        Denied: the forum refuses this one thing; the account is well.
        Retryable: with `maybe_done` when something may have been changed.
        SourceError: by what to do next.
    """
    try:
        return await _ask(client, account, path, params, method=method, body=body)
    except AuthError as error:
        # A wrong key and a missing permission have the same code: only the account's own check tells them apart.
        if error.status != 403:
            raise
        await verify(client, account)
        denied = Denied(f"{error.message.replace(' the credentials', '')}", hint="the account may lack a permission")
        denied.answered(error)
        raise denied from None


async def _ask(
    client: Client,
    account: Account,
    path: str,
    params: Sequence[tuple[str, str]] = (),
    *,
    method: str = "GET",
    body: Mapping[str, object] | None = None,
) -> Any:
    answer = await client.request(
        method, f"{base(account)}{path}", params=params, json=body, auth=who(account), judge=judge
    )
    if method == "GET" and not isinstance(answer.data, dict):
        raise Retryable(f"{answer.host} answered with no object", hint=NO_FORUM)
    return answer.data


def judge(answer: Answer) -> SourceError | None:
    """What an answer means by the type that stands in it; whose 403 it is, `ask` finds out."""
    kind = string(dig(answer.data, "error_type"))
    if kind == "rate_limit" and answer.status >= 400:
        return answer.limited()
    if kind == "not_logged_in":
        return AuthError(f"{answer.host} wants a login ({answer.status})", hint="cminbox sources login NAME")
    if answer.status in (404, 410) and kind != "not_found":
        return Refused(f"{answer.host} answered {answer.status} without its API", hint=NO_FORUM)
    if answer.status == 422:
        return Refused(f"{answer.host} refused: {words(answer.data) or 'it says not why'}")
    return None


def words(said: object) -> str:
    """What a forum says went wrong, in its own language."""
    found = dig(said, "errors")
    texts = [string(each) for each in found] if isinstance(found, list) else [string(found)]
    return one_line(clean(" ".join(each for each in texts if each), 300))


def is_gone(error: SourceError) -> bool:
    """Whether the forum itself said that something is not there."""
    return isinstance(error, NotThere) and string(dig(error.said, "error_type")) == "not_found"


async def verify(client: Client, account: Account) -> Mapping[str, Any]:
    """The user whose key it is.

    Raises:
        AuthError: the forum refuses the key.
        SourceError: nobody can say.
    """
    try:
        data = await _ask(client, account, "/session/current.json")
    except NotThere:
        raise AuthError("the forum knows nobody by this key", hint=HOW_TO_LOG_IN) from None
    me = dig(data, "current_user")
    if not isinstance(me, dict) or not identifier(me.get("id")) or not string(me.get("username")):
        raise Retryable("the forum did not say who we are", hint=NO_FORUM)
    return me


def place(name: str) -> str:
    """A user's name as addresses have it."""
    return quote(name, safe="")
