"""Mastodon and what speaks its API: GoToSocial, Pixelfed, Pleroma, Akkoma, snac.

Facts are those of docs.joinmastodon.org (methods/notifications, methods/statuses, methods/accounts, entities/Status)
where nothing else is said. It reads with `reading`, asks for threads with `threads`, and understands
what it is given with `status`.

A status belongs to the conversation of its thread: under a status of ours, the first one below that is not ours; else
the thread's root; a direct message to the peer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cminbox.errors import NotThere, Refused, Retryable, SourceError
from cminbox.model import HOUR, MINUTE, SECOND, Instant, Message, Verb, is_plausible
from cminbox.sources.auth import Bearer
from cminbox.sources.contract import (
    Account,
    Act,
    Capabilities,
    Counting,
    Identity,
    Info,
    Login,
    LoginStep,
    Outgoing,
    Sent,
    Unsure,
    VerbInfo,
    Verified,
)
from cminbox.sources.credentials import Credentials
from cminbox.sources.glyphs import GLYPHS
from cminbox.sources.json_values import dig, identifier, instant, string, web_address
from cminbox.sources.networks.mastodon.api import (
    BASE_URL_HELP,
    address,
    base,
    in_its_own_words,
    limits,
    software,
    token,
    verify,
)
from cminbox.sources.networks.mastodon.reading import PAGE, pages
from cminbox.sources.networks.mastodon.status import MENTION, is_ours, is_posted, objects, parse, same_text
from cminbox.sources.oauth import OUT_OF_BAND, OAuth2
from cminbox.sources.paging import Item, id_of
from cminbox.text import clean, one_line
from cminbox.text_html import html_to_text

if TYPE_CHECKING:
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
    "limits",
    "pages",
    "parse",
    "send",
    "warning",
]

_HOW_TO_LOG_IN = (
    "an access token with read:accounts, read:notifications, read:statuses, read:follows, write:statuses, "
    "write:favourites, write:blocks, write:mutes and write:accounts, from Preferences → Development → New application"
)

_SCOPES = (
    *("read:accounts", "read:notifications", "read:statuses", "read:follows"),
    *("write:statuses", "write:favourites", "write:blocks", "write:mutes", "write:accounts"),
)

INFO = Info(
    network="mastodon",
    title="Mastodon",
    glyph=GLYPHS["mastodon"],
    secret=_HOW_TO_LOG_IN,
    logins=(
        Login("code", "The server's own page asks whether cminbox may use the account, and shows a code."),
        Login("token", _HOW_TO_LOG_IN[0].upper() + _HOW_TO_LOG_IN[1:]),
    ),
    verified=(
        Verified("real server", date(2026, 11, 27), "snac 2.75"),
        Verified("simulator", date(2026, 11, 27), "mastodon_mock 0.6.1, and one that accepts late"),
        Verified("recorded answers", date(2026, 11, 27)),
    ),
    base_url=True,
    base_url_help=BASE_URL_HELP,
    capabilities=Capabilities(
        reply=True,
        dm=True,
        verbs={
            "like": VerbInfo(own=True),
            "boost": VerbInfo(own=True),
            "delete": VerbInfo(own=True, others=False, undo=False),
            "pin": VerbInfo(own=True, others=False),
            "block": VerbInfo(),
            "mute": VerbInfo(),
        },
        cannot={
            "hide": "answers of others cannot be hidden on Mastodon",
            "release": "nothing is held for review on Mastodon",
            "report-spam": "reports go to the server's moderators in the browser",
        },
        edits=True,
        deletions=True,
        find_sent=True,
        duplicate_guard="key",
        counting=Counting("url-weighted", limit=500, url_weight=23),
        min_interval=MINUTE // 2,
    ),
)

_PATHS: Mapping[Verb, tuple[str, str, str]] = {
    "like": ("statuses", "favourite", "unfavourite"),
    "boost": ("statuses", "reblog", "unreblog"),
    "pin": ("statuses", "pin", "unpin"),
    "block": ("accounts", "block", "unblock"),
    "mute": ("accounts", "mute", "unmute"),
}
"""Where a verb is asked for: of what, and the words that do it and take it back."""

CLOCK_ERROR = 30 * SECOND
"""How far the times of a server may lie from the clock that its answers show."""
CLOCK_UNKNOWN = HOUR
"""How far the clock of a server that never said what it shows is taken to be behind ours at most. The same text below
the same message is the reply there whatever its time, for what was read before the try is known not to be."""
MOST_BELOW = 20
"""Answers that Pixelfed shows below a post; ours may be among the others."""
MOST_LISTED = 10
"""Pages of our own posts that a look-up reads; where they do not reach back to the try, the thread has to answer."""

_VISIBILITIES = {"limited": "direct", "": "public"}


async def begin_login(
    client: Client, account: Account, login: Login, _fields: Mapping[str, str]
) -> LoginStep | Credentials:
    """Registers an application on the server, and names the page that shows the code (methods/apps, methods/oauth)."""
    if login.way != "code":
        raise Refused(f"Mastodon has no login by {login.way}")
    form = {"client_name": "cminbox", "redirect_uris": OUT_OF_BAND, "scopes": " ".join(_SCOPES)}
    answer = await client.request("POST", address(account, "apps"), form=form)
    client_id, client_secret = string(dig(answer.data, "client_id")), string(dig(answer.data, "client_secret"))
    if not client_id:
        raise Refused(f"{answer.host} registers no application", hint="make a token in its preferences")
    return _oauth(account).begin(client_id, client_secret)


async def finish_login(client: Client, account: Account, step: LoginStep, pasted: str) -> LoginStep | Credentials:
    """The token for the code that the page showed."""
    return await _oauth(account).finish(client, step, pasted)


def _oauth(account: Account) -> OAuth2:
    server = base(account)
    return OAuth2(
        f"{server}/oauth/authorize", f"{server}/oauth/token", scopes=_SCOPES, redirect=OUT_OF_BAND, pkce=False
    )


async def identify(client: Client, account: Account) -> Identity:
    """Who we are, and the server's limits."""
    me = await verify(client, account)
    if not id_of(me):
        raise Retryable("the server did not say who we are", hint="does base_url name a Mastodon server?")
    handle = clean(string(me.get("acct")) or string(me.get("username")), 200)
    return Identity(id_of(me), handle, await limits(client, account))


