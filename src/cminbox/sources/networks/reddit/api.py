"""Asking Reddit: addresses, tokens, who asks, and what an answer is worth.

Facts are those of reddit.com/dev/api, of the old open source of reddit (r2/lib/errors.py), and of recorded answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cminbox import __version__
from cminbox.errors import AuthError, Denied, Refused, Retryable, SourceError
from cminbox.model import HOUR, MINUTE, SECOND
from cminbox.sources.auth import Bearer
from cminbox.sources.json_values import dig, string
from cminbox.sources.newest_first import Listed
from cminbox.sources.oauth import OAuth2
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.contract import Account
    from cminbox.sources.http import Answer, Client

Thing = dict[str, Any]
"""`{"kind": "t1", "data": {…}}`: a comment (t1), a post (t3) or a message (t4)."""

HOST = "https://oauth.reddit.com"
LOGIN_HOST = "https://www.reddit.com"
BASE_URL_HELP = "left out, but for tests"
SCOPES = (
    *("identity", "read", "history", "privatemessages", "submit", "edit", "vote", "account"),
    *("modposts", "modmail", "mysubreddits"),
)
MOST = 100
"""Items of one page of a listing, and names of one look-up."""

_WAIT = re.compile(r"(\d+)\s*(millisecond|second|minute|hour)", re.IGNORECASE)
_UNITS = {"millisecond": 1, "second": SECOND, "minute": MINUTE, "hour": HOUR}
_WORDS: Mapping[str, str] = {
    "TOO_OLD": "the thread is archived: nobody can answer there any more",
    "THREAD_LOCKED": "the thread is locked",
    "COMMENT_UNREPLIABLE": "that comment takes no answers",
    "DELETED_COMMENT": "the comment that it answers was deleted",
    "DELETED_LINK": "the post was deleted",
    "NO_THING_ID": "what it answers is not there",
    "TOO_LONG": "the text is too long",
    "NO_TEXT": "the text is empty",
    "NOT_WHITELISTED_BY_USER_MESSAGE": "that person takes no messages from us",
    "USER_BLOCKED": "that person blocked us, or we blocked them",
    "USER_DOESNT_EXIST": "that person is not there any more",
    "SUBREDDIT_OUTBOUND_LINKING_DISALLOWED": "the subreddit allows no such links",
    "BANNED_FROM_SUBREDDIT": "we are banned from that subreddit",
}
"""What Reddit's errors mean, by their code."""


def base(account: Account) -> str:
    """The API's address without a slash at its end."""
    return _address(account.base_url) or HOST


def oauth(account: Account) -> OAuth2:
    """How Reddit makes tokens: for ever, with the application's id and secret by Basic."""
    host = _address(account.base_url) or LOGIN_HOST
    return OAuth2(
        authorize_url=f"{host}/api/v1/authorize",
        token_url=f"{host}/api/v1/access_token",
        scopes=SCOPES,
        pkce=False,
        client="basic",
        more={"duration": "permanent"},
        headers={"user-agent": user_agent(account)},
    )


def _address(configured: str) -> str:
    found = configured.strip().rstrip("/")
    return found if "://" in found or not found else f"https://{found}"


def user_agent(account: Account) -> str:
    """What Reddit asks programs to call themselves; it slows down those whose name is that of a library."""
    kept = account.credentials
    name = account.account_id or kept.more.get("username", "")
    whose = f"by /u/{name}" if re.fullmatch(r"[\w-]{1,40}", name) else f"source {_plain(account.source)}"
    return f"terminal:cminbox:v{__version__} ({whose})"


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII)[:40]


async def get(client: Client, account: Account, path: str, params: Sequence[tuple[str, str]] = ()) -> Any:
    """What an address of the API answers, with its texts as they were typed.

    Raises:
        SourceError: by what to do next.
    """
    answer = await client.request(
        "GET",
        f"{base(account)}{path}",
        params=[*params, ("raw_json", "1")],
        auth=_token(account),
        headers={"user-agent": user_agent(account)},
        judge=judge,
    )
    if not isinstance(answer.data, dict | list):
        raise Retryable(f"{answer.host} answered with no object", hint="is Reddit well?")
    return answer.data


async def post(client: Client, account: Account, path: str, form: Mapping[str, str]) -> Any:
    """What an address that changes something answers.

    That we write too often is no reason not to read: it is told to whoever writes alone.

    Raises:
        RateLimited: we write too often; nothing was written.
        Retryable: with `maybe_done` when it may have been carried out.
        SourceError: by what to do next.
    """
    answer = await client.request(
        "POST",
        f"{base(account)}{path}",
        params=[("raw_json", "1")],
        form={**form, "api_type": "json"},
        auth=_token(account),
        headers={"user-agent": user_agent(account)},
        judge=_judge_but_pace,
    )
    if (error := judge(answer)) is not None:
        error.status, error.said, error.headers = answer.status, answer.data, answer.headers
        raise error
    return answer.data


