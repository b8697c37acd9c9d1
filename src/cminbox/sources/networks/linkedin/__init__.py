"""LinkedIn: comments and answers below a page's posts, and posts of others that name it.

A comment with its answers is one conversation; a post that names the page is one by itself. It asks with `api`,
understands what it is given with `parse`, reads with `reading`, and answers and moderates with `writing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from cminbox.model import MINUTE
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
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.look_up import same_text
from cminbox.sources.networks.linkedin import api
from cminbox.sources.networks.linkedin.api import judge
from cminbox.sources.networks.linkedin.parse import parse
from cminbox.sources.networks.linkedin.pushed import receive
from cminbox.sources.networks.linkedin.reading import ORGANIZATION, pages, who
from cminbox.sources.networks.linkedin.writing import act, acted, find_sent, place_of, send
from cminbox.sources.oauth import ON_THIS_MACHINE, OAuth2
from cminbox.sources.push import poll_alone as pushed_pages

if TYPE_CHECKING:
    from cminbox.model import Message
    from cminbox.sources.credentials import Credentials
    from cminbox.sources.http import Client

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

SCOPES = ("r_organization_social_feed", "w_organization_social_feed", "rw_organization_admin")
_APP = (
    "1. At https://www.linkedin.com/developers/apps create an app for your company's page, and let an administrator "
    "of the page verify it. 2. Under Products ask for the Community Management API, and wait until it is granted. "
)

INFO = Info(
    network="linkedin",
    title="LinkedIn",
    glyph=GLYPHS["linkedin"],
    options=(
        Option(ORGANIZATION, "the page's number, where the member administers several"),
        Option(api.API_VERSION, "the version of LinkedIn's API that is spoken, YYYYMM", default=api.VERSION.name),
        Option(
            api.CALLS.option,
            "calls that your app may make in a day, as the developer portal says",
            "number",
        ),
        PROJECT,
    ),
    secret=f"an access token of an app with the Community Management API and the permissions {', '.join(SCOPES)}",
    base_url_help="the API's address, only to test against another server",
    handle_prefix="",
    someone="LinkedIn member",
    logins=(
        Login(
            "address",
            f"{_APP}3. Under Auth add the redirect URL {ON_THIS_MACHINE}, and copy Client ID and Client Secret. "
            "4. Open the page that is shown, as a member who administers the company's page, and allow it. "
            "5. The browser then cannot open a page: copy its whole address, and paste it within a few minutes.",
            (
                LoginField("client_id", "the app's Client ID"),
                LoginField("client_secret", "the app's Client Secret", secret=True),
            ),
        ),
        Login(
            "token",
            f"{_APP}3. At https://www.linkedin.com/developers/tools/oauth/token-generator choose the app and the "
            f"permissions {', '.join(SCOPES)}, make a token and paste it. It lasts 60 days, and nothing renews it.",
        ),
    ),
    api=(api.VERSION,),
    verified=(
        Verified("simulator", date(2026, 11, 27), "notifications, comments, replies, deleting, with faults"),
        Verified("recorded answers", date(2026, 11, 27), "written from the documentation"),
        Verified("documentation", date(2026, 11, 27), "logging in, mentions, likes"),
    ),
    capabilities=Capabilities(
        reply=True,
        verbs={
            "like": VerbInfo(own=True, repeatable=False, note="the page likes it"),
            "delete": VerbInfo(own=True, undo=False, note="takes the answers below along"),
        },
        cannot={
            "hide": "comments are hidden on LinkedIn's page",
            "boost": "comments are not reposted",
            "release": "LinkedIn holds nothing for review",
            "report-spam": "reports are made on LinkedIn's page",
            "block": "people are blocked on LinkedIn's page",
            "mute": "people are muted on LinkedIn's page",
            "pin": "comments are not pinned through the API",
        },
        brings={
            "comments and answers below the page's posts": "yes: by one list that reaches 60 days back; post by post "
            "where the login may not administer the page",
            "posts that name the page": "yes, where LinkedIn tells of them",
            "comments that name the page": "no: LinkedIn tells of posts alone",
            "who wrote it": "partly: most names are kept back; people are told apart all the same",
            "comments on advertisements": "no: LinkedIn tells of public posts alone",
            "private messages": "no: the API has none",
            "comments of a member's own posts": "no: pages alone",
        },
        replies_below=1,
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="none",
        counting=Counting("characters", limit=1250),
        min_interval=5 * MINUTE,
        allowances=(api.CALLS,),
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """The page that is read."""
    own, handle = await who(api.Api(client, account))
    return Identity(own, handle)


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the place of a reply."""
    if not same_text(outgoing.text, message.text):
        return False
    if outgoing.parent.kind == "mention":
        return message.post is not None and message.post.id == outgoing.parent.id
    return message.parent == place_of(outgoing.parent)


def _oauth(account: Account) -> OAuth2:
    host = (account.base_url or api.LOGIN_HOST).rstrip("/")
    return OAuth2(f"{host}/oauth/v2/authorization", f"{host}/oauth/v2/accessToken", SCOPES, pkce=False)


async def begin_login(_client: Client, account: Account, _login: Login, fields: Mapping[str, str]) -> LoginStep:
    """The page to open."""
    return _oauth(account).begin(fields.get("client_id", ""), fields.get("client_secret", ""))


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """Credentials for the address that was pasted."""
    return await _oauth(account).finish(client, step, pasted)


async def refresh(client: Client, account: Account) -> Credentials:
    """A new token; LinkedIn gives what renews it to approved apps, for a year."""
    return await _oauth(account).refresh(client, account.credentials)
