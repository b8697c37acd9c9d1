"""TikTok: comments and answers below an account's films, what names it, private messages.

A comment with its answers is one conversation, a private conversation another; what names the account is one by itself.
It asks with `api` and `comments`, understands what it is given with `parse`, reads with `reading` and `direct`, and
answers and moderates with `writing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from cminbox.errors import AuthError, Refused
from cminbox.model import MINUTE, SECOND
from cminbox.sources.contract import (
    PROJECT,
    Account,
    Capabilities,
    Counting,
    Identity,
    Info,
    Login,
    LoginField,
    LoginStep,
    Option,
    Outgoing,
    VerbInfo,
    Verified,
)
from cminbox.sources.credentials import Credentials
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.json_values import dig, identifier, string, whole_number
from cminbox.sources.look_up import same_text
from cminbox.sources.networks.tiktok import api
from cminbox.sources.networks.tiktok.api import judge
from cminbox.sources.networks.tiktok.parse import parse
from cminbox.sources.networks.tiktok.pushed import receive
from cminbox.sources.networks.tiktok.reading import pages
from cminbox.sources.networks.tiktok.writing import act, acted, find_sent, place_of, send
from cminbox.sources.oauth import ON_THIS_MACHINE, OAuth2, code_in, renewal_in
from cminbox.sources.push import poll_alone as pushed_pages
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.model import Message
    from cminbox.sources.http import Answer, Client

__all__ = [
    "INFO",
    "act",
    "acted",
    "begin_login",
    "find_sent",
    "finish_login",
    "identify",
    "is_sent",
    "judge",
    "pages",
    "parse",
    "pushed_pages",
    "receive",
    "refresh",
    "send",
]

AUTHORIZE = "https://www.tiktok.com/v2/auth/authorize/"
SCOPES = ("user.info.basic", "user.info.username", "video.list", "comment.list", "comment.list.manage")
_APP = (
    "1. At https://business-api.tiktok.com/portal register as a developer, create an app with the Accounts API, and "
    "ask for the permissions of TikTok Accounts: account user, account media, account comments. TikTok looks at it for "
    "some days. "
)
_HOW_TO_LOG_IN = (
    "an access token of the Accounts API with comment.list and comment.list.manage, best made by logging in"
)

INFO = Info(
    network="tiktok",
    title="TikTok",
    glyph=GLYPHS["tiktok"],
    options=(Option("business_id", "the account's open_id, where the secret is a token alone"), PROJECT),
    secret=_HOW_TO_LOG_IN,
    base_url_help="the API's address, only to test against another server",
    someone="someone on TikTok",
    logins=(
        Login(
            "address",
            f"{_APP}2. Add the redirect URL {ON_THIS_MACHINE} to the app, or another one of yours and give it here. "
            "3. Open the page that is shown, log in as the business account and allow it. 4. The browser then comes to "
            "the redirect URL, which may not open: copy its whole address, and paste it within ten minutes.",
            (
                LoginField("client_id", "the app's id"),
                LoginField("client_secret", "the app's secret", secret=True),
                LoginField("redirect", f"the app's redirect URL, if it is not {ON_THIS_MACHINE}", required=False),
                LoginField(
                    "more_scopes",
                    "further permissions that the app has, with commas: message.list.read,message.list.send,"
                    "biz.brand.insights",
                    required=False,
                ),
            ),
        ),
        Login(
            "token",
            f"{_APP}2. Paste an access token of the app, and set business_id to the open_id that came with it. It "
            "lasts a day, and nothing renews it.",
        ),
    ),
    api=(api.VERSION,),
    verified=(
        Verified("simulator", date(2026, 11, 27), "comments, replies, like, hide, delete, with faults"),
        Verified("recorded answers", date(2026, 11, 27), "written from the documentation"),
        Verified("documentation", date(2026, 11, 27), "logging in, mentions, private messages, pins"),
    ),
    capabilities=Capabilities(
        reply=True,
        dm=True,
        verbs={
            "like": VerbInfo(own=True),
            "hide": VerbInfo(note="its author and you still see it"),
            "pin": VerbInfo(own=True),
            "delete": VerbInfo(own=True, others=False, undo=False, note="comments of others can be hidden alone"),
        },
        cannot={
            "boost": "comments are not reposted",
            "release": "what TikTok holds for review is in no API",
            "report-spam": "reports are made in the app",
            "block": "people are blocked in the app",
            "mute": "people are muted in the app",
        },
        brings={
            "comments": "yes: of all films, however old, with all answers below them",
            "comments on Spark ads": "yes: they are those of the film",
            "comments on other advertisements": "no: they belong to the advertiser's account",
            "comments of others that name the account": "partly: where the app may, of 7 days, without their authors",
            "films of others that name the account": "partly: where the app may; they cannot be answered",
            "private messages": "partly: where the app may, and not in the EEA, Switzerland and the UK; the 20 newest "
            "of each conversation",
            "comments while live": "no: they are in no API",
            "held comments": "no: they are in no API",
        },
        replies_below=1,
        window="private messages: 48 hours after the person's last one, and three more after that",
        deletions=True,
        find_sent=True,
        duplicate_guard="none",
        counting=Counting("characters", limit=1200),
        min_interval=2 * MINUTE,
        allowances=(api.CALLS,),
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """The account whose token this is."""
    asked = api.Api(client, account)
    said = await asked.get("get/", {"fields": ["username", "display_name"]})
    return Identity(
        asked.business, one_line(clean(string(said.get("username")) or string(said.get("display_name")), 200))
    )


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the place of a reply."""
    if not same_text(outgoing.text, message.text):
        return False
    if outgoing.parent.kind == "dm":
        return message.conversation == outgoing.conversation
    return message.parent == place_of(outgoing.parent)