def _token(account: Account) -> Bearer:
    kept = account.credentials
    if not kept.access_token:
        raise AuthError(f"{account.source} has no token", hint=f"cminbox sources login {account.source}")
    return Bearer(kept.access_token)


def errors_of(said: object) -> list[tuple[str, str]]:
    """The errors inside an answer, also inside a 200: code and words of each."""
    raw = dig(said, "json", "errors")
    found = []
    for each in raw if isinstance(raw, list) else []:
        parts = [string(part) for part in each] if isinstance(each, list) else [string(each)]
        code, words = [*parts, "", ""][:2]
        if code or words:
            found.append((code, words))
    return found


def _judge_but_pace(answer: Answer) -> SourceError | None:
    codes = {code for code, _ in errors_of(answer.data)}
    return None if "RATELIMIT" in codes and answer.status < 400 else judge(answer)


def judge(answer: Answer) -> SourceError | None:
    """What an answer means in Reddit's own words: the errors inside a 200, and whether a 403 is one of its own."""
    for code, words in errors_of(answer.data):
        if code == "RATELIMIT":
            return answer.limited(answer.at + _pace(answer.data, words))
        if code == "USER_REQUIRED":
            return AuthError(f"{answer.host} wants a login", hint="cminbox sources login NAME")
        said = _WORDS.get(code) or one_line(clean(words, 200)) or code
        return Refused(f"Reddit refused: {said} ({one_line(clean(code, 40))})")
    if answer.status in (403, 404) and not isinstance(answer.data, dict):
        # A page of whatever stands before Reddit: it says nothing of the account, nor of what was asked for.
        return Retryable(
            f"{answer.host} answered {answer.status} without its API", hint="is this machine blocked there?"
        )
    if answer.status == 403:
        reason = one_line(clean(string(dig(answer.data, "reason")), 60))
        hint = "the account or the application may lack a permission for this"
        return Denied(f"{answer.host} refused (403){': ' if reason else ''}{reason}", hint=hint)
    said = one_line(clean(string(dig(answer.data, "explanation")), 200))
    if answer.status in (400, 409, 422) and said:
        reason = one_line(clean(string(dig(answer.data, "reason")), 40))
        return Refused(f"Reddit refused: {said}{f' ({reason})' if reason else ''}")
    return None


def _pace(said: object, words: str) -> int:
    """How long to wait before the next text, in milliseconds."""
    number = dig(said, "json", "ratelimit")
    if isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < 86_400:
        return int(number * SECOND) + SECOND
    found = _WAIT.search(words)
    if found is None:
        return 10 * MINUTE
    # “in 3 minutes” is rounded down.
    unit = _UNITS[found[2].lower()]
    return min(int(found[1][:6]) * unit + unit, 24 * HOUR)


async def verify(client: Client, account: Account) -> Mapping[str, Any]:
    """Whose token it is.

    Raises:
        AuthError: Reddit refuses it.
        SourceError: nobody can say.
    """
    me = await get(client, account, "/api/v1/me")
    if not isinstance(me, dict) or not string(me.get("name")):
        raise Retryable("Reddit did not say who we are")
    return me


async def listing(
    client: Client, account: Account, path: str, params: Sequence[tuple[str, str]] = (), *, after: str = ""
) -> Listed[Thing]:
    """One page of a listing, newest first.

    `before` is not asked for: it answers with nothing once the item that it names was deleted.

    Raises:
        SourceError: by what to do next.
    """
    asked = [*params, ("limit", str(MOST)), *([("after", after)] if after else [])]
    data = await get(client, account, path, asked)
    return listed(data)


def listed(data: object) -> Listed[Thing]:
    """The things of a listing.

    Raises:
        Retryable: it is none.
    """
    children = dig(data, "data", "children")
    if not isinstance(children, list):
        raise Retryable("Reddit answered with no list")
    return Listed([each for each in children if isinstance(each, dict)], string(dig(data, "data", "after")))


async def look_up(client: Client, account: Account, names: Sequence[str]) -> dict[str, Thing]:
    """Comments and posts by their names; what Reddit does not give is left out.

    Raises:
        SourceError: by what to do next.
    """
    found: dict[str, Thing] = {}
    wanted = [name for name in dict.fromkeys(names) if is_name(name, "t1", "t3")]
    for start in range(0, len(wanted), MOST):
        some = wanted[start : start + MOST]
        page = listed(await get(client, account, "/api/info", [("id", ",".join(some))]))
        found.update({name: each for each in page.items if (name := string(dig(each, "data", "name"))) in some})
    return found


def is_name(name: str, *kinds: str) -> bool:
    """Whether it is the full name of a thing of one of these kinds."""
    return re.fullmatch(rf"(?:{'|'.join(kinds)})_\w{{1,20}}", name, re.ASCII) is not None


def short(name: str) -> str:
    """A full name without its kind, as addresses have it."""
    return quote(name.partition("_")[2], safe="")
