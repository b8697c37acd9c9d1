"""What is done beside answering: each is a record of ours, but for muting and reports (lexicons app.bsky.feed.like,
feed.repost, feed.threadgate, graph.block, graph.muteActor, actor.profile, com.atproto.moderation.createReport)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cminbox.errors import Refused
from cminbox.model import Message, Verb, to_iso
from cminbox.sources.contract import Account, Act
from cminbox.sources.json_values import dig, string
from cminbox.sources.networks.bluesky import api
from cminbox.sources.networks.bluesky.writing import put, take_back, tid

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MOST_HIDDEN = 300
"""Answers that one thread can hide (lexicon app.bsky.feed.threadgate)."""
MOST_REASON = 2000
_RECORDS: dict[Verb, tuple[str, str]] = {
    "like": (api.LIKE, "like"),
    "boost": (api.REPOST, "repost"),
    "block": (api.BLOCK, "blocking"),
}
"""Which record a verb is, and where the network shows ours."""


async def act(client: Client, account: Account, act: Act) -> None:
    """Carries a verb out, or takes it back.

    Raises:
        Retryable: with `maybe_done` when it may have been carried out.
        SourceError: by what to do next.
    """
    message = act.message
    if act.verb == "delete":
        collection, key = _own(message, account)
        await take_back(client, account, collection, key)
    elif act.verb == "hide":
        await _hide(client, account, message, hide=not act.undo)
    elif act.verb == "mute":
        method = "app.bsky.graph.unmuteActor" if act.undo else "app.bsky.graph.muteActor"
        await api.procedure(client, account, method, {"actor": message.author.id})
    elif act.verb == "pin":
        await _pin(client, account, message, pin=not act.undo)
    elif act.verb == "report-spam" and not act.undo:
        await _report(client, account, act)
    elif act.verb in _RECORDS:
        await _record(client, account, act)
    else:
        raise Refused(f"Bluesky has no {act.verb}")


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether it stands on our server as the act would have it, whatever the network shows yet."""
    message = act.message
    if act.verb == "delete":
        collection, key = _own(message, account)
        return await api.record(client, account, collection, key) is None
    if act.verb == "mute":
        return (dig(await _person(client, account, message), "viewer", "muted") is True) is not act.undo
    if act.verb == "hide":
        found = await api.record(client, account, api.THREADGATE, _gate(message, account))
        return (message.id in _hidden(dig(found, "value"))) is not act.undo
    if act.verb == "pin":
        profile = await api.record(client, account, api.PROFILE, "self")
        return (dig(profile, "value", "pinnedPost", "uri") == message.id) is not act.undo
    if act.verb not in _RECORDS:
        raise Refused(f"Bluesky does not say whether {act.verb} was done")
    collection, _ = _RECORDS[act.verb]
    for key in await _keys(client, account, act):
        if await api.record(client, account, collection, key) is not None:
            return not act.undo
    return act.undo


async def _record(client: Client, account: Account, act: Act) -> None:
    """A like, repost or block. Its key is made from what it is about, so that a second one is the first again."""
    collection, _ = _RECORDS[act.verb]
    own, *others = await _keys(client, account, act)
    if act.undo:
        for key in (own, *others):
            await take_back(client, account, collection, key)
        return
    if others:
        return  # it was done already, in the app say
    subject: object = act.message.author.id
    if act.verb != "block":
        subject = {"uri": act.message.id, "cid": await _version(client, account, act.message)}
    created = to_iso(client.clock()).replace("+00:00", "Z")
    await put(client, account, collection, own, {"$type": collection, "subject": subject, "createdAt": created})


async def _keys(client: Client, account: Account, act: Act) -> list[str]:
    """The key under which we write, and that of a record which the network shows as ours and is another."""
    collection, shown = _RECORDS[act.verb]
    message = act.message
    if act.verb == "block":
        own = tid(f"block {message.author.id}")
        viewer = dig(await _person(client, account, message), "viewer")
    else:
        own = tid(f"{act.verb} {message.id}", message.id)
        viewer = dig(next(iter(await api.posts(client, account, [message.id])), None), "viewer")
    there = api.split(string(dig(viewer, shown)))
    if there is None or there[:2] != (account.account_id, collection) or there[2] == own:
        return [own]
    return [own, there[2]]


