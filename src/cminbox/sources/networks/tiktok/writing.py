"""Answering on TikTok, finding an answer again, and what is done with a comment.

An answer to an answer stands below the same comment: there are two levels. TikTok has no key that would keep a comment
from being written twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cminbox.errors import NotThere, Refused, Retryable
from cminbox.model import Message, Verb
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.look_up import among, earliest
from cminbox.sources.networks.tiktok.api import Api
from cminbox.sources.networks.tiktok.comments import Comments, video_of
from cminbox.sources.networks.tiktok.direct import Direct
from cminbox.sources.networks.tiktok.parse import Item, id_of, parse, written

if TYPE_CHECKING:
    from cminbox.sources.http import Client

_WORDS: Mapping[Verb, tuple[str, str]] = {
    "like": ("LIKE", "UNLIKE"),
    "hide": ("HIDE", "UNHIDE"),
    "pin": ("PIN", "UNPIN"),
}


def place_of(parent: Message) -> str:
    """The comment below which an answer is put."""
    return parent.parent or parent.id


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Answers a comment or a private message, once.

    Raises:
        Retryable: with `maybe_done` when TikTok may have taken it.
        SourceError: by what to do next.
    """
    api = Api(client, account)
    if outgoing.parent.kind == "dm":
        return await Direct(api).send(outgoing)
    body = {"video_id": video_of(outgoing.parent), "comment_id": place_of(outgoing.parent), "text": outgoing.text}
    try:
        said = await api.post("comment/reply/create/", body)
    except NotThere as error:
        raise Refused(f"{error.message}; what it answers may be no longer on TikTok") from None
    own = id_of(said)
    if not own:
        raise Retryable("TikTok took the reply but did not say what it became", maybe_done=True)
    return Sent(own, outgoing.parent.url, written(said) or client.clock(), outgoing.conversation)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for an answer among all that stands below the same comment, or in its conversation.

    Raises:
        SourceError: nothing can be said now.
    """
    api, parent = Api(client, account), outgoing.parent
    if parent.kind == "dm":
        return await Direct(api).find(outgoing)
    if parent.kind == "mention":
        raise Refused("TikTok shows nobody the answers below a film of somebody else", hint="look there")
    items, whole = await Comments(api).below(video_of(parent), place_of(parent))

    def read(item: Item) -> Message:
        return parse(item, account, post=parent.post, above=place_of(parent), fetched_at=client.clock())

    return among(items, read, outgoing, earliest(outgoing.sent_before, client.skew(api.base)), whole=whole)


async def act(client: Client, account: Account, act: Act) -> None:
    """Likes, hides, pins or deletes a comment, or takes it back.

    Raises:
        Retryable: with `maybe_done` when it may have been done.
        SourceError: by what to do next.
    """
    api, own = Api(client, account), act.message.id
    place = {"video_id": video_of(act.message), "comment_id": own}
    if act.verb in _WORDS:
        await api.post(f"comment/{act.verb}/", {**place, "action": _WORDS[act.verb][act.undo]})
    elif act.verb == "delete" and not act.undo:
        await api.post("comment/delete/", {"comment_id": own})
    else:
        raise Refused(f"TikTok cannot {'undo ' if act.undo else ''}{act.verb} here")


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether it stands there as the act would have it.

    Raises:
        SourceError: nothing can be said now.
    """
    comments, own = Comments(Api(client, account)), act.message.id
    video = video_of(act.message)
    item = (await comments.single(video, [own], for_people=True)).get(own)
    if item is None:
        if own in await comments.gone(video, [own]):
            return act.verb == "delete" and not act.undo
        raise Retryable("TikTok does not show the comment, and does not say that it is gone")
    stands = {"like": item.get("liked") is True, "pin": item.get("pinned") is True}
    stands["hide"] = item.get("status") == "HIDDEN"
    return act.verb in stands and stands[act.verb] is not act.undo
