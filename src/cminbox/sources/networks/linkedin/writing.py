"""Answering on LinkedIn, finding an answer again, liking and deleting.

An answer to an answer stands below the same comment: there are two levels. LinkedIn has no key that would keep a
comment from being written twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.errors import DataError, NotThere, Refused, Retryable
from cminbox.model import Message
from cminbox.sources.contract import Account, Act, Outgoing, Sent, Unsure
from cminbox.sources.items import one_item
from cminbox.sources.json_values import string
from cminbox.sources.look_up import among, earliest
from cminbox.sources.networks.linkedin.api import Api, CommentName, comment_name, escaped, named
from cminbox.sources.networks.linkedin.parse import OBJECT, Item, parse, urn_of, written
from cminbox.sources.networks.linkedin.reading import nested, organization

if TYPE_CHECKING:
    from cminbox.sources.http import Client


def place_of(parent: Message) -> str:
    """Where an answer is put: the comment at the top, or the post of somebody else that names us."""
    return parent.id if parent.kind == "mention" else parent.parent or parent.id


async def send(client: Client, account: Account, outgoing: Outgoing) -> Sent:
    """Answers a comment, or a post that names us, once.

    Raises:
        Retryable: with `maybe_done` when LinkedIn may have taken it.
        SourceError: by what to do next.
    """
    api, parent, place = Api(client, account), outgoing.parent, place_of(outgoing.parent)
    body: dict[str, object] = {"actor": _actor(account), "message": {"text": outgoing.text}}
    if parent.kind == "mention":
        body["object"] = parent.id
    else:
        name = comment_name(place)
        body.update(object=parent.extra.get(OBJECT) or name.post, parentComment=place)
    try:
        path = f"socialActions/{escaped(place)}/comments"
        answer = await api.ask(path, method="POST", json=body, for_people=True)
    except NotThere as error:
        raise Refused(f"{error.message}; what it answers may be no longer on LinkedIn") from None
    said = answer.data if isinstance(answer.data, dict) else {}
    own = urn_of(said)
    if not own and (number := answer.headers.get("x-restli-id", "").strip()):
        post = named(place)
        own = number if named(number) else CommentName(post.post if post is not None else place, number).urn
    if named(own) is None:
        raise Retryable("LinkedIn took the reply but did not say what it became", maybe_done=True)
    url = ""
    skipped: list[DataError] = []
    with one_item(skipped):
        url = parse({"$URN": own, **said}, account, fetched_at=client.clock()).url
    return Sent(own, url, written(said) or client.clock(), outgoing.conversation)


async def find_sent(client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
    """Looks for an answer among all that stands below the same comment or post.

    Raises:
        SourceError: nothing can be said now.
    """
    api, place = Api(client, account), place_of(outgoing.parent)
    items, whole = await nested(api, place)

    def read(item: Item) -> Message:
        return parse(item, account, fetched_at=client.clock())

    return among(items, read, outgoing, earliest(outgoing.sent_before, client.skew(api.base)), whole=whole)


async def act(client: Client, account: Account, act: Act) -> None:
    """Likes or deletes a comment, or takes a like back.

    Raises:
        Retryable: with `maybe_done` when it may have been done.
        SourceError: by what to do next.
    """
    api, own, actor = Api(client, account), act.message.id, escaped(_actor(account))
    if act.verb == "like" and not act.undo:
        body = {"root": own, "reactionType": "LIKE"}
        await api.ask("reactions", f"actor={actor}", method="POST", json=body, for_people=True)
    elif act.verb == "like":
        try:
            await api.ask(f"reactions/(actor:{actor},entity:{escaped(own)})", method="DELETE", for_people=True)
        except NotThere:
            return  # it is liked no more
    elif act.verb == "delete" and not act.undo:
        name = comment_name(own)
        path = f"socialActions/{escaped(name.post)}/comments/{escaped(name.id)}"
        await api.ask(path, f"actor={actor}", method="DELETE", for_people=True)
    else:
        raise Refused(f"LinkedIn cannot {'undo ' if act.undo else ''}{act.verb} here")


async def acted(client: Client, account: Account, act: Act) -> bool:
    """Whether it stands there as the act would have it.

    Raises:
        SourceError: nothing can be said now.
    """
    api = Api(client, account)
    if act.verb == "like":
        key = f"(actor:{escaped(_actor(account))},entity:{escaped(act.message.id)})"
        try:
            found = await api.one(f"reactions/{key}", for_people=True)
        except NotThere:
            return act.undo
        return bool(string(found.get("reactionType"))) is not act.undo
    try:
        await api.comment(comment_name(act.message.id), for_people=True)
    except NotThere:
        return act.verb == "delete" and not act.undo
    return False


def _actor(account: Account) -> str:
    own = organization(account)
    if not own:
        raise Refused(f"{account.source} does not know its page yet", hint="poll it once")
    return own
