"""Asking Bluesky: addresses, the session, and what an answer is worth.

Facts are those of atproto.com/specs/xrpc, of the lexicons (com.atproto.server, com.atproto.repo), and of a server that
was run.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, Denied, NotThere, Refused, Retryable, SourceError
from cminbox.model import HOUR, SECOND, Instant
from cminbox.sources.auth import NO_AUTH, Auth, Bearer
from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.credentials import Credentials
from cminbox.sources.json_values import dig, string, web_address
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.contract import Account
    from cminbox.sources.http import Answer, Client, JudgeAnswer

HOST = "https://bsky.social"
BASE_URL_HELP = "your data server where it is not Bluesky's own, such as https://pds.example.org"
HOW_TO_LOG_IN = (
    "an app password, from Settings → Privacy and security → App passwords; "
    "tick the box for direct messages if they are to be read"
)

POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"
REPOST = "app.bsky.feed.repost"
BLOCK = "app.bsky.graph.block"
PROFILE = "app.bsky.actor.profile"
THREADGATE = "app.bsky.feed.threadgate"

_AT = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,250})/([A-Za-z][A-Za-z0-9.-]{2,300})/([A-Za-z0-9._:~-]{1,512})")
_DEAD = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired", "AuthFactorTokenRequired"})
"""What a server says of a session that is no more good, with 400, 401 or 403."""
_AWAY = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended", "AccountNotFound"})
"""What it says of an account that is no more good: with 401 or 403 of ours, with 400 of whoever was asked about."""
_ABSENT = frozenset({"NotFound", "RecordNotFound"})
_CLASH = frozenset({"InvalidSwap", "ConcurrentWrites"})
"""Somebody else changed it meanwhile: nothing was done."""
_SECRET = re.compile(r"\beyJ[\w-]+\.[\w.-]+|\b[a-z0-9]{4}(?:-[a-z0-9]{4}){3}\b")
"""What looks like a token or an app password, where a server repeats what it was sent."""
_PRIVILEGED = frozenset({"com.atproto.access", "com.atproto.appPassPrivileged"})
_LASTS = 2 * HOUR


def split(uri: str) -> tuple[str, str, str] | None:
    """Owner, collection and key of a record's address; None where it is none."""
    found = _AT.fullmatch(uri)
    return None if found is None else (found[1], found[2], found[3])


def owner(uri: str) -> str:
    """Whose record it is; empty where it is no address."""
    parts = split(uri)
    return parts[0] if parts else ""


def base(account: Account) -> str:
    """The server's address without a slash at its end: the configured one, or the one that the login named."""
    found = account.base_url.strip().rstrip("/") or account.credentials.more.get("pds", "") or HOST
    return found if "://" in found else f"https://{found}"


def session(account: Account) -> Bearer:
    """Who asks.

    Raises:
        AuthError: there is no session yet; a login makes one.
    """
    kept = account.credentials
    if not kept.access_token or (not kept.refresh_token and typed(kept)[1]):
        raise AuthError(f"{account.source} has no session", hint=f"cminbox sources login {account.source}")
    return Bearer(kept.access_token)


async def query(
    client: Client,
    account: Account,
    method: str,
    params: Sequence[tuple[str, str]] = (),
    *,
    proxy: str = "",
    labelers: str = "",
    judged_by: JudgeAnswer | None = None,
    tries: int | None = None,
) -> Any:
    """What an XRPC query answers; as `answered`."""
    found = await answered(
        client, account, method, params, proxy=proxy, labelers=labelers, judged_by=judged_by, tries=tries
    )
    return found.data


async def answered(
    client: Client,
    account: Account,
    method: str,
    params: Sequence[tuple[str, str]] = (),
    *,
    proxy: str = "",
    labelers: str = "",
    judged_by: JudgeAnswer | None = None,
    tries: int | None = None,
) -> Answer:
    """The answer to an XRPC query: an object.

    Args:
        proxy: which service behind the server is asked.
        labelers: whose labels are wanted; empty for the server's own.

    Raises:
        SourceError: by what to do next.
    """
    said = {"atproto-proxy": proxy, "atproto-accept-labelers": labelers}
    answer = await client.request(
        "GET",
        f"{base(account)}/xrpc/{method}",
        params=params,
        auth=session(account),
        headers={name: value for name, value in said.items() if value},
        judge=judged_by or judge,
        tries=tries,
    )
    if not isinstance(answer.data, dict):
        raise Retryable(f"{answer.host} answered with no object", hint="does base_url name a Bluesky server?")
    return answer


