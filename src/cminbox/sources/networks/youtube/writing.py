"""Answering below a video, finding an answer again, and moderating.

YouTube has one level of replies, and no key that would stop a second one. Asked for by its id a comment does not say
whether it is held, so that is looked up in the lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.errors import NotThere, Refused, Retryable
from cminbox.model import HOUR, SECOND, Instant, Message, Verb
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.json_values import dig, string
from cminbox.sources.mentions import mentions
from cminbox.sources.networks.youtube import api
from cminbox.sources.networks.youtube.api import Item
from cminbox.sources.networks.youtube.comment import (
    HELD,
    author_of,
    id_of,
    link,
    post_of,
    some_replies,
    status_of,
    text_of,
    thread_time,
    time_of,
    top_status,
)
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MOST_PAGES = 20
CLOCK_ERROR = 30 * SECOND
CLOCK_UNKNOWN = HOUR
"""How far YouTube's times may lie from the clock that its answers show, and from ours where they show none."""
_SETS: dict[Verb, str] = {"release": "published", "hide": "heldForReview", "delete": "rejected", "block": "rejected"}


def compose(parent: Message, text: str) -> str:
    """The text as it is posted: an answer to a reply names its author, for all replies stand in one row."""
    name = parent.author.handle
    if parent.parent is None or not name or mentions(text, name):
        return text
    return f"@{name} {text}"


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Writes a reply below the comment that began the conversation, once."""
    text = compose(outgoing.parent, outgoing.text)
    body = {"snippet": {"parentId": outgoing.conversation, "textOriginal": text}}
    try:
        made = (
            await api.ask(client, account, "POST", "comments", [("part", "snippet")], body=body, for_people=True)
        ).data
    except NotThere as error:
        raise Refused(f"{error.message}; the comment that it answers is no longer there") from None
    if not isinstance(made, dict) or not string(made.get("id")):
        raise Retryable("YouTube took the reply but did not say what it became", maybe_done=True)
    return _sent(made, outgoing, client.clock())


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply among ours below the same comment, among those held back too.

    Raises:
        Retryable: there is more than can be read.
        SourceError: it cannot be read now.
    """
    found, whole = await _below(client, account, outgoing.parent, outgoing.conversation)
    wanted = _words(clean(compose(outgoing.parent, outgoing.text)))
    since = _earliest(client, account, outgoing.sent_before)
    unsure: Item | None = None
    for item in sorted(found.values(), key=lambda each: time_of(each) or 0):
        if string(item.get("id")) in outgoing.known:
            continue
        writer = author_of(item)
        ours = bool(writer) and writer == account.account_id
        same, in_time = _words(text_of(item)) == wanted, (time_of(item) or 0) >= since
        if ours and same and in_time:
            return _sent(item, outgoing, client.clock())
        if (ours and (same or in_time)) or (not writer and same):
            unsure = item
    if unsure is not None:
        return Unsure(string(unsure.get("id")), one_line(text_of(unsure)), _link(unsure, outgoing))
    if not whole:
        raise Retryable("there are too many replies below it to look through")
    return None


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the place of a reply."""
    same = _words(clean(compose(outgoing.parent, outgoing.text))) == _words(message.text)
    return same and message.parent == outgoing.conversation


async def act(client: Client, account: Account, act: Act) -> None:
    """Sets a comment's moderation status, or deletes our own.

    Raises:
        Retryable: with `maybe_done` when it may have been done.
        SourceError: by what to do next.
    """
    own, ours = act.message.id, act.message.direction == "out"
    if act.verb not in _SETS or (ours and act.verb != "delete") or (act.undo and act.verb != "hide"):
        raise Refused(f"YouTube cannot {'undo ' if act.undo else ''}{act.verb} here")
    try:
        if ours:
            await api.ask(client, account, "DELETE", "comments", [("id", own)], for_people=True)
            return
        params = [("id", own), ("moderationStatus", "published" if act.undo else _SETS[act.verb])]
        if act.verb == "block":
            params.append(("banAuthor", "true"))
        await api.ask(client, account, "POST", "comments/setModerationStatus", params, for_people=True)
    except NotThere:
        if act.verb != "delete":
            raise


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether a comment stands as the act would have it.

    Raises:
        Refused: YouTube does not say it.
        SourceError: nothing can be said now.
    """
    status = await _status(client, account, act.message)
    if act.verb == "delete":
        return status == "gone" or (status == "rejected" and act.message.direction == "in")
    if act.verb == "block":
        if status == "rejected":
            raise Refused("YouTube does not say whom a channel has banned")
        return False
    if act.verb == "hide" and not act.undo:
        return status in HELD
    return status == "published"


