"""Asking a server of Mastodon's family: addresses, the token, and what an answer is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cminbox.errors import AuthError, NotThere, Refused, Retryable, SourceError
from cminbox.sources.json_values import dig, string

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cminbox.sources.contract import Account
    from cminbox.sources.http import Client

BASE_URL_HELP = "the server's address, such as https://mastodon.social"
_NO_SERVER = "does base_url name a Mastodon server?"


def token(account: Account) -> str:
    """The account's token.

    Raises:
        AuthError: there is none.
    """
    found = account.credentials.access_token
    if not found:
        raise AuthError(f"{account.source} has no access token", hint=f"cminbox sources login {account.source}")
    return found


def base(account: Account) -> str:
    """The server's address without a slash at its end.

    Raises:
        Refused: the source names none.
    """
    found = account.base_url.strip().rstrip("/")
    if not found:
        raise Refused(f"{account.source} has no base_url", hint=BASE_URL_HELP)
    return found if "://" in found else f"https://{found}"


def address(account: Account, *parts: str) -> str:
    """An address of version 1 of the API; ids are quoted, for they may hold anything."""
    return "/".join((base(account), "api/v1", *(quote(part, safe="", errors="replace") for part in parts)))


async def verify(client: Client, account: Account) -> Mapping[str, Any]:
    """Our own account, as the server knows it: what alone can condemn a token.

    Raises:
        AuthError: the server itself refuses the token.
        SourceError: nobody can say: it is away, or something else answers in its place.
    """
    try:
        answer = await client.get_json(address(account, "accounts", "verify_credentials"), bearer=token(account))
    except NotThere as error:
        raise Refused(error.message, hint=_NO_SERVER) from None
    except AuthError as error:
        if error.web_page:
            raise Retryable(f"{error.message}, with a web page", hint="a proxy may stand before the server") from None
        raise
    except Refused as error:
        if error.status in (400, 422):  # snac answers 422 to a token that it does not know
            raise AuthError(error.message, hint=f"cminbox sources login {account.source}") from None
        raise
    me = answer.data
    if not isinstance(me, dict):
        raise Retryable("the server did not say who we are", hint=_NO_SERVER)
    return me


async def limits(client: Client, account: Account) -> dict[str, int]:
    """The server's own limits (`/api/v2/instance`, or v1 where that says none); empty where it tells nothing.

    Pleroma, Akkoma and glitch-soc say `max_toot_chars`.
    """
    for version in ("v2", "v1"):
        try:
            instance = await client.get_json(f"{base(account)}/api/{version}/instance", bearer=token(account), tries=2)
        except SourceError:
            continue
        statuses = dig(instance.data, "configuration", "statuses")
        said = {
            "characters": _limit(dig(statuses, "max_characters")) or _limit(dig(instance.data, "max_toot_chars")),
            "url": _limit(dig(statuses, "characters_reserved_per_url")),
        }
        if said["characters"]:
            plain = {"url": 0} if _counts_plainly(instance.data) else {}
            return {name: value for name, value in said.items() if value} | plain
    return {}


async def software(client: Client, account: Account) -> str:
    """What the server calls itself, such as `3.5.3 (compatible; pixelfed 0.12.5)`; empty where it does not say."""
    try:
        instance = await client.get_json(f"{base(account)}/api/v1/instance", bearer=token(account), tries=2)
    except SourceError:
        return ""
    return string(dig(instance.data, "version")).lower()


def _counts_plainly(instance: object) -> bool:
    """Whether links and mentions count like any text there, as on Pleroma and Akkoma."""
    software = string(dig(instance, "version")).lower()
    return "pleroma" in software or "akkoma" in software or isinstance(dig(instance, "pleroma"), dict)


def in_its_own_words(error: SourceError) -> bool:
    """Whether the API itself answered so, in the form that it has for errors; not a proxy, nor a route that is away.

    snac answers every error with a web page, and says in a header of each answer that it was snac.
    """
    if isinstance(error.said, dict):
        return bool(string(error.said.get("error")))
    return error.headers.get("x-creator", "").startswith("snac/")


def _limit(value: object) -> int | None:
    """A limit as a number, also where it is written as text or with a point."""
    try:
        number = int(float(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0
    except (ValueError, OverflowError):
        return None
    return number if 0 < number <= 1_000_000 else None
