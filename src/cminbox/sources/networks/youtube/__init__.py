"""YouTube: the comments below a channel's videos with all of their replies, and their moderation.

A comment belongs to the conversation of the comment that it is below. It asks with `api`, understands comments with
`comment`, reads with `reading`, and answers and moderates with `writing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from cminbox.errors import UsageError
from cminbox.model import MINUTE
from cminbox.sources.contract import (
    PROJECT,
    Account,
    ApiVersion,
    Capabilities,
    Counting,
    Identity,
    Info,
    Login,
    LoginField,
    Option,
    VerbInfo,
    Verified,
)
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.json_values import dig, string
from cminbox.sources.networks.youtube import api
from cminbox.sources.networks.youtube.api import judge
from cminbox.sources.networks.youtube.comment import parse
from cminbox.sources.networks.youtube.reading import CHANNEL, pages
from cminbox.sources.networks.youtube.writing import act, acted, compose, find_sent, is_sent, send
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.contract import LoginStep
    from cminbox.sources.credentials import Credentials
    from cminbox.sources.http import Client

__all__ = [
    "INFO",
    "act",
    "acted",
    "begin_login",
    "compose",
    "find_sent",
    "finish_login",
    "identify",
    "is_sent",
    "judge",
    "pages",
    "parse",
    "refresh",
    "send",
]

_STEPS = (
    "1. In console.cloud.google.com make a project, and enable under Library the YouTube Data API v3. "
    "2. Under Google Auth Platform → Audience choose External and publish the app: while it is in testing, each login "
    "ends after 7 days. "
    "3. Under Clients create one of type “Desktop app”, and have its id and secret ready. "
    "4. Open the page that is shown, as somebody who owns the channel, choose the channel, leave every box ticked, and "
    "go on past the warning that Google has not verified the app. "
    "5. The browser ends on a page of 127.0.0.1 that cannot open: paste its whole address."
)

INFO = Info(
    network="youtube",
    title="YouTube",
    glyph=GLYPHS["youtube"],
    options=(
        Option(
            "units",
            "what this source may use in a day of the Google Cloud project's units, where that is not 10,000",
            "number",
        ),
        PROJECT,
        Option(CHANNEL, "the id of another channel whose comments are read, where owned = false: UC…"),
    ),
    secret=api.HOW_TO_LOG_IN,
    base_url_help=api.BASE_URL_HELP,
    someone="someone on YouTube",
    logins=(
        Login(
            "address",
            _STEPS,
            (
                LoginField("client_id", "the client's id, which ends in .apps.googleusercontent.com"),
                LoginField("client_secret", "the client's secret", secret=True),
            ),
        ),
    ),
    api=(ApiVersion("v3", source="https://developers.google.com/youtube/v3/revision_history"),),
    verified=(
        Verified("simulator", date(2026, 11, 27), "with faults; checked by Google's description of the API"),
        Verified("recorded answers", date(2026, 11, 27)),
    ),
    capabilities=Capabilities(
        reply=True,
        verbs={
            "release": VerbInfo(
                undo=False, note="everybody sees it then; hide holds it again", only="what is held for review alone"
            ),
            "hide": VerbInfo(
                note="it is held for review: nobody sees it before it is released",
                only="comments below your videos alone",
            ),
            "delete": VerbInfo(
                own=True,
                undo=False,
                note="what others wrote is rejected, with the replies below it; neither is ever given back",
            ),
            "block": VerbInfo(
                undo=False,
                note="the comment is rejected, and so is whatever its author writes later; lifted in YouTube Studio",
            ),
        },
        cannot={
            "like": "YouTube lets no program like comments",
            "boost": "there is nothing to repost on YouTube",
            "report-spam": "YouTube takes no reports from programs any more",
            "mute": "hide a user from the channel with block",
            "pin": "comments are pinned in YouTube Studio",
        },
        brings={
            "comments below your videos": "yes",
            "every reply below a comment": "yes; new ones below old comments in turn, the newest hundred at once",
            "comments held for review or taken for spam": "yes",
            "comments of another channel": "yes, with owned = false",
            "comments on Community posts": "no: the network gives none",
            "live chat": "no",
            "where others name the channel": "no: the network has no such list",
        },
        replies_below=1,
        edits=True,
        deletions=True,
        find_sent=True,
        counting=Counting("characters", limit=10_000),
        min_interval=2 * MINUTE,
        allowances=(api.UNITS,),
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """The channel whose token this is."""
    me = await api.me(client, account)
    name = string(dig(me, "snippet", "customUrl")) or string(dig(me, "snippet", "title"))
    return Identity(string(me.get("id")), one_line(clean(name, 200)).removeprefix("@"))


async def begin_login(_client: Client, account: Account, _login: Login, fields: Mapping[str, str]) -> LoginStep:
    """The page on which the channel's owner agrees."""
    client_id, client_secret = fields.get("client_id", "").strip(), fields.get("client_secret", "").strip()
    if not client_id or not client_secret:
        raise UsageError("Google wants a client's id and secret", api.HOW_TO_LOG_IN)
    return api.login(account).begin(client_id, client_secret)


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """Tokens for the address of the page that could not open."""
    return await api.login(account).finish(client, step, pasted)


async def refresh(client: Client, account: Account) -> Credentials:
    """A new token for another hour."""
    return await api.login(account).refresh(client, account.credentials)
