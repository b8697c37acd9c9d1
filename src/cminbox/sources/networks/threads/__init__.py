"""Threads: replies to own posts at any depth, what waits for approval, mentions, answers to own replies elsewhere.

Facts are those of developers.facebook.com/docs/threads (reply management, reply approvals, posts, long-lived tokens,
webhooks) where nothing else is said. It reads with `reading`, finds conversations with `conversation`, understands what
it is given with `parse`, writes with `writing`, and shares with Facebook and Instagram what is in `sources/meta`.

Below a post of ours a reply at the first level with all that is below it is one conversation; elsewhere the thread is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from cminbox.errors import NotThere, Refused
from cminbox.model import MINUTE, Message
from cminbox.sources.contract import (
    Account,
    Act,
    Capabilities,
    Counting,
    Identity,
    Info,
    Login,
    LoginStep,
    Option,
    Outgoing,
    Sent,
    Unsure,
    VerbInfo,
    Verified,
)
from cminbox.sources.credentials import Credentials
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.json_values import dig, string
from cminbox.sources.look_up import same_text
from cminbox.sources.meta.graph import THREADS, Graph, checked_id
from cminbox.sources.meta.judge import judge
from cminbox.sources.meta.logins import APP, REDIRECT, TYPED, begun, exchanged, finished, of_60_days, typed
from cminbox.sources.meta.parts import was_deleted
from cminbox.sources.meta.renewal import renewed
from cminbox.sources.meta.sent import once
from cminbox.sources.meta.webhooks import receive
from cminbox.sources.networks.threads.parse import POST, parse
from cminbox.sources.networks.threads.reading import APPROVALS, SEARCH, SEARCHES, graph_of, pages, pushed_pages, who
from cminbox.sources.networks.threads.writing import DELETIONS, REPLIES, find, publish
from cminbox.sources.oauth import OAuth2

if TYPE_CHECKING:
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
    "renews",
    "send",
]

SCOPES = (
    *("threads_basic", "threads_read_replies", "threads_manage_replies", "threads_content_publish"),
    *("threads_manage_mentions", "threads_delete"),
)
RENEWED_BY = "th_refresh_token"
_HOW_TO_LOG_IN = (
    "a long-lived Threads token with threads_basic, threads_read_replies, threads_manage_replies, "
    "threads_content_publish, threads_manage_mentions and threads_delete, from the app's dashboard"
)

INFO = Info(
    network="threads",
    title="Threads",
    glyph=GLYPHS["threads"],
    options=(
        Option(SEARCH, 'words to listen for, where owned = false: ["our name"]', "list"),
        Option(APPROVALS, "posts are made with reply approvals: what waits for them is read", "flag", default=False),
    ),
    secret=_HOW_TO_LOG_IN,
    base_url_help="the Threads API's address, only to test against another server",
    someone="someone on Threads",
    logins=(
        Login(
            "fields",
            "In your app at developers.facebook.com → Use cases → Access the Threads API → Settings add the account as "
            "a Threads tester, and accept in Threads under Settings → Account → Website permissions → Invites. Then "
            "'User Token Generator' on the same page, 'Generate token', and paste it. It lasts 60 days and is renewed.",
            TYPED,
        ),
        Login(
            "address",
            "In your app → Use cases → Access the Threads API → Settings add https://localhost:8912/ to the redirect "
            "callback URLs; the Threads app's id and secret stand there too. A page opens on your own machine, asks "
            "whether the app may, and leads to an address that cannot open: paste that address here.",
            APP,
        ),
    ),
    api=(THREADS,),
    verified=(
        Verified("simulator", date(2026, 11, 27), "replies, publication, hide, delete, with faults"),
        Verified("recorded answers", date(2026, 11, 27)),
        Verified("documentation", date(2026, 11, 27), "approvals, replies elsewhere, renewal, webhooks"),
    ),
    capabilities=Capabilities(
        reply=True,
        verbs={
            "hide": VerbInfo(note="takes the replies below along", only="those right below your post alone"),
            "delete": VerbInfo(own=True, others=False, undo=False, note="100 a day"),
            "release": VerbInfo(
                undo=False, note="what waits for approval is shown to everybody", only="what waits for approval alone"
            ),
        },
        cannot={
            "like": "the API likes nothing",
            "boost": "reposts are made in the app",
            "report-spam": "reports are made in the app",
            "block": "people are blocked in the app",
            "mute": "people are muted in the app",
            "pin": "replies are pinned in the app",
        },
        brings={
            "replies to own posts": "yes: at any depth, of old posts in turn",
            "mentions": "yes",
            "answers to own replies elsewhere": "yes, to the newest of them",
            "replies that wait for approval": "yes, with the option approvals, below the newest posts",
            "who wrote it": "partly: the handle alone",
            "searches": "yes, with owned = false and the permission threads_keyword_search",
            "private messages": "no: the API has none",
            "likes, reposts and quotes": "no",
        },
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="none",
        counting=Counting("characters", limit=500),
        min_interval=2 * MINUTE,
        allowances=(REPLIES, DELETIONS, SEARCHES),
    ),
)


async def identify(client: Client, account: Account) -> Identity:
    """Which account the token is for."""
    us = await who(graph_of(client, account))
    return Identity(us.id, us.handle)


def _oauth(graph: Graph) -> OAuth2:
    return OAuth2(
        "https://threads.net/oauth/authorize",
        f"{graph.base}/oauth/access_token",
        SCOPES,
        separator=",",
        redirect=REDIRECT,
        pkce=False,
    )


async def begin_login(
    client: Client, account: Account, login: Login, fields: Mapping[str, str]
) -> LoginStep | Credentials:
    """The token that was pasted, with its 60 days; or the page to open."""
    graph, known = graph_of(client, account), typed(fields)
    if login.way != "address":
        return await of_60_days(graph, known, RENEWED_BY)
    return begun(_oauth(graph), known)


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """A long-lived token for the address that was pasted."""
    graph = graph_of(client, account)
    short = await finished(graph, _oauth(graph), step, pasted)
    if not isinstance(short, Credentials):
        return short
    params = {
        "grant_type": "th_exchange_token",
        "client_secret": short.client_secret,
        "access_token": short.access_token,
    }
    return await exchanged(graph, short, f"{graph.base}/access_token", params)


async def refresh(client: Client, account: Account) -> Credentials:
    """A new token for another 60 days."""
    return await renewed(graph_of(client, account), RENEWED_BY)


def renews(_account: Account) -> bool:
    """Always: the token renews itself."""
    return True


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Answers a reply or a post, once."""
    graph = graph_of(client, account)
    return await once(outgoing, lambda: publish(graph, outgoing), lambda: find(graph, outgoing))


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply below its post, or among all our replies."""
    return await find(graph_of(client, account), outgoing)


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the parent of a reply."""
    return message.parent == outgoing.parent.id and same_text(outgoing.text, message.text)


