"""Reddit: comments below own posts and answers anywhere, mentions, messages, the moderators' queue, and modmail.

A comment belongs to the conversation of the first comment above it that is not ours, a message to its peer. It asks
with `api`, understands things with `thing`, reads with `reading`, `posts` and `modmail`, and answers and moderates
with `writing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from cminbox.errors import Refused
from cminbox.model import MINUTE
from cminbox.sources.contract import (
    Account,
    ApiVersion,
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
from cminbox.sources.json_values import string
from cminbox.sources.networks.reddit import api
from cminbox.sources.networks.reddit.api import judge
from cminbox.sources.networks.reddit.reading import pages
from cminbox.sources.networks.reddit.thing import parse
from cminbox.sources.networks.reddit.writing import act, acted, find_sent, is_same, send
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.model import Message
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
    "refresh",
    "send",
]

_STEPS = (
    "Reddit approves every application by hand first, and wants a contract where a business uses it: ask at "
    "https://support.reddithelp.com/hc/en-us/requests/new under the Responsible Builder Policy, and wait for its yes. "
    "Then: 1. Open https://www.reddit.com/prefs/apps while logged in as the brand's account. "
    "2. Create an application of the kind “web app”, with the redirect uri http://127.0.0.1:8912/ exactly. "
    "3. Copy its id, which stands below its name, and its secret. "
    "4. Open the page that is shown next, allow it, and paste the address of the page that it leads to, "
    "which does not open."
)

_HOW_TO_LOG_IN = "an application that Reddit approved: its id and secret, then a page on which it is allowed"

_MODERATORS = "for the subreddit's moderators alone"

INFO = Info(
    network="reddit",
    title="Reddit",
    glyph=GLYPHS["reddit"],
    options=(
        Option("subreddit", 'subreddits to listen to, where owned = false: ["ourproduct"]', "list"),
        Option("search", 'words to listen for, where owned = false: ["our name", "our product"]', "list"),
    ),
    secret=_HOW_TO_LOG_IN,
    base_url_help=api.BASE_URL_HELP,
    handle_prefix="u/",
    someone="somebody whose account is gone",
    logins=(
        Login(
            "address",
            _STEPS,
            (
                LoginField("client_id", "the application's id"),
                LoginField("client_secret", "the application's secret; empty for an “installed app”", True, False),
            ),
        ),
    ),
    api=(ApiVersion("Reddit Data API (OAuth 2)", source="https://www.reddit.com/dev/api"),),
    verified=(
        Verified("simulator", date(2026, 11, 27), "comments, answers, deletions, limits"),
        Verified("recorded answers", date(2026, 11, 27)),
        Verified("documentation", date(2026, 11, 27), "the moderators' queue, modmail, messages, blocking"),
    ),
    capabilities=Capabilities(
        reply=True,
        dm=True,
        verbs={
            "like": VerbInfo(note="an upvote: Reddit wants each to be a person's own choice"),
            "hide": VerbInfo(own=True, note="it is removed from the subreddit", only=_MODERATORS, tells=True),
            "release": VerbInfo(own=True, undo=False, note="it is approved", only=_MODERATORS),
            "report-spam": VerbInfo(note="it is removed, and the spam filter learns from it", only=_MODERATORS),
            "delete": VerbInfo(own=True, others=False, undo=False),
            "pin": VerbInfo(own=True, others=False, only="comments right below a post, and for moderators alone"),
            "block": VerbInfo(note="the person is not told, and can tell"),
        },
        cannot={
            "boost": "nothing is reposted on Reddit but by a new post",
            "mute": "people are muted in modmail on the web",
        },
        brings={
            "answers to your comments, and mentions": "yes",
            "comments below your posts": "yes, at any depth, of your newest 100 posts, the quiet ones in turn",
            "private messages": "partly: Reddit turned most of them into chat, which its interface does not give",
            "chat": "no: Reddit's interface does not give it",
            "what waits for moderators": "yes, where the account moderates: reported, or held by a filter",
            "modmail": "yes, where the account moderates",
            "subreddits and searches": "yes, with owned = false; a search finds posts alone",
        },
        window="until a thread is archived or locked, as its subreddit chooses",
        edits=True,
        deletions=True,
        find_sent=True,
        counting=Counting(limit=10_000),
        min_interval=MINUTE,
        cost="free for what is not commercial; a business needs a contract with Reddit",
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """Whose token it is; names on Reddit never change, and comments say nothing else of who wrote them everywhere."""
    name = one_line(clean(string((await api.verify(client, account)).get("name")), 100))
    return Identity(name, name)


async def begin_login(
    _client: Client, account: Account, _login: Login, fields: Mapping[str, str]
) -> LoginStep | Credentials:
    """The page on which the application is allowed, for good."""
    own = fields.get("client_id", "").strip()
    if not own:
        raise Refused("Reddit wants an application's id", hint="https://www.reddit.com/prefs/apps")
    return api.oauth(account).begin(own, fields.get("client_secret", "").strip())


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """A token for the address that the page led to."""
    return await api.oauth(account).finish(client, step, pasted)


async def refresh(client: Client, account: Account) -> Credentials:
    """A new token: Reddit's last an hour or a day."""
    return await api.oauth(account).refresh(client, account.credentials)


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the place of an answer."""
    return is_same(outgoing, message.text, message.parent, message.conversation)