async def procedure(
    client: Client,
    account: Account,
    method: str,
    body: Mapping[str, object],
    *,
    proxy: str = "",
    judged_by: JudgeAnswer | None = None,
) -> Any:
    """What an XRPC procedure answers; some answer with nothing.

    Raises:
        Retryable: with `maybe_done` when it may have been carried out.
        SourceError: by what to do next.
    """
    answer = await client.request(
        "POST",
        f"{base(account)}/xrpc/{method}",
        json=body,
        auth=session(account),
        headers={"atproto-proxy": proxy} if proxy else None,
        judge=judged_by or judge,
    )
    return answer.data


def judge(answer: Answer) -> SourceError | None:
    """What an answer means by the code that stands in it; Bluesky answers 400 for a dead session."""
    code = string(dig(answer.data, "error")) if answer.status >= 400 else ""
    if (code in _DEAD and answer.status < 500) or (code in _AWAY and answer.status in (401, 403)):
        hint = "make a new app password" if code == "AuthenticationRequired" else "cminbox sources login NAME"
        return AuthError(f"{answer.host} refused the session ({code})", hint=hint)
    message = _SECRET.sub("…", one_line(clean(string(dig(answer.data, "message")), 200)))
    said = f"{answer.host} refused ({answer.status}){': ' if message else ''}{message}"
    if code in _ABSENT and answer.status < 500:
        return NotThere(said)
    if code in _CLASH:
        return Retryable(f"{answer.host}: the record was changed meanwhile ({code})")
    if answer.status == 403:
        return Denied(said)
    if answer.status == 400 and code:
        return Refused(said)
    return None


async def record(client: Client, account: Account, collection: str, key: str) -> Mapping[str, Any] | None:
    """A record of our own as our server keeps it (`uri`, `cid`, `value`); None where there is none.

    Raises:
        SourceError: nothing can be said now.
    """
    params = [("repo", account.account_id), ("collection", collection), ("rkey", key)]
    try:
        found: Mapping[str, Any] = await query(client, account, "com.atproto.repo.getRecord", params)
    except NotThere as error:
        if in_its_own_words(error):
            return None
        raise
    return found


async def posts(client: Client, account: Account, uris: Sequence[str], *, labelers: str = "") -> list[dict[str, Any]]:
    """The posts that are there of these, at most 25 a call; what is no address is passed over.

    Args:
        labelers: as `answered` has it.

    Raises:
        SourceError: by what to do next.
    """
    wanted = [uri for uri in dict.fromkeys(uris) if split(uri)]
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), MOST_POSTS):
        some = wanted[start : start + MOST_POSTS]
        try:
            found += await _some_posts(client, account, some, labelers)
        except Refused as error:
            if error.status != 400 or len(some) == 1:
                raise
            # One address that a stranger made up must not cost the others.
            for uri in some:
                try:
                    found += await _some_posts(client, account, [uri], labelers)
                except Refused:
                    continue
    return found


async def _some_posts(client: Client, account: Account, uris: Sequence[str], labelers: str) -> list[dict[str, Any]]:
    data = await query(client, account, "app.bsky.feed.getPosts", [("uris", uri) for uri in uris], labelers=labelers)
    listed = data.get("posts")
    if not isinstance(listed, list):
        raise Retryable("the server answered with no posts", hint="does base_url name a Bluesky server?")
    return [each for each in listed if isinstance(each, dict)]


MOST_POSTS = 25


def in_its_own_words(error: SourceError) -> bool:
    """Whether Bluesky itself said that something is not there, and no proxy on the way to it."""
    return string(dig(error.said, "error")) in _ABSENT


async def verify(client: Client, account: Account) -> Mapping[str, Any]:
    """Our own session as our server knows it: what alone can condemn it.

    Raises:
        AuthError: the server itself refuses the session.
        SourceError: nobody can say.
    """
    try:
        me: Mapping[str, Any] = await query(client, account, "com.atproto.server.getSession")
    except NotThere as error:
        raise Refused(error.message, hint="does base_url name a Bluesky server?") from None
    except AuthError as error:
        if error.web_page:
            raise Retryable(f"{error.message}, with a web page", hint="a proxy may stand before the server") from None
        raise
    if not string(me.get("did")):
        raise Retryable("the server did not say who we are", hint="does base_url name a Bluesky server?")
    return me


