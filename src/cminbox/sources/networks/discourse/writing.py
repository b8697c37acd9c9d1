"""Answering in a forum, finding what was answered, and the verbs: likes, flags, hiding, deleting, the review queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cminbox.errors import Denied, NotThere, Refused, Retryable, SourceError
from cminbox.model import Instant
from cminbox.sources.contract import Account, Act, Outgoing, Sent, TurnedDown, Unsure
from cminbox.sources.json_values import dig, identifier, string, web_address, whole_number
from cminbox.sources.networks.discourse import api
from cminbox.sources.networks.discourse.post import (
    LIKE,
    PENDING,
    REVIEW,
    Item,
    id_of,
    is_deleted,
    number_of,
    text_of,
    time_of,
)
from cminbox.sources.networks.discourse.reading import posts_by_id
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

INAPPROPRIATE, SPAM = 4, 8
MOST_LOOKED_AT = 60
CHUNK = 20
CLOCK_ERROR = 30_000
CLOCK_UNKNOWN = 3_600_000
"""How far, in milliseconds, a forum's times may lie from the clock that its answers show, and from ours where they show
none."""
_APPROVE = (
    *("approve_post", "approve_post_closed", "disagree", "disagree_and_restore", "ignore"),
    *("approve", "approve_and_unhide", "approve_and_restore"),
)
"""What lets something through that waits for review, the wanted one first."""
FOR_REVIEW = "for review"
APPROVED, TURNED_DOWN = (1, "approved"), (2, 4, "rejected", "deleted")
"""What became of something that waited, as a number or as a word."""
_HIDE = ("agree_and_hide", "agree_and_keep_hidden")


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Writes an answer in the topic, to the chosen post; a forum may keep it for its own review.

    Raises:
        Refused: the topic is closed, or the very same text stands there.
        Retryable: with `maybe_done` when it may stand there.
        SourceError: by what to do next.
    """
    topic, number = _place(outgoing)
    body: dict[str, object] = {"raw": outgoing.text, "topic_id": int(topic)}
    if number > 1:
        body["reply_to_post_number"] = number
    if outgoing.parent.visibility == "whisper":
        # Else the forum shows everybody what was said among its team.
        body["whisper"] = "true"
    try:
        made = await api.ask(client, account, "/posts.json", method="POST", body=body)
    except Refused as error:
        if error.status != 422:
            raise
        # The same text again is refused in words alone, which each forum has in its own language.
        try:
            found = await find_sent(client, account, outgoing)
        except SourceError:
            found = None
        if isinstance(found, Sent):
            return found
        raise error from None
    if dig(made, "action") == "enqueued":
        waiting = identifier(dig(made, "pending_post", "id"))
        own = f"{REVIEW}{waiting or outgoing.key}"
        return Sent(own, outgoing.parent.url, client.clock(), outgoing.conversation, FOR_REVIEW)
    post = dig(made, "post") if isinstance(dig(made, "post"), dict) else made
    if not isinstance(post, dict) or not id_of(post):
        raise Retryable("the forum took the answer but did not say what it became", maybe_done=True)
    return _sent(post, account, outgoing, client.clock())


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for an answer among the last posts of its topic, and among ours that wait for review.

    Raises:
        Retryable: there is more than can be read.
        SourceError: nothing can be said now.
    """
    topic, number = _place(outgoing)
    since = _earliest(client, account, outgoing.sent_before)
    ids, posts = await _last_posts(client, account, topic)
    wanted = _words(outgoing.text)
    unsure: Unsure | None = None
    for post in sorted(posts, key=number_of, reverse=True):
        if identifier(post.get("user_id")) != account.account_id or id_of(post) in outgoing.known or is_deleted(post):
            continue
        above = whole_number(post.get("reply_to_post_number")) or 1
        same = _words(text_of(post)) == wanted and above == max(number, 1)
        in_time = (time_of(post) or 0) >= since
        if same and in_time:
            return _sent(post, account, outgoing, client.clock())
        if same or (in_time and above == max(number, 1)):
            unsure = unsure or Unsure(id_of(post), one_line(_words(text_of(post))), _url(post, account))
    if (waiting := await _waiting(client, account, outgoing, topic)) is not None:
        return waiting
    oldest = min((when for post in posts if (when := time_of(post)) is not None), default=0)
    if unsure is None and len(ids) > MOST_LOOKED_AT and oldest >= since:
        raise Retryable("the topic has more new posts than can be looked at")
    return unsure


async def _last_posts(client: Client, account: Account, topic: str) -> tuple[list[str], list[Item]]:
    """The ids of a topic's posts, and the last ones."""
    data = await api.ask(client, account, f"/t/{topic}.json", [("include_raw", "1")])
    ids = [each for each in map(identifier, _list(dig(data, "post_stream", "stream"))) if each.isdecimal()]
    if not ids:
        raise Retryable("the forum did not show the topic")
    posts: list[Item] = []
    for start in range(0, len(ids[-MOST_LOOKED_AT:]), CHUNK):
        posts += await posts_by_id(client, account, topic, ids[-MOST_LOOKED_AT:][start : start + CHUNK])
    return ids, posts