def compose(parent: Message, text: str) -> str:
    """The text as it is posted: the author, and who else was mentioned, are mentioned if they are not yet.

    A server notifies only those who are mentioned; clients put the names in front.
    """
    names = [parent.author.handle, *parent.extra.get("mentions", "").split()]
    present = {name.lower() for name in MENTION.findall(text)}
    missing = [name for name in dict.fromkeys(names) if name and name.lower() not in present]
    return " ".join([*(f"@{name}" for name in missing), text])


def warning(parent: Message) -> str:
    """The content warning of the message that is answered: the answer is shown behind it too, and counts with it."""
    return parent.title


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Posts a reply with its parent's visibility, once; the key makes a repeated call return the first result."""
    parent = outgoing.parent
    body: dict[str, object] = {
        "status": compose(parent, outgoing.text),
        "in_reply_to_id": parent.id,
        "visibility": _VISIBILITIES.get(parent.visibility, parent.visibility),
    }
    if spoiler := warning(parent):
        body["spoiler_text"] = spoiler
    lang = outgoing.lang.partition("-")[0].lower()
    if re.fullmatch(r"[a-z]{2,3}", lang):
        body["language"] = lang
    headers = {"Idempotency-Key": outgoing.key}
    try:
        answer = await client.post_json(address(account, "statuses"), body, headers=headers, bearer=token(account))
    except NotThere as error:
        raise Refused(f"{error.message}; the message that it answers may be no longer on the network") from None
    posted = answer.data if isinstance(answer.data, dict) else {}
    by_another = isinstance(posted.get("account"), dict) and account.account_id and not is_ours(posted, account)
    answers = identifier(posted.get("in_reply_to_id"))
    if not id_of(posted) or by_another or answers not in ("", parent.id):
        raise Retryable("the server took the reply but did not say what it became", maybe_done=True)
    return _sent(posted, outgoing, client.clock())


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply among what our account wrote since it was first tried, and below its parent.

    Our own list has all of it that is public, so it alone says that nothing is there; a thread can be cut, hidden or
    forbidden. Where the list does not reach back, or leaves out what is not public or what answers something, the
    thread has to answer too.
    """
    wanted = compose(outgoing.parent, outgoing.text)
    found: dict[str, Item] = {}
    trouble: SourceError | None = None
    without_answers = False
    try:
        listed, whole = await _own_since(client, account, outgoing.sent_before)
        # Some servers leave out of it what not everybody may see (snac), or all that answers something (Pixelfed).
        answers = any(identifier(each.get("in_reply_to_id")) for each in listed)
        without_answers = not answers and "pixelfed" in await software(client, account)
        whole = whole and not without_answers and outgoing.parent.visibility in ("", "public", "unlisted")
        found |= {id_of(each): each for each in listed}
        trouble = (
            None if whole else Retryable("our account's own list does not show all, and the thread cannot be read")
        )
    except SourceError as error:
        trouble, whole = error, True
    earliest = _earliest(client, account, outgoing.sent_before)
    ours = [each for each in found.values() if _answers(each, account, outgoing)]
    if not any(_in_time(each, earliest) and is_posted(wanted, each) for each in ours):
        try:
            url = address(account, "statuses", outgoing.parent.id, "context")
            thread = objects(dig((await client.get_json(url, bearer=token(account))).data, "descendants"))
            ours += [each for each in thread if id_of(each) not in found and _answers(each, account, outgoing)]
            trouble = trouble if whole or (without_answers and len(thread) >= MOST_BELOW) else None
        except NotThere:
            # Answers to a message that was deleted answer nothing any more.
            orphans = (each for each in found.values() if _answers(each, account, outgoing, parent=""))
            ours += [each for each in orphans if _in_time(each, earliest) and is_posted(wanted, each)]
        except SourceError:
            pass  # what our own list says stands
    unsure: Item | None = None
    for status in sorted(ours, key=lambda each: instant(each.get("created_at")) or 0):
        same = is_posted(wanted, status)
        in_time = _in_time(status, earliest) or (same and client.skew(base(account)) is None)
        if in_time and (same or await _typed(client, account, status) == _spaced(wanted)):
            return _sent(status, outgoing, client.clock())
        unsure = status if same or in_time else unsure
    if unsure is not None:
        text = one_line(html_to_text(string(unsure.get("content")), 2000))
        return Unsure(id_of(unsure), text, web_address(unsure.get("url")))
    if trouble is not None:
        raise trouble
    return None


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the parent of a reply."""
    wanted = compose(outgoing.parent, outgoing.text)
    return message.parent == outgoing.parent.id and same_text(wanted, message.text)