async def begin_login(_client: Client, account: Account, _login: Login, fields: Mapping[str, str]) -> LoginStep:
    """The page to open."""
    redirect = fields.get("redirect", "").strip() or ON_THIS_MACHINE
    more = tuple(scope.strip() for scope in fields.get("more_scopes", "").split(",") if scope.strip())
    authorize = f"{account.base_url.rstrip('/')}/v2/auth/authorize/" if account.base_url else AUTHORIZE
    oauth = OAuth2(authorize, "", (*SCOPES, *more), ",", redirect, pkce=False, id_name="client_key")
    step = oauth.begin(fields.get("client_id", ""), fields.get("client_secret", ""))
    return replace(step, state={**step.state, "redirect": redirect})


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """Credentials for the address that was pasted."""
    kept = step.state
    application = Credentials(client_id=kept.get("client_id", ""), client_secret=kept.get("client_secret", ""))
    body = {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "grant_type": "authorization_code",
        "auth_code": code_in(pasted, kept.get("state", "")),
        "redirect_uri": kept.get("redirect", ON_THIS_MACHINE),
    }
    return await _tokens(client, account, application, "token", body)


async def refresh(client: Client, account: Account) -> Credentials:
    """A new token for another day; what renews it may be new too."""
    known = account.credentials
    if not known.refresh_token:
        raise AuthError("the token has ended and nothing renews it", hint="cminbox sources login NAME")
    body = {
        "client_id": known.client_id,
        "client_secret": known.client_secret,
        "grant_type": "refresh_token",
        "refresh_token": known.refresh_token,
    }
    return await _tokens(client, account, known, "refresh_token", body)


async def _tokens(
    client: Client, account: Account, known: Credentials, path: str, body: Mapping[str, object]
) -> Credentials:
    try:
        answer = await api.Api(client, account).token(path, body)
    except Refused as error:
        raise AuthError(error.message, hint="cminbox sources login NAME") from None
    return _credentials(answer, known)


def _credentials(answer: Answer, known: Credentials) -> Credentials:
    data = dig(answer.data, "data")
    token, lasts = string(dig(data, "access_token")), whole_number(dig(data, "expires_in"))
    if not token:
        raise AuthError(f"{answer.host} answered without a token", hint="cminbox sources login NAME")
    own = identifier(dig(data, "open_id"))
    changes = renewal_in(data if isinstance(data, dict) else {}, known, answer.at)
    if own:
        changes["more"] = {**known.more, "open_id": own}
    return known.with_token(token, now=answer.at, lasts_ms=lasts * SECOND if lasts else None, **changes)