async def act(client: Client, account: Account, act: Act) -> None:
    """Carries a verb out, or takes it back."""
    graph, own = graph_of(client, account), act.message.id
    if act.verb == "hide":
        await graph.post(own, "manage_reply", form={"hide": "false" if act.undo else "true"})
    elif act.verb == "release" and not act.undo:
        await graph.post(own, "manage_pending_reply", form={"approve": "true"})
    elif act.verb == "delete" and not act.undo:
        await account.ledger.spend(DELETIONS, 1, for_people=True)
        await graph.delete(own)
    else:
        raise Refused(f"Threads cannot {'undo ' if act.undo else ''}{act.verb} here")


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether a reply stands as the act would have it."""
    graph, own = graph_of(client, account), act.message.id
    if act.verb == "release" and (post := act.message.extra.get(POST)):
        waiting = await graph.get(post, "pending_replies", fields="id", approval_status="pending")
        listed = waiting.get("data")
        if own in [checked_id(dig(each, "id")) for each in (listed if isinstance(listed, list) else [])]:
            return False
    try:
        item = await graph.get(own, fields="id,hide_status")
    except NotThere as error:
        if act.verb != "delete":
            raise
        return await was_deleted(graph, act.message, error)
    if act.verb == "release":
        return True
    return act.verb == "hide" and (string(item.get("hide_status")) == "HIDDEN") is not act.undo
