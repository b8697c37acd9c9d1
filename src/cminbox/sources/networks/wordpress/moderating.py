"""Answering below a post, and moderating: what is held is released or held again, spam and trash are given back as
they were."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from cminbox.errors import Denied, NotThere, Refused, Retryable
from cminbox.model import Verb
from cminbox.sources.contract import Account, Act, Outgoing, Sent, TurnedDown, Unsure
from cminbox.sources.json_values import identifier, string, web_address
from cminbox.sources.networks.wordpress import api
from cminbox.sources.networks.wordpress.comment import AWAY, Item, id_of, parent_of, status_of, time_of, typed_text
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.model import Instant
    from cminbox.sources.http import Client

MOST_LISTED = 10
CLOCK_ERROR = 30_000
CLOCK_UNKNOWN = 3_600_000
"""How far, in milliseconds, the times of a site may lie from the clock that its answers show, and from ours where they
show none."""
_STATUS: Mapping[Verb, tuple[str, str]] = {
    "release": ("approved", "hold"),
    "hide": ("hold", "approved"),
    "report-spam": ("spam", "unspam"),
    "delete": ("trash", "untrash"),
}
"""Which status a verb sets, and which takes it back."""
_HELD = {"hold": "for review", "spam": "as spam"}
"""What a site holds an answer for, by its status."""


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Writes an answer, once. WordPress takes one to a comment that is gone, so that is asked first.

    Raises:
        Refused: what it answers is gone, or takes no answers.
        Retryable: with `maybe_done` when it may have been written.
        SourceError: by what to do next.
    """
    parent = outgoing.parent
    try:
        above = await api.one(client, account, parent.id)
    except NotThere:
        raise Refused("the comment that it answers is no longer there") from None
    if status_of(above) in AWAY:
        raise Refused(f"the comment that it answers is in the {status_of(above)}")
    body = {
        "post": above.get("post"),
        "parent": above.get("id"),
        # A comment is HTML: what was typed stands there as it was typed.
        "content": escape(outgoing.text, quote=False),
    }
    try:
        made = (await api.ask(client, account, "comments", method="POST", body=body)).data
    except Refused as error:
        if api.code_of(error) != "comment_duplicate":
            raise
        found = await find_sent(client, account, outgoing)
        if isinstance(found, Sent):
            return found
        said = "WordPress has the very same answer of ours there already"
        raise Refused(said, hint="look there, in the site's spam too") from None
    if not isinstance(made, dict) or not id_of(made) or parent_of(made) != parent.id:
        raise Retryable("the site took the answer but did not say what it became", maybe_done=True)
    return _sent(made, outgoing, client.clock())


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for an answer among ours below the same comment, whatever became of it.

    Raises:
        Retryable: there is more than can be read, or this user does not see what is held.
        SourceError: it cannot be read now.
    """
    wanted = " ".join(clean(outgoing.text).split())
    unsure: Unsure | None = None
    whole = True
    for status in ("all", "spam", "trash"):
        try:
            items, complete = await _ours_below(client, account, outgoing.parent.id, status)
        except Denied:
            if status != "all":
                continue
            items, complete = await _ours_below(client, account, outgoing.parent.id, "")
            complete = False
        whole = whole and complete
        since = _earliest(client, account, outgoing.sent_before)
        for item in items:
            if id_of(item) in outgoing.known:
                continue
            same, in_time = typed_text(item) == wanted, (time_of(item) or 0) >= since
            if same and in_time:
                return _sent(item, outgoing, client.clock())
            if same or in_time:
                unsure = Unsure(id_of(item), one_line(typed_text(item)), web_address(item.get("link")))
    if unsure is None and not whole:
        raise Retryable("not all of our answers there can be seen")
    return unsure


async def reviewed(client: Client, account: Account, outgoing: Outgoing, own: str) -> Sent | TurnedDown:
    """What became of an answer that was held. What is taken for spam, by a filter or by somebody, nobody sees unless it
    is let out again.

    Raises:
        SourceError: nothing can be said now.
    """
    try:
        item = await api.one(client, account, own)
    except NotThere as error:
        if api.code_of(error) == "rest_comment_invalid_id":
            return TurnedDown()
        raise
    match status_of(item):
        case "hold" | "approved":
            return _sent(item, outgoing, client.clock())
        case "spam":
            return TurnedDown("as spam")
        case status if status in AWAY:
            return TurnedDown()
    raise Retryable("the site does not say whether it holds our answer")


async def act(client: Client, account: Account, act: Act) -> None:
    """Sets a comment's status, or gives it back.

    Raises:
        Retryable: with `maybe_done` when it may have been set.
        SourceError: by what to do next.
    """
    if act.verb not in _STATUS:
        raise Refused(f"WordPress has no {act.verb}")
    own = act.message.id
    found = await api.one(client, account, own)
    if _stands(found, act):
        return
    do, back = _STATUS[act.verb]
    if act.verb == "delete" and not act.undo:
        try:
            await api.ask(client, account, f"comments/{own}", method="DELETE")
        except NotThere as error:
            if api.code_of(error) != "rest_already_trashed":
                raise
        except Refused as error:
            if api.code_of(error) != "rest_trash_not_supported":
                raise
            raise Refused("the site has no trash: what is deleted there is gone for good", hint="hide it") from None
        return
    body: dict[str, object] = {"status": back if act.undo else do}
    # A site takes whoever moderates for the writer unless it is told what it knows of them: it goes back unread.
    for name in ("author_ip", "author_user_agent"):
        if value := string(found.get(name)):
            body[name] = value
    await api.ask(client, account, f"comments/{own}", method="POST", body=body)


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether the comment's status is as the act would have it."""
    try:
        return _stands(await api.one(client, account, act.message.id), act)
    except NotThere as error:
        if act.verb == "delete" and api.code_of(error) == "rest_comment_invalid_id":
            return not act.undo
        raise


def _stands(item: Item, act: Act) -> bool:
    status, (do, back) = status_of(item), _STATUS[act.verb]
    if not act.undo:
        return status == do
    return status == back if back in ("hold", "approved") else status in ("hold", "approved")


async def _ours_below(client: Client, account: Account, parent: str, status: str) -> tuple[list[dict[str, Any]], bool]:
    """Our comments below one, the newest first, and whether these are all."""
    found: list[dict[str, Any]] = []
    for number in range(1, MOST_LISTED + 1):
        params = [
            ("parent", parent),
            ("order", "desc"),
            ("page", str(number)),
            *([("status", status)] if status else []),
        ]
        items, total = await api.listed(client, account, params, moderates=bool(status))
        found += [each for each in items if identifier(each.get("author")) == account.account_id]
        if api.is_last(items, number, total):
            return found, True
    return found, False


def _earliest(client: Client, account: Account, sent_before: Instant) -> Instant:
    """The site's time from which on an answer can be there that was first tried at `sent_before` by our clock."""
    skew = client.skew(api.base(account))
    return sent_before - CLOCK_UNKNOWN if skew is None else sent_before + skew - CLOCK_ERROR


def _sent(item: Item, outgoing: Outgoing, present: Instant) -> Sent:
    when = time_of(item) or present
    return Sent(id_of(item), web_address(item.get("link")), when, outgoing.conversation, _HELD.get(status_of(item), ""))