async def _hide(client: Client, account: Account, message: Message, *, hide: bool) -> None:
    """Puts an answer on the list of what is hidden in its thread, or takes it off; what else stands there stays."""
    key = _gate(message, account)
    found = await api.record(client, account, api.THREADGATE, key)
    value = dig(found, "value")
    written: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
    hidden = [each for each in _hidden(value) if each != message.id]
    if not hide and len(hidden) == len(_hidden(value)):
        return
    if hide:
        if len(hidden) >= MOST_HIDDEN:
            raise Refused(f"a thread hides {MOST_HIDDEN} answers at most")
        hidden.append(message.id)
    root = f"at://{account.account_id}/{api.POST}/{key}"
    created = to_iso(client.clock()).replace("+00:00", "Z")
    written = {"$type": api.THREADGATE, "post": root, "createdAt": created, **written, "hiddenReplies": hidden}
    swapped = string(dig(found, "cid")) or None
    await put(client, account, api.THREADGATE, key, written, swapRecord=swapped)


async def _pin(client: Client, account: Account, message: Message, *, pin: bool) -> None:
    """Names a post of ours in our profile, or names none; what else stands in the profile stays."""
    _own(message, account)
    found = await api.record(client, account, api.PROFILE, "self")
    value = dig(found, "value")
    written: dict[str, Any] = {"$type": api.PROFILE, **(value if isinstance(value, dict) else {})}
    if (dig(written.get("pinnedPost"), "uri") == message.id) is pin:
        return
    if pin:
        written["pinnedPost"] = {"uri": message.id, "cid": await _version(client, account, message)}
    else:
        del written["pinnedPost"]
    await put(client, account, api.PROFILE, "self", written, swapRecord=string(dig(found, "cid")) or None)


async def _report(client: Client, account: Account, act: Act) -> None:
    """Tells the network's moderators; a direct message is no record, so its writer is reported."""
    message = act.message
    subject: dict[str, str] = {"$type": "com.atproto.admin.defs#repoRef", "did": message.author.id}
    if api.split(message.id):
        cid = await _version(client, account, message)
        subject = {"$type": "com.atproto.repo.strongRef", "uri": message.id, "cid": cid}
    body: dict[str, object] = {"reasonType": "com.atproto.moderation.defs#reasonSpam", "subject": subject}
    if act.reason:
        body["reason"] = act.reason[:MOST_REASON]
    await api.procedure(client, account, "com.atproto.moderation.createReport", body)


def _hidden(gate: object) -> list[str]:
    found = dig(gate, "hiddenReplies")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _gate(message: Message, account: Account) -> str:
    """The key of what says who may answer in a thread: that of the thread's first post, which is ours.

    Raises:
        Refused: it is not.
    """
    root = api.split(message.extra.get("root", ""))
    if root is None or root[0] != account.account_id or root[1] != api.POST:
        raise Refused("only answers below a post of ours can be hidden on Bluesky")
    return root[2]


def _own(message: Message, account: Account) -> tuple[str, str]:
    """Collection and key of a post of ours.

    Raises:
        Refused: it is not ours.
    """
    parts = api.split(message.id)
    if parts is None or parts[0] != account.account_id:
        raise Refused("on Bluesky only one's own posts can be deleted")
    return parts[1], parts[2]


async def _version(client: Client, account: Account, message: Message) -> str:
    """The version of a post, which has to be named with it.

    Raises:
        Refused: it is not there.
    """
    if cid := message.extra.get("cid", ""):
        return cid
    found = await api.posts(client, account, [message.id])
    if not found:
        raise Refused("the message is no longer on the network, or its author blocked us")
    return string(found[0].get("cid"))


async def _person(client: Client, account: Account, message: Message) -> object:
    data: object = await api.query(client, account, "app.bsky.actor.getProfile", [("actor", message.author.id)])
    return data