def _earliest(client: Client, account: Account, sent_before: Instant) -> Instant:
    """The server's time from which on a reply can be there that was first tried at `sent_before` by our clock."""
    skew = client.skew(base(account))
    return sent_before - CLOCK_UNKNOWN if skew is None else sent_before + skew - CLOCK_ERROR


async def _own_since(client: Client, account: Account, sent_before: Instant) -> tuple[list[Item], bool]:
    """What our account wrote from a time of our clock on, newest first, and whether that is all of it.

    Raises:
        SourceError: it cannot be read.
    """
    url = address(account, "accounts", account.account_id, "statuses")
    found: dict[str, Item] = {}
    params = {"limit": str(PAGE)}
    for _ in range(MOST_LISTED):
        answer = await client.get_json(url, params=params, bearer=token(account))
        if not isinstance(answer.data, list):
            raise Retryable(f"{urlsplit(url).hostname} answered with no list", hint="is it a Mastodon server?")
        new = {id_of(each): each for each in objects(answer.data) if id_of(each) not in found}
        found |= new
        oldest = min((instant(each.get("created_at")) or 0 for each in new.values()), default=0)
        if not new or oldest < _earliest(client, account, sent_before):
            return list(found.values()), True
        params = {"limit": str(PAGE), "max_id": list(new)[-1]}
    return list(found.values()), False


def _answers(status: Item, account: Account, outgoing: Outgoing, parent: str | None = None) -> bool:
    """Whether it is an answer of our account to the same message (or to `parent`), and no other reply's."""
    return (
        is_ours(status, account)
        and id_of(status) not in outgoing.known
        and identifier(status.get("in_reply_to_id")) == (outgoing.parent.id if parent is None else parent)
    )


def _in_time(status: Item, earliest: Instant) -> bool:
    return (instant(status.get("created_at")) or 0) >= earliest


async def _typed(client: Client, account: Account, status: Item) -> str:
    """A status's text as it was typed, where the server tells it; it may show something else."""
    try:
        answer = await client.get_json(
            address(account, "statuses", id_of(status), "source"), bearer=token(account), tries=1
        )
    except SourceError:
        return ""
    return _spaced(clean(string(dig(answer.data, "text"))))


def _spaced(text: str) -> str:
    """A text with one blank for all white space between two words."""
    return " ".join(text.split())


async def act(client: Client, account: Account, act: Act) -> None:
    """Carries a verb out, or takes it back (methods/statuses, methods/accounts)."""
    own = act.message.id
    if act.verb == "delete":
        await client.request("DELETE", address(account, "statuses", own), auth=Bearer(token(account)))
        return
    path = _PATHS.get(act.verb)
    if path is None:
        raise Refused(f"Mastodon has no {act.verb}")
    kind, do, back = path
    subject = act.message.author.id if kind == "accounts" else own
    await client.post_json(address(account, kind, subject, back if act.undo else do), bearer=token(account))


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether a status or account stands as the act would have it."""
    wanted = not act.undo
    if act.verb in ("block", "mute") and _PATHS[act.verb][0] == "accounts":
        url = address(account, "accounts", "relationships")
        answer = await client.get_json(url, params={"id[]": act.message.author.id}, bearer=token(account))
        found = answer.data[0] if isinstance(answer.data, list) and answer.data else None
        return dig(found, "blocking" if act.verb == "block" else "muting") is wanted
    try:
        answer = await client.get_json(address(account, "statuses", act.message.id), bearer=token(account))
    except NotThere as error:
        if act.verb == "delete" and in_its_own_words(error):
            return True
        raise
    field = {"like": "favourited", "boost": "reblogged", "pin": "pinned"}.get(act.verb, "")
    return act.verb != "delete" and dig(answer.data, field) is wanted


def _sent(status: Item, outgoing: Outgoing, present: Instant) -> Sent:
    created = instant(status.get("created_at"))
    return Sent(
        id=id_of(status),
        url=web_address(status.get("url")),
        created_at=present if created is None or not is_plausible(created, present) else created,
        conversation=outgoing.conversation,
    )
