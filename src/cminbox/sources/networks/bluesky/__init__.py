"""Bluesky, and other servers of the AT protocol that its network shows.

A post belongs to the conversation of its thread: under a post of ours, the first one below that is not ours; else the
thread's first post; a direct message to the peer. It reads with `reading`, asks for threads with `threads`,
understands posts with `post`, writes with `writing`, and does the rest with `verbs`; direct messages are in `chat`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
    Option,
    Outgoing,
    Sent,
    Unsure,
    VerbInfo,
    Verified,
)
from cminbox.sources.credentials import Credentials
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.json_values import string
from cminbox.sources.networks.bluesky import api, chat, writing
from cminbox.sources.networks.bluesky.api import judge, renewed
from cminbox.sources.networks.bluesky.post import parse
from cminbox.sources.networks.bluesky.reading import pages
from cminbox.sources.networks.bluesky.verbs import act, acted
from cminbox.text import clean

if TYPE_CHECKING:
    from cminbox.model import Message
    from cminbox.sources.contract import LoginStep
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
    "1. Open https://bsky.app/settings/app-passwords while logged in as the brand's account. "
    "2. Choose “Add App Password” and give it a name such as cminbox. "
    "3. Tick “Allow access to your direct messages” if they are to be read and answered here. "
    "4. Copy the password, which looks like xxxx-xxxx-xxxx-xxxx: it is shown once."
)

INFO = Info(
    network="bluesky",
    title="Bluesky",
    glyph=GLYPHS["bluesky"],
    options=(
        Option("dms", "whether direct messages are read", "flag", default=True),
        Option("search", 'words to listen for, where owned = false: ["our name", "our product"]', "list"),
        Option("hashtag", 'hashtags to listen for, where owned = false: ["our-event"]', "list"),
    ),
    secret=api.HOW_TO_LOG_IN,
    base_url_help=api.BASE_URL_HELP,
    someone="someone on Bluesky",
    logins=(
        Login(
            "fields",
            _STEPS,
            (
                LoginField("handle", "the account's handle, such as brand.bsky.social"),
                LoginField("password", "the app password, such as xxxx-xxxx-xxxx-xxxx", secret=True),
            ),
        ),
    ),
    api=(ApiVersion("AT protocol lexicons app.bsky.*, chat.bsky.*, com.atproto.*", source="https://docs.bsky.app"),),
    verified=(
        Verified("real server", date(2026, 11, 27), "data server and AppView of @atproto/dev-env 0.6.7, limits on"),
        Verified("recorded answers", date(2026, 11, 27)),
        Verified("documentation", date(2026, 11, 27), "direct messages"),
    ),
    capabilities=Capabilities(
        reply=True,
        dm=True,
        verbs={
            "like": VerbInfo(own=True),
            "boost": VerbInfo(own=True),
            "hide": VerbInfo(note="whoever opens the thread can still show it", only="answers below your posts alone"),
            "delete": VerbInfo(own=True, others=False, undo=False),
            "block": VerbInfo(note="everybody can see whom an account blocks"),
            "mute": VerbInfo(note="nobody is told"),
            "pin": VerbInfo(own=True, others=False, note="in place of the post that is pinned now"),
            "report-spam": VerbInfo(undo=False, repeatable=False, note="the network's moderators are told"),
        },
        cannot={
            "release": "nothing is held for review on Bluesky",
        },
        brings={
            "mentions, answers and quotes": "yes",
            "answers far below your posts": "yes, of your newest 100 posts, in turn",
            "direct messages": "partly: where the app password allows them; written from the documentation alone",
            "likes, reposts and new followers": "no: nobody answers them",
            "searches and hashtags": "yes, with owned = false",
            "answers of accounts that blocked you": "no: the network withholds them",
        },
        deletions=True,
        find_sent=True,
        duplicate_guard="key",
        counting=Counting("graphemes", limit=300, byte_limit=3000),
        min_interval=MINUTE // 2,
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """Who we are, as our server knows our session."""
    me = await api.verify(client, account)
    return Identity(string(me.get("did")), clean(string(me.get("handle")), 260))


async def refresh(client: Client, account: Account) -> Credentials:
    """A new session: for the refresh token, else for the app password that is kept with it."""
    return await renewed(client, account)


async def begin_login(client: Client, account: Account, _login: Login, fields: Mapping[str, str]) -> Credentials:
    """A session for a handle and an app password."""
    handle = clean(fields.get("handle", ""), 260).strip().removeprefix("@").lower()
    password = fields.get("password", "").strip()
    if not handle or not password:
        raise Refused("Bluesky wants a handle and an app password", hint=api.HOW_TO_LOG_IN)
    # Not where an older login led to: the account may have moved, and its old server be gone.
    return await api.logged_in(client, replace(account, secret=None), handle, password)


async def finish_login(_client: Client, _account: Account, _step: LoginStep, _pasted: str) -> LoginStep | Credentials:
    """A login needs no page here.

    Raises:
        Refused: always.
    """
    raise Refused("Bluesky wants a handle and an app password", hint=api.HOW_TO_LOG_IN)


def _is_message(message: Message) -> bool:
    return bool(message.extra.get("convo"))


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Sends a reply: a post under the key that is its own, or a direct message."""
    if _is_message(outgoing.parent):
        return await chat.send(client, account, outgoing, await writing.facets(client, account, outgoing.text))
    return await writing.send(client, account, outgoing)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply: under its key, or in its conversation."""
    find = chat.find_sent if _is_message(outgoing.parent) else writing.find_sent
    return await find(client, account, outgoing)


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours is that reply: by its key, or among direct messages by conversation and text."""
    if not _is_message(outgoing.parent):
        return message.id.endswith(f"/{api.POST}/{writing.reply_key(outgoing)}")
    same = " ".join(clean(outgoing.text).split()) == " ".join(message.text.split())
    return same and message.conversation == outgoing.conversation
