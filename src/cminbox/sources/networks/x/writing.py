"""Answering on X, finding an answer again, hiding replies and deleting our own posts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cminbox.errors import AuthError, NotThere, RateLimited, Refused, Retryable
from cminbox.model import MINUTE, SECOND, Instant, Message, to_iso
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.json_values import dig, string
from cminbox.sources.networks.x import api, chat
from cminbox.sources.networks.x.api import Desk, Item, Memory
from cminbox.sources.networks.x.chat import spaced
from cminbox.sources.networks.x.post import is_ours, link, message_id, refers, text_of, time_of
from cminbox.sources.networks.x.reading import SEARCHED_BACK
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MOST_PAGES = 10
_LINK = re.compile(r"https?://|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w@])", re.IGNORECASE)
_NAMES = re.compile(r"\A(?:@\w{1,30}\s+)+")


def _desk(client: Client, account: Account) -> Desk:
    return Desk(client, account, Memory.load("", client.clock()), for_people=True)


def _shown_id(message: Message) -> str:
    """The id of the newest version that was seen."""
    return message.extra.get("post") or message.id


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Writes a reply, once."""
    desk = _desk(client, account)
    if chat.is_message(outgoing.parent):
        return await chat.send(desk, outgoing)
    price = api.REPLY_WITH_LINK if _LINK.search(outgoing.text) else api.REPLY
    body = {"text": outgoing.text, "reply": {"in_reply_to_tweet_id": _shown_id(outgoing.parent)}}
    try:
        answer = await desk.write("POST", "tweets", body, price)
    except NotThere as error:
        raise Refused(f"{error.message}; the post that it answers is no longer there") from None
    own = string(dig(answer.data, "data", "id"))
    if not own:
        raise Retryable("X took the reply but did not say what it became", maybe_done=True)
    return Sent(own, link("", own), client.clock(), outgoing.conversation)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for a reply in its thread, and among all that we wrote.

    Raises:
        SourceError: it cannot be read now, or not so far back.
    """
    desk = _desk(client, account)
    if chat.is_message(outgoing.parent):
        return await chat.find_sent(desk, outgoing)
    since = api.earliest(client, account, outgoing.sent_before)
    start = since - since % SECOND
    thread = outgoing.parent.extra.get("thread") or outgoing.conversation
    searched: Unsure | None = None
    in_reach = api.is_id(thread) and start > client.clock() - SEARCHED_BACK
    if in_reach:
        query = f"conversation_id:{thread} from:{account.account_id}"
        params = [("query", query), ("start_time", _time(min(start, client.clock() - MINUTE)))]
        found = await _look(desk, outgoing, since, "tweets/search/recent", params)
        if isinstance(found, Sent):
            return found
        searched = found
    # A search may be late by some seconds; the account's own list is not.
    path = f"users/{api.path_of(account.account_id)}/tweets"
    try:
        listed = await _look(desk, outgoing, since, path, [("start_time", _time(min(start, client.clock() - MINUTE)))])
    except Refused as error:
        if not in_reach or isinstance(error, AuthError | RateLimited) or error.status not in (400, 403, 404):
            raise
        listed = None
    return listed if isinstance(listed, Sent) else searched or listed


async def _look(
    desk: Desk, outgoing: Outgoing, since: Instant, path: str, params: list[tuple[str, str]]
) -> Sent | Unsure | None:
    target, wanted = outgoing.parent, _bare(outgoing.text)
    unsure: Unsure | None = None
    at = ""
    for _ in range(MOST_PAGES):
        more = [("pagination_token", at)] if at else []
        found, _includes = await desk.posts(path, [*params, *more], api.POST, desk.affordable(api.POST))
        for item in found.items:
            own = message_id(item)
            nameless = not item.get("author_id")
            if not (nameless or is_ours(item, desk.account)) or own in outgoing.known:
                continue
            same, in_time = _bare(text_of(item)) == wanted, (time_of(item) or 0) >= since
            answers = refers(item, "replied_to") in (target.id, _shown_id(target))
            if same and in_time and answers and not nameless:
                return Sent(own, link("", own), time_of(item) or desk.client.clock(), outgoing.conversation)
            if answers and (same or (in_time and not nameless)):
                unsure = _unsure(item)
        if found.next in ("", at):
            return unsure
        at = found.next
    raise Retryable("there are too many posts of ours to look through")


def _unsure(item: Item) -> Unsure:
    own = message_id(item)
    return Unsure(own, one_line(text_of(item)), link("", own))


def is_sent(outgoing: Outgoing, message: Message) -> bool:
    """Whether a message of ours has the text and the place of a reply."""
    if chat.is_message(outgoing.parent):
        return message.conversation == outgoing.conversation and spaced(message.text) == spaced(clean(outgoing.text))
    return message.parent in (outgoing.parent.id, _shown_id(outgoing.parent)) and _bare(message.text) == _bare(
        outgoing.text
    )


def _bare(text: str) -> str:
    """A text to be compared: X puts the names of whoever is answered in front of it."""
    return spaced(_NAMES.sub("", clean(text)))


def _time(when: Instant) -> str:
    return to_iso(when - when % SECOND)[:19] + "Z"


async def act(client: Client, account: Account, act: Act) -> None:
    """Hides a reply below a post of ours or shows it again, or deletes a post of ours.

    Raises:
        Retryable: with `maybe_done` when it may have been done.
        SourceError: by what to do next.
    """
    message, desk = act.message, _desk(client, account)
    ours = message.direction == "out"
    path = f"tweets/{api.path_of(_shown_id(message))}"
    if act.verb == "delete" and ours and not act.undo:
        try:
            await desk.write("DELETE", path, None, api.MANAGE)
        except NotThere:
            return
        return
    if act.verb == "hide" and not ours:
        await desk.write("PUT", f"{path}/hidden", {"hidden": not act.undo}, api.MANAGE)
        return
    raise Refused(f"X cannot {'undo ' if act.undo else ''}{act.verb} here")


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether a post stands as the act would have it.

    Raises:
        Refused: X does not say it.
        SourceError: nothing can be said now.
    """
    if act.verb != "delete":
        raise Refused("X does not say which replies are hidden")
    own = _shown_id(act.message)
    found, _, gone = await _desk(client, account).by_ids([own])
    if own not in found and own not in gone:
        raise Refused("X does not show that post, and does not say why")
    return own in gone
