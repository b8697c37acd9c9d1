"""Answering on Reddit, finding what was answered, and the verbs: votes, what moderators do, deleting, blocking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from json import dumps
from typing import TYPE_CHECKING, Any

from cminbox.errors import Denied, NotThere, Refused, Retryable, SourceError
from cminbox.model import Instant, Verb
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.json_values import dig, string
from cminbox.sources.networks.reddit import api, modmail
from cminbox.sources.networks.reddit.api import Thing
from cminbox.sources.networks.reddit.posts import trees
from cminbox.sources.networks.reddit.thing import (
    WEB,
    data_of,
    is_deleted,
    is_held,
    is_ours,
    name_of,
    parent_of,
    peer_of,
    taken_away,
    time_of,
)
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MOST_PAGES = 5
_PLACEHOLDER = re.compile(r"t4_z+")
"""What Reddit calls every answer to a message before it knows its name; it is nobody's name."""
CLOCK_ERROR = 60_000
CLOCK_UNKNOWN = 600_000
"""How far, in milliseconds, Reddit's times may lie from the clock that its answers show, and from ours where they show
none."""


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Writes an answer, once.

    Raises:
        Refused: the thread takes no answers any more.
        RateLimited: we write too often; nothing was written.
        Retryable: with `maybe_done` when it may stand there.
        SourceError: by what to do next.
    """
    parent = outgoing.parent
    if parent.id.startswith(modmail.MARK):
        return await modmail.send(client, account, outgoing)
    if not api.is_name(parent.id, "t1", "t3", "t4"):
        raise Refused(f"{parent.id[:40]!r} is nothing that Reddit could answer")
    data = await api.post(client, account, "/api/comment", {"thing_id": parent.id, "text": outgoing.text})
    things = dig(data, "json", "data", "things")
    made = things[0] if isinstance(things, list) and things and isinstance(things[0], dict) else {}
    if not name_of(made) or _PLACEHOLDER.fullmatch(name_of(made)):
        raise Retryable("Reddit took the answer but did not say what it became", maybe_done=True)
    return _sent(made, outgoing, client.clock())


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for an answer among our newest comments or messages, down to when it was first tried.

    Raises:
        Retryable: the list ends too early, or there is too much of it.
        SourceError: nothing can be said now.
    """
    parent = outgoing.parent
    if parent.id.startswith(modmail.MARK):
        return await modmail.find_sent(client, account, outgoing)
    private = parent.id.startswith("t4_")
    path = "/message/sent" if private else f"/user/{account.account_id}/comments"
    since = _earliest(client, account, outgoing.sent_before)
    wanted = _words(outgoing.text)
    unsure: Unsure | None = None
    at = ""
    for _ in range(MOST_PAGES):
        page = await api.listing(client, account, path, [] if private else [("sort", "new")], after=at)
        for thing in page.items:
            item = data_of(thing)
            if not is_ours(item, account) or name_of(thing) in outgoing.known or not _answers(item, account, outgoing):
                continue
            same = _words(string(item.get("body"))) == wanted
            in_time = (time_of(thing) or 0) >= since
            if same and in_time:
                return _sent(thing, outgoing, client.clock())
            if same or in_time:
                unsure = unsure or Unsure(name_of(thing), one_line(_words(string(item.get("body")))), _link(item))
        times = [when for thing in page.items if (when := time_of(thing)) is not None]
        if not page.next or (times and times[-1] < since):
            return await _below(client, account, outgoing, since) or unsure
        at = page.next
    if unsure is None:
        raise Retryable("not all that we wrote since then can be seen")
    return unsure


async def _below(client: Client, account: Account, outgoing: Outgoing, since: Instant) -> Sent | None:
    """Our answer right below what it answers: a thread shows it before the list of what we wrote does."""
    parent = outgoing.parent
    link = parent.post.id if parent.post is not None else parent.id
    if not api.is_name(link, "t3") or parent.id.startswith("t4_"):
        return None
    only = [("comment", api.short(parent.id))] if parent.id.startswith("t1_") else []
    params = [*only, ("sort", "new"), ("depth", "2"), ("limit", "100")]
    try:
        page = await api.get(client, account, f"/comments/{api.short(link)}", params)
    except (Denied, NotThere):
        return None  # the subreddit was closed; the list of ours was read to its end
    for thing in trees(page):
        item = data_of(thing)
        ours = is_ours(item, account) and parent_of(item) == parent.id and name_of(thing) not in outgoing.known
        same = _words(string(item.get("body"))) == _words(outgoing.text)
        if ours and same and (time_of(thing) or 0) >= since:
            return _sent(thing, outgoing, client.clock())
    return None


def is_same(outgoing: Outgoing, text: str, parent: str | None, conversation: str) -> bool:
    """Whether a message of ours with this text and place is that reply."""
    if _words(outgoing.text) != " ".join(text.split()):
        return False
    if outgoing.parent.kind == "dm":
        return conversation == outgoing.conversation
    return parent == outgoing.parent.id or (parent is None and outgoing.parent.id.startswith("t3_"))


