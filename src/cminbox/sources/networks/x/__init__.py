"""X: mentions and the threads that they are in, direct messages, replies, hiding; each call is paid.

Below a post of ours a conversation is each answer to it with what is below that; elsewhere it is a thread. It asks with
`api`, understands posts with `post`, reads with `reading`, writes with `writing`; direct messages are in `chat`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
from cminbox.sources.credentials import Credentials
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.json_values import string
from cminbox.sources.networks.x import api, chat, reading
from cminbox.sources.networks.x.api import judge
from cminbox.sources.networks.x.post import parse
from cminbox.sources.networks.x.reading import pages
from cminbox.sources.networks.x.writing import act, acted, find_sent, is_sent, send
from cminbox.text import clean, one_line

if TYPE_CHECKING:
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

_APP = (
    "1. Open https://console.x.com as the brand's account, make an app, buy credits, and set a spending limit there. "
    "2. In the app's user authentication settings allow read, write and direct messages. "
)
_TOKENS = (
    _APP + "3. Under keys and tokens generate the consumer keys, and then the access token and secret of the account. "
    "4. Have all four ready."
)
_PAGE = (
    _APP + "3. There too choose “native app” or “web app”, and enter http://127.0.0.1:8912/ as the callback address. "
    "4. Have the OAuth 2.0 client id ready, and for a web app its secret. "
    "5. Open the page that is shown, as the brand's account, and allow it; what it leads to cannot open: paste its "
    "whole address at once, for it is good for 30 seconds."
)

INFO = Info(
    network="x",
    title="X",
    glyph=GLYPHS["x"],
    options=(
        Option(
            "monthly_limit_usd",
            "what this source may cost in a month, in US dollars, where that is not 10",
            "number",
        ),
        PROJECT,
        Option(
            api.OWN_APP,
            "whether the account itself owns the app, so that its mentions cost less",
            "flag",
            default=False,
        ),
        Option(
            reading.WITH_THREADS,
            "whether the rest of a thread is read where the account was mentioned",
            "flag",
            default=True,
        ),
        Option(reading.WITH_CHANGES, "whether edits and deletions are looked for", "flag", default=True),
        Option(chat.OPTION, "whether direct messages are read", "flag", default=False),
        Option(reading.WORDS, 'words to listen for, where owned = false: ["our name", "#ourtag"]', "list"),
    ),
    secret=api.HOW_TO_LOG_IN,
    base_url_help=api.BASE_URL_HELP,
    someone="someone on X",
    logins=(
        Login(
            "fields",
            _TOKENS,
            (
                LoginField("consumer_key", "the consumer key, also called API key"),
                LoginField("consumer_secret", "the consumer key's secret", secret=True),
                LoginField("access_token", "the access token, which begins with the account's number"),
                LoginField("token_secret", "the access token's secret", secret=True),
            ),
        ),
        Login(
            "address",
            _PAGE,
            (
                LoginField("client_id", "the OAuth 2.0 client id"),
                LoginField("client_secret", "its secret, where it has one", secret=True, required=False),
            ),
        ),
    ),
    api=(ApiVersion("2", source="https://docs.x.com/changelog"),),
    verified=(
        Verified("simulator", date(2026, 11, 27), "with faults; checked by X's own description of the API"),
        Verified("recorded answers", date(2026, 11, 27)),
        Verified("documentation", date(2026, 11, 27), "direct messages, OAuth 2"),
    ),
    off="each call to X is paid",
    capabilities=Capabilities(
        reply=True,
        dm=True,
        verbs={
            "hide": VerbInfo(
                note="725 in a thread; whoever opens the thread can show it", only="answers below your posts alone"
            ),
            "delete": VerbInfo(own=True, others=False, undo=False),
        },
        cannot={
            "like": "X lets no program like posts any more",
            "boost": "X lets no program repost on self-serve plans",
            "block": "accounts are blocked in X itself",
            "mute": "accounts are muted in X itself",
            "pin": "X lets no program pin posts",
            "report-spam": "X takes no reports from programs",
            "release": "nothing is held for review on X",
        },
        brings={
            "where others name you": "yes, the newest 800",
            "answers to your posts": "yes, as they name you; those that do not for 7 days, with the rest of the thread",
            "answers to others than who named you": "no: X lets no program answer whoever did not name or quote you",
            "quotes of your posts": "partly: those that name you",
            "your own answers": "partly: those of 7 days, in threads that named you",
            "direct messages": "partly: 30 days, no encrypted ones, with dms = true; written from the documentation",
            "searches": "yes, of the last 7 days, with owned = false",
            "likes, reposts and new followers": "no: nobody answers them",
        },
        window="only where the author named or quoted the account",
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="content",
        counting=Counting("weighted", limit=280, url_weight=23),
        min_interval=2 * MINUTE,
        allowances=(api.SPENDING,),
        cost=(
            "a post $0.005 and its author $0.01, once a day each; a reply $0.01, with a link $0.20; hide or delete "
            "$0.005; a direct message $0.01 to read, $0.015 to send"
        ),
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """The account whose token this is."""
    me = await reading.who(client, account)
    return Identity(string(me.get("id")), one_line(clean(string(me.get("username")), 100)))


async def begin_login(
    client: Client, account: Account, login: Login, fields: Mapping[str, str]
) -> LoginStep | Credentials:
    """The tokens that were typed, once they were tried; or the page on which the account agrees."""
    given = {name: value.strip() for name, value in fields.items()}
    if login.way == "address":
        if not given.get("client_id"):
            raise UsageError("X wants the app's OAuth 2.0 client id", api.HOW_TO_LOG_IN)
        secret = given.get("client_secret", "")
        return api.login(account, has_secret=bool(secret)).begin(given["client_id"], secret)
    names = ("consumer_key", "consumer_secret", "token_secret")
    if not given.get("access_token") or not all(given.get(name) for name in names):
        raise UsageError("X wants two keys and two secrets", api.HOW_TO_LOG_IN)
    made = Credentials(given["access_token"], more={name: given[name] for name in names})
    await reading.who(client, replace(account, secret=made.dump()))
    return made


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """Tokens for the address of the page that could not open."""
    return await api.login(account, has_secret=bool(step.state.get("client_secret"))).finish(client, step, pasted)


async def refresh(client: Client, account: Account) -> Credentials:
    """New tokens for another two hours; the old refresh token is used up."""
    kept = account.credentials
    return await api.login(account, has_secret=bool(kept.client_secret)).refresh(client, kept)
