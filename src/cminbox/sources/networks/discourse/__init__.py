"""Discourse: the posts of a forum, private messages, and the review queue.

A post belongs to the conversation of its topic. It asks with `api`, understands posts with `post`, reads with
`reading`, and answers and moderates with `writing`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

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
    Option,
    Outgoing,
    VerbInfo,
    Verified,
)
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.json_values import identifier, string
from cminbox.sources.networks.discourse import api
from cminbox.sources.networks.discourse.api import judge
from cminbox.sources.networks.discourse.post import parse
from cminbox.sources.networks.discourse.reading import pages
from cminbox.sources.networks.discourse.writing import act, acted, find_sent, is_same, reviewed, send
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.model import Message
    from cminbox.sources.http import Client

__all__ = ["INFO", "act", "acted", "find_sent", "identify", "is_sent", "judge", "pages", "parse", "reviewed", "send"]

_ADMIN = (
    "1. Log in to the forum as an administrator, and open Admin → Advanced → API Keys. "
    "2. Choose “Add API Key”: user level “Single User”, the user who answers for the brand, scope “Global”. "
    "3. Copy the key: it is shown once. A key that nobody uses for half a year is taken back."
)
_OWN = (
    "Where you are not the forum's administrator: a user API key with the scopes read, write and notifications, "
    "made by a program for that purpose; paste it as it is"
)

_MODERATORS = "for the forum's moderators alone"

INFO = Info(
    network="discourse",
    title="Discourse",
    glyph=GLYPHS["discourse"],
    options=(
        Option(
            "posts",
            "which posts are read: those of the whole forum, or those that concern the account alone",
            default="all",
            choices=("all", "mine"),
        ),
        Option(
            "groups",
            "groups of the account whose private messages are read; without it all but the forum's own",
            "list",
        ),
        Option("team", 'other users of the forum who answer for the brand, by their names: ["anna"]', "list"),
    ),
    secret=api.HOW_TO_LOG_IN,
    base_url=True,
    base_url_help=api.BASE_URL_HELP,
    someone="somebody who is gone",
    logins=(
        Login(
            "fields",
            _ADMIN,
            (
                LoginField("username", "the name of the user who answers for the brand"),
                LoginField("api_key", "the API key", secret=True),
            ),
        ),
        Login("token", _OWN),
    ),
    api=(ApiVersion("Discourse API", source="https://docs.discourse.org"),),
    verified=(
        Verified("recorded answers", date(2026, 11, 27)),
        Verified(
            "documentation",
            date(2026, 11, 27),
            "eleven calls held to its description by Prism, the rest from its source",
        ),
    ),
    capabilities=Capabilities(
        reply=True,
        dm=True,
        verbs={
            "like": VerbInfo(note="the forum lets a like be taken back for some minutes"),
            "hide": VerbInfo(note="it is flagged and hidden at once", only=_MODERATORS),
            "release": VerbInfo(
                undo=False, note="what waits is posted, a flag is dismissed", only="what waits for review alone"
            ),
            "report-spam": VerbInfo(undo=False, repeatable=False, note="a flag for the forum's moderators"),
            "delete": VerbInfo(
                own=True, note="what waits for review is rejected, and that cannot be taken back", only=_MODERATORS
            ),
            "mute": VerbInfo(note="for your account alone; nobody is told"),
        },
        cannot={
            "boost": "nothing is reposted on Discourse",
            "block": "people are silenced or suspended in the forum itself",
            "pin": "topics are pinned in the forum itself",
        },
        brings={
            "posts of the forum": "yes, of categories that the account sees; or only what concerns it",
            "private messages": "yes; those to groups of the account too",
            "what waits for review": "yes, where the account moderates: queued, flagged, and posted but looked at",
            "chat": "no: it is another interface",
            "likes and badges": "no: nobody answers them",
        },
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="content",
        counting=Counting(limit=32_000),
        min_interval=2 * MINUTE,
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """The user whose key it is."""
    me = await api.verify(client, account)
    return Identity(identifier(me.get("id")), one_line(clean(string(me.get("username")), 100)))


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the place of an answer."""
    return is_same(outgoing, message.text, message.parent, message.conversation)