async def act(client: Client, account: Account, act: Act) -> str:
    """Carries a verb out, or takes it back; whoever wrote what is removed is told why after it, in a message from the
    subreddit's moderators.

    Returns:
        Why they were not told; empty where they were, or there was nothing to tell.

    Raises:
        Retryable: with `maybe_done` when it may have been carried out.
        SourceError: by what to do next.
    """
    name = act.message.id
    if act.verb == "block":
        await _block(client, account, act)
        return ""
    if not api.is_name(name, "t1", "t3"):
        raise Refused(f"Reddit has no {act.verb} for this")
    if act.undo and act.verb in ("release", "delete"):
        raise Refused(f"Reddit cannot take a {act.verb} back")
    path, form = _CALLS[act.verb, act.undo]
    tells = bool(act.text) and act.verb == "hide" and not act.undo and act.message.direction == "in"
    try:
        await api.post(client, account, path, {"id": name, **form})
    except Retryable as error:
        # Whoever looks later whether it was removed tells nobody why.
        if not tells or not error.maybe_done or not await acted(client, account, act):
            raise
    return await _told(client, account, act) if tells else ""


async def _told(client: Client, account: Account, act: Act) -> str:
    """Tells an author why something of theirs was removed, which is done already; why they were not told, or empty."""
    kind = "comment" if act.message.id.startswith("t1_") else "link"
    said = {"item_id": [act.message.id], "message": act.text, "title": act.reason or "Removed", "type": "private"}
    path = f"/api/v1/modactions/removal_{kind}_message"
    try:
        await api.post(client, account, path, {"json": dumps(said, ensure_ascii=False)})
    except Retryable as error:
        unknown = "nobody knows whether its author was told" if error.maybe_done else "its author was not told"
        return f"{unknown}: {error.message}"
    except SourceError as error:
        return f"its author was not told: {error.message}"
    return ""


_CALLS: Mapping[tuple[Verb, bool], tuple[str, Mapping[str, str]]] = {
    ("like", False): ("/api/vote", {"dir": "1"}),
    ("like", True): ("/api/vote", {"dir": "0"}),
    ("release", False): ("/api/approve", {}),
    ("hide", False): ("/api/remove", {"spam": "false"}),
    ("hide", True): ("/api/approve", {}),
    ("report-spam", False): ("/api/remove", {"spam": "true"}),
    ("report-spam", True): ("/api/approve", {}),
    ("delete", False): ("/api/del", {}),
    ("pin", False): ("/api/distinguish", {"how": "yes", "sticky": "true"}),
    ("pin", True): ("/api/distinguish", {"how": "no", "sticky": "false"}),
}


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether it stands on Reddit as the act would have it.

    Raises:
        Retryable: Reddit does not say.
        SourceError: nothing can be said now.
    """
    if act.verb == "block":
        return (await _blocks(client, account, act.message.author.id)) != act.undo
    found = (await api.look_up(client, account, [act.message.id])).get(act.message.id)
    if found is None:
        raise Retryable("Reddit does not show what became of it")
    stands = _stands(data_of(found), act.verb)
    if stands is None:
        raise Retryable("Reddit shows moderators alone what became of it")
    return stands != act.undo


def _stands(item: Mapping[str, Any], verb: Verb) -> bool | None:
    """Whether a verb stands; None where Reddit does not tell us."""
    if verb == "like":
        return item.get("likes") is True
    if verb == "delete":
        return is_deleted(item)
    if verb == "pin":
        return item.get("stickied") is True
    if item.get("can_mod_post") is False or not ({"approved", "removed", "spam", "banned_by"} & set(item)):
        return None
    if verb == "release":
        return item.get("approved") is True or (not taken_away(item) and not is_held(item))
    if verb == "report-spam":
        return item.get("spam") is True
    return taken_away(item)


async def _block(client: Client, account: Account, act: Act) -> None:
    author = act.message.author
    if not author.handle:
        raise Refused("nobody knows who wrote it: there is nobody to block")
    if not act.undo:
        await api.post(client, account, "/api/block_user", {"name": author.handle})
        return
    me = string((await api.verify(client, account)).get("id"))
    form = {"name": author.handle, "type": "enemy", "container": f"t2_{me.removeprefix('t2_')}"}
    await api.post(client, account, "/api/unfriend", form)


async def _blocks(client: Client, account: Account, name: str) -> bool:
    data = await api.get(client, account, "/prefs/blocked")
    # Reddit answers with one list, or with a list of lists.
    for each in data if isinstance(data, list) else [data]:
        children = dig(each, "data", "children")
        if isinstance(children, list):
            return any(string(dig(one, "name")).casefold() == name.casefold() for one in children)
    raise Retryable("Reddit did not say whom we block")


def _answers(item: Mapping[str, Any], account: Account, outgoing: Outgoing) -> bool:
    """Whether a comment of ours stands right below what is answered; a message, whether it went to the same person."""
    parent = outgoing.parent
    if not parent.id.startswith("t4_"):
        return parent_of(item) == parent.id
    above = {parent_of(item), string(item.get("first_message_name"))}
    return parent.id in above or f"dm:{peer_of(item, name_of({'data': item}), account)}" == outgoing.conversation


def _earliest(client: Client, account: Account, sent_before: Instant) -> Instant:
    skew = client.skew(api.base(account))
    return sent_before - CLOCK_UNKNOWN if skew is None else sent_before + skew - CLOCK_ERROR


def _words(text: str) -> str:
    return " ".join(clean(text).split())


def _link(item: Mapping[str, Any]) -> str:
    path = string(item.get("permalink"))
    return f"{WEB}{path}" if path.startswith("/") else ""


def _sent(thing: Thing, outgoing: Outgoing, present: Instant) -> Sent:
    return Sent(name_of(thing), _link(data_of(thing)), time_of(thing) or present, outgoing.conversation)