async def reviewed(client: Client, account: Account, outgoing: Outgoing, own: str) -> Sent | TurnedDown:
    """What became of an answer that waited for review: whoever moderates is told; anybody else sees what of theirs
    waits, and what stands in the topic.

    Raises:
        SourceError: nothing can be said now.
    """
    review = own.removeprefix(REVIEW)
    if not review.isdecimal():
        raise Retryable("the forum did not say under which number it waits")
    held = Sent(own, outgoing.parent.url, outgoing.sent_before, outgoing.conversation, FOR_REVIEW)
    try:
        item = dig(await api.ask(client, account, f"/review/{review}.json"), "reviewable")
    except (Denied, NotThere):
        if review in await _pending(client, account):
            return held
        return await _let_through(client, account, outgoing) or TurnedDown()
    status, post = dig(item, "status"), identifier(dig(item, "target_id"))
    if status in PENDING:
        return held
    if status in APPROVED:
        if post.isdecimal():
            shown = await api.ask(client, account, f"/posts/{post}.json")
            return _sent(shown, account, outgoing, client.clock())
        return await _let_through(client, account, outgoing) or held
    if status in TURNED_DOWN:
        return TurnedDown()
    raise Retryable("the forum does not say what became of our answer")


async def _pending(client: Client, account: Account) -> set[str]:
    """The numbers under which answers of ours wait."""
    name = string((await api.verify(client, account)).get("username"))
    data = await api.ask(client, account, f"/posts/{api.place(name)}/pending.json")
    listed = dig(data, "pending_posts")
    if not isinstance(listed, list):
        raise Retryable("the forum does not say what of ours waits")
    return {identifier(dig(each, "id")) for each in listed}


async def _let_through(client: Client, account: Account, outgoing: Outgoing) -> Sent | None:
    """An answer that waits no more, as it stands in its topic; None where it does not: who looks at it may have edited
    it, so anything of ours since then leaves it open.

    Raises:
        Retryable: nobody can say.
    """
    ids, posts = await _last_posts(client, account, _place(outgoing)[0])
    since = _earliest(client, account, outgoing.sent_before)
    later = [each for each in posts if (time_of(each) or 0) >= since]
    ours = [each for each in later if identifier(each.get("user_id")) == account.account_id]
    ours = [each for each in ours if id_of(each) not in outgoing.known]
    for post in ours:
        if _words(text_of(post)) == _words(outgoing.text):
            return _sent(post, account, outgoing, client.clock())
    if ours or (len(ids) > MOST_LOOKED_AT and len(later) == len(posts)):
        raise Retryable("our answer waits no more, and what of ours stands there has other words")
    return None