async def renewed(client: Client, account: Account) -> Credentials:
    """A new session from the refresh token, or from the app password where that has ended too.

    Raises:
        AuthError: a person has to log in again.
        SourceError: by what to do next.
    """
    kept = account.credentials
    if kept.refresh_token:
        try:
            return await _session(client, account, kept, "refreshSession", None, Bearer(kept.refresh_token))
        except AuthError:
            if not typed(kept)[1]:
                raise
    name, password = typed(kept)
    if not (name and password):
        raise AuthError(f"{account.source} has no app password", hint=f"cminbox sources login {account.source}")
    return await logged_in(client, account, name, password)


async def logged_in(client: Client, account: Account, name: str, password: str) -> Credentials:
    """A new session for a handle and an app password, which are kept with it.

    Raises:
        AuthError: they are refused. Each failure counts against the 30 logins in 5 minutes.
        SourceError: by what to do next.
    """
    asked = {"identifier": name, "password": password}
    kept = Credentials(more={"handle": name, "password": password})
    return await _session(client, account, kept, "createSession", asked, NO_AUTH)


async def _session(
    client: Client, account: Account, kept: Credentials, method: str, body: Mapping[str, object] | None, auth: Auth
) -> Credentials:
    url = f"{base(account)}/xrpc/com.atproto.server.{method}"
    answer = await client.request("POST", url, json=body, auth=auth, judge=judge)
    access, refresh = (string(dig(answer.data, name)) for name in ("accessJwt", "refreshJwt"))
    if not access or not refresh:
        raise Retryable(f"{answer.host} gave no session", hint="does base_url name a Bluesky server?")
    more = dict(kept.more)
    for name in ("did", "handle"):
        if found := string(dig(answer.data, name)):
            more[name] = found
    if place := _place(dig(answer.data, "didDoc")):
        more["pds"] = place
    return kept.with_token(access, now=client.clock(), lasts_ms=_lasts(access), refresh_token=refresh, more=more)


def typed(kept: Credentials) -> tuple[str, str]:
    """Handle and app password as they are kept; as `handle:password` they are a secret too."""
    more = kept.more
    name = more.get("did") or more.get("handle") or more.get("identifier") or ""
    password = more.get("password") or more.get("app_password") or ""
    if not password and not kept.refresh_token:
        written, _, rest = kept.access_token.rpartition(":")
        if "." in written and re.fullmatch(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}", rest):
            return written.removeprefix("@"), rest
    return name.removeprefix("@"), password


def reads_messages(account: Account) -> bool:
    """Whether the session may read direct messages, as far as it says so itself."""
    scope = string(_claims(account.credentials.access_token).get("scope"))
    return not scope.startswith("com.atproto.") or scope in _PRIVILEGED


def _place(document: object) -> str:
    """The data server that an identity's document names, where it is one over a secure connection."""
    services = dig(document, "service")
    for each in services if isinstance(services, list) else ():
        if string(dig(each, "id")).endswith("#atproto_pds"):
            found = web_address(dig(each, "serviceEndpoint")).rstrip("/")
            return found if found.startswith("https://") else ""
    return ""


def _lasts(token: str) -> int:
    """How long an access token lasts, as it says itself; two hours where it does not."""
    claims = _claims(token)
    begins, ends = claims.get("iat"), claims.get("exp")
    if isinstance(begins, int) and isinstance(ends, int) and 0 < ends - begins < 10**9:
        return (ends - begins) * SECOND
    return _LASTS


def _claims(token: str) -> Mapping[str, Any]:
    """What a token says of itself; nothing is proved by it."""
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = read_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, Undecodable):
        return {}
    return claims if isinstance(claims, dict) else {}


def earliest(client: Client, account: Account, sent_before: Instant) -> Instant:
    """The server's time from which on something can be there that was first tried at `sent_before` by our clock."""
    skew = client.skew(base(account))
    return sent_before - HOUR if skew is None else sent_before + skew - 30 * SECOND
