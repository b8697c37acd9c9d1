"""WordPress: the comments below the posts of a site, and their moderation.

A comment belongs to the conversation of the first comment of its thread. It asks with `api`, understands comments with
`comment`, reads with `reading`, and answers and moderates with `moderating`.
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
from cminbox.sources.networks.wordpress import api
from cminbox.sources.networks.wordpress.api import judge
from cminbox.sources.networks.wordpress.comment import parse
from cminbox.sources.networks.wordpress.moderating import act, acted, find_sent, reviewed, send
from cminbox.sources.networks.wordpress.reading import pages
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.model import Message
    from cminbox.sources.http import Client

__all__ = ["INFO", "act", "acted", "find_sent", "identify", "is_sent", "judge", "pages", "parse", "reviewed", "send"]

_STEPS = (
    "1. Log in to the site as a user who may moderate comments: an editor or an administrator. "
    "2. Open Users → Profile, and go down to Application Passwords. "
    "3. Give it a name such as cminbox and choose “Add New Application Password”. "
    "4. Copy the password, which looks like xxxx xxxx xxxx xxxx xxxx xxxx: it is shown once. "
    "Sites without https, and some security plugins, have no application passwords."
)

INFO = Info(
    network="wordpress",
    title="WordPress",
    glyph=GLYPHS["wordpress"],
    options=(
        Option("team", 'other users of the site who answer for the brand, by their numbers: ["5", "12"]', "list"),
    ),
    secret=api.HOW_TO_LOG_IN,
    base_url=True,
    base_url_help=api.BASE_URL_HELP,
    handle_prefix="",
    someone="someone on WordPress",
    logins=(
        Login(
            "fields",
            _STEPS,
            (
                LoginField("user", "the user's name on the site"),
                LoginField("password", "the application password", secret=True),
            ),
        ),
    ),
    api=(ApiVersion("wp/v2", source="https://developer.wordpress.org/rest-api/"),),
    verified=(
        Verified("real server", date(2026, 11, 27), "WordPress 6.1.9, comments held for review"),
        Verified("recorded answers", date(2026, 11, 27)),
    ),
    capabilities=Capabilities(
        reply=True,
        verbs={
            "release": VerbInfo(own=True, note="everybody sees it then"),
            "hide": VerbInfo(own=True, note="it is held for review again"),
            "report-spam": VerbInfo(own=True, note="it goes to the spam, and a spam filter learns from it"),
            "delete": VerbInfo(own=True, note="it goes to the trash, which most sites empty after 30 days"),
        },
        cannot={
            "like": "WordPress has no likes of its own",
            "boost": "there is nothing to repost on WordPress",
            "block": "names and addresses are blocked in the site's settings",
            "mute": "names and addresses are blocked in the site's settings",
            "pin": "comments are not pinned on WordPress",
        },
        brings={
            "comments and answers below posts and pages": "yes",
            "comments held for review": "yes, where the user may moderate",
            "what a filter took for spam": "no: it stays in the site's spam list",
            "pingbacks and trackbacks": "no: nobody says anything there",
            "e-mail and IP addresses of commenters": "no: they are not kept",
            "comments of plugins (Disqus, Jetpack)": "no: they are kept elsewhere",
        },
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="content",
        counting=Counting("bytes", limit=65_525),
        min_interval=MINUTE,
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """The user whose password this is."""
    me = await api.verify(client, account)
    return Identity(identifier(me.get("id")), one_line(clean(string(me.get("slug")) or string(me.get("name")), 200)))


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the parent of an answer."""
    same = " ".join(clean(outgoing.text).split()) == " ".join(message.text.split())
    return same and message.parent == outgoing.parent.id