async def _waiting(client: Client, account: Account, outgoing: Outgoing, topic: str) -> Sent | None:
    """Our answer among those that wait for the forum's review."""
    name = string((await api.verify(client, account)).get("username"))
    try:
        data = await api.ask(client, account, f"/posts/{api.place(name)}/pending.json")
    except (Denied, NotThere, Refused):
        return None  # a forum without this list, or a key that may not see it
    for each in _list(dig(data, "pending_posts")):
        text = string(dig(each, "raw_text")) or string(dig(each, "raw"))
        own = f"{REVIEW}{identifier(dig(each, 'id'))}"
        same = identifier(dig(each, "topic_id")) == topic and _words(text) == _words(outgoing.text)
        if same and own not in outgoing.known:
            when = time_of(each) or client.clock()
            return Sent(own, outgoing.parent.url, when, outgoing.conversation, FOR_REVIEW)
    return None


async def act(client: Client, account: Account, act: Act) -> None:
    """Carries a verb out, or takes it back.

    Raises:
        Retryable: with `maybe_done` when it may have been carried out.
        SourceError: by what to do next.
    """
    own = act.message.id
    if own.startswith(REVIEW):
        await _review(client, account, act, own.removeprefix(REVIEW))
        return
    if act.verb == "mute":
        await _mute(client, account, act)
        return
    if not own.isdecimal():
        raise Refused(f"{own[:40]!r} is no post of this forum")
    review = act.message.extra.get("review", "")
    if act.verb == "release" or (act.verb == "hide" and review and not act.undo):
        await _review(client, account, act, review)
        return
    post: tuple[str, str, Mapping[str, object] | None]
    match act.verb, act.undo:
        case "like", False:
            post = ("POST", "/post_actions.json", {"id": int(own), "post_action_type_id": LIKE})
        case "like", True:
            post = ("DELETE", f"/post_actions/{own}.json?post_action_type_id={LIKE}", None)
        case "delete", False:
            post = ("DELETE", f"/posts/{own}.json", None)
        case "delete", True:
            post = ("PUT", f"/posts/{own}/recover.json", {})
        case "hide", False:
            flag = {"id": int(own), "post_action_type_id": INAPPROPRIATE, "take_action": "true"}
            post = ("POST", "/post_actions.json", flag)
        case "hide", True:
            post = ("PUT", f"/posts/{own}/unhide.json", {})
        case "report-spam", False:
            post = ("POST", "/post_actions.json", {"id": int(own), "post_action_type_id": SPAM})
        case _:
            raise Refused(f"Discourse cannot {'take back' if act.undo else 'do'} {act.verb}")
    await api.ask(client, account, post[1], method=post[0], body=post[2])


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether it stands on the forum as the act would have it.

    Raises:
        Retryable: the forum does not say.
        SourceError: nothing can be said now.
    """
    own = act.message.id
    review = own.removeprefix(REVIEW) if own.startswith(REVIEW) else act.message.extra.get("review", "")
    if review and (act.verb == "release" or own.startswith(REVIEW)):
        status = dig(await api.ask(client, account, f"/review/{review}.json"), "reviewable", "status")
        if own.startswith(REVIEW):
            return status in (APPROVED if act.verb == "release" else TURNED_DOWN)
        return status is not None and status not in PENDING
    if act.verb == "mute":
        name = string((await api.verify(client, account)).get("username"))
        data = await api.ask(client, account, f"/u/{api.place(name)}.json")
        muted = dig(data, "user", "muted_usernames")
        if not isinstance(muted, list):
            raise Retryable("the forum did not say whom we mute")
        return (act.message.author.handle in muted) != act.undo
    try:
        post = await api.ask(client, account, f"/posts/{own}.json")
    except NotThere as error:
        if act.verb == "delete" and api.is_gone(error):
            return not act.undo
        raise
    stands = {
        "like": _flag(post, LIKE),
        "report-spam": _flag(post, SPAM),
        "hide": post.get("hidden") is True,
        "delete": is_deleted(post),
    }.get(act.verb)
    if stands is None:
        raise Retryable("the forum does not show what became of it")
    return stands != act.undo


async def _review(client: Client, account: Account, act: Act, review: str) -> None:
    """Decides what waits: under the version that was looked at, so that nobody decides twice."""
    if act.undo:
        raise Refused("what was decided in the review queue is decided there")
    if not review.isdecimal():
        raise Refused("it does not wait for review")
    data = await api.ask(client, account, f"/review/{review}.json")
    item = dig(data, "reviewable")
    if dig(item, "status") not in PENDING:
        raise Refused("somebody else decided it already")
    offered = _offered(data, item)
    queued = act.message.id.startswith(REVIEW)
    if act.verb == "release":
        wanted: tuple[str, ...] = _APPROVE
    elif act.verb == "delete" and queued:
        wanted = ("reject_post",)
    elif act.verb == "hide" and not queued:
        wanted = _HIDE
    else:
        raise Refused(f"the review queue has no {act.verb}")
    action = next((each for each in wanted if each in offered), wanted[0] if not offered else "")
    if not action:
        raise Denied(f"the review queue lets us not {act.verb} this")
    version = whole_number(dig(item, "version")) or 0
    path = f"/review/{review}/perform/{action}?version={version}"
    made = await api.ask(client, account, path, method="PUT", body={})
    if dig(made, "success") is False or dig(made, "reviewable_perform_result", "success") is False:
        raise Refused(f"the forum refused: {api.words(made) or 'it says not why'}")


def _offered(data: object, item: object) -> set[str]:
    """The actions that an item may be decided with; empty where the forum does not list them."""
    named: set[str] = set()
    for bundle in [*_list(dig(data, "bundled_actions")), *_list(dig(item, "bundled_actions"))]:
        named |= {
            string(dig(each, "id")) if isinstance(each, dict) else string(each)
            for each in _list(dig(bundle, "actions"))
        }
    named |= {string(dig(each, "id")) for each in _list(dig(data, "actions"))}
    # They are named for the item: `12-approve_post`, or by `server_action`.
    return {each.rpartition("-")[2] for each in named} - {""}


async def _mute(client: Client, account: Account, act: Act) -> None:
    name = act.message.author.handle
    if not name:
        raise Refused("nobody knows who wrote it: there is nobody to mute")
    level = {"notification_level": "normal" if act.undo else "mute"}
    await api.ask(client, account, f"/u/{api.place(name)}/notification_level.json", method="PUT", body=level)


def is_same(outgoing: Outgoing, text: str, parent: str | None, conversation: str) -> bool:
    """Whether a message of ours with this text and place is that answer."""
    if _words(outgoing.text) != " ".join(text.split()) or conversation != outgoing.conversation:
        return False
    return parent in (outgoing.parent.id, None)


def _place(outgoing: Outgoing) -> tuple[str, int]:
    """Topic and number of what is answered."""
    number = outgoing.parent.extra.get("number", "")
    if not outgoing.conversation.isdecimal():
        raise Refused("what waits for review cannot be answered before it is released")
    return outgoing.conversation, int(number) if number.isdecimal() else 0


def _flag(post: Item, kind: int) -> bool:
    for each in _list(post.get("actions_summary")):
        if dig(each, "id") == kind:
            return dig(each, "acted") is True
    return False


def _earliest(client: Client, account: Account, sent_before: Instant) -> Instant:
    skew = client.skew(api.base(account))
    return sent_before - CLOCK_UNKNOWN if skew is None else sent_before + skew - CLOCK_ERROR


def _words(text: str) -> str:
    return " ".join(clean(text).split())


def _url(post: Item, account: Account) -> str:
    return web_address(f"{api.base(account)}/t/-/{identifier(post.get('topic_id'))}/{number_of(post)}")


def _sent(post: Item, account: Account, outgoing: Outgoing, present: Instant) -> Sent:
    return Sent(id_of(post), _url(post, account), time_of(post) or present, outgoing.conversation)


def _list(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else []