async def _status(client: Client, account: Account, message: Message) -> str:
    """The moderation status of a comment; `gone` where it is not there."""
    own = message.id
    item = (await api.comments(client, account, [own], for_people=True)).get(own)
    if item is None:
        return "gone"
    if found := status_of(item):
        return found
    for status in HELD:
        if await _listed_among(client, account, message, status):
            return status
    if message.parent is None:
        return "published" if await _listed_among(client, account, message, "") else "rejected"
    found_below, whole = await _replies(client, account, message.conversation)
    if own not in found_below and not whole:
        raise Retryable("there are too many replies to look through")
    return "published" if own in found_below else "rejected"


async def _listed_among(client: Client, account: Account, message: Message, status: str) -> bool:
    """Whether a list of comments of its video has it."""
    at = ""
    for _ in range(MOST_PAGES):
        page = await api.threads(client, account, _of(account, message), status, at, for_people=True)
        for thread in page.items:
            if id_of(thread) == message.id and (not status or top_status(thread, status) == status):
                return True
            if status and any(
                string(each.get("id")) == message.id and status_of(each) == status for each in some_replies(thread)
            ):
                return True
        times = [when for thread in page.items if (when := thread_time(thread)) is not None]
        if page.next in ("", at) or (message.parent is None and times and times[-1] < message.created_at):
            return False
        at = page.next
    raise Retryable("there are too many comments to look through")


def _of(account: Account, message: Message) -> tuple[str, str]:
    if message.post is not None:
        return "videoId", message.post.id
    return "allThreadsRelatedToChannelId", account.account_id


async def _below(client: Client, account: Account, parent: Message, top: str) -> tuple[dict[str, Item], bool]:
    """What stands below a comment, what is held there too, and whether that is all."""
    found, whole = await _replies(client, account, top)
    for status in HELD if account.owned else ():
        page = await api.threads(client, account, _of(account, parent), status, for_people=True)
        for thread in page.items:
            if id_of(thread) == top:
                found.update({string(each.get("id")): each for each in some_replies(thread)})
    return found, whole


async def _replies(client: Client, account: Account, top: str) -> tuple[dict[str, Item], bool]:
    """What everybody sees below a comment, and whether that is all; nothing below one that is gone."""
    found, at = dict[str, Item](), ""
    for _ in range(MOST_PAGES):
        try:
            page = await api.replies(client, account, top, at, for_people=True)
        except NotThere:
            return found, True
        found.update({string(each.get("id")): each for each in page.items})
        if page.next in ("", at):
            return found, True
        at = page.next
    return found, False


def _earliest(client: Client, account: Account, sent_before: Instant) -> Instant:
    """YouTube's time from which on a reply can be there that was first tried at `sent_before` by our clock."""
    skew = client.skew(api.base(account))
    return sent_before - CLOCK_UNKNOWN if skew is None else sent_before + skew - CLOCK_ERROR


def _words(text: str) -> str:
    return " ".join(text.split())


def _sent(item: Item, outgoing: Outgoing, present: Instant) -> Sent:
    link = _link(item, outgoing)
    return Sent(string(item.get("id")), link, time_of(item) or present, outgoing.conversation)


def _link(item: Item, outgoing: Outgoing) -> str:
    return link(outgoing.parent.post or post_of(string(dig(item, "snippet", "videoId"))), string(item.get("id")))
