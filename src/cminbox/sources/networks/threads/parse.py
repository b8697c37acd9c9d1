"""Understanding what Threads gives: replies, mentions, posts.

Objects are those of developers.facebook.com/docs/threads/reference (media retrieval, reply management); pure, and
trusting nothing. Threads tells no ids of people: they are known by their handles.
"""

from __future__ import annotations

from cminbox.errors import DataError
from cminbox.model import Attachment, AttachmentKind, Author, Instant, Message, Post, Verb, is_plausible
from cminbox.sources.contract import Account
from cminbox.sources.json_values import dig, instant, string, web_address
from cminbox.sources.meta.graph import Item, checked_id
from cminbox.text import clean, one_line

POST = "post"
"""In a message's `extra`: the post at the top of its thread."""
_KINDS: dict[str, AttachmentKind] = {
    "IMAGE": "picture",
    "CAROUSEL_ALBUM": "picture",
    "VIDEO": "film",
    "AUDIO": "sound",
}
_HIDDEN = frozenset({"HIDDEN", "COVERED", "BLOCKED", "RESTRICTED"})


def parse(
    raw: object,
    account: Account,
    *,
    handle: str = "",
    key: str = "",
    post: Post | None = None,
    mention: bool = False,
    held: bool = False,
    fetched_at: Instant = 0,
) -> Message:
    """A reply, or a post that names us.

    Args:
        handle: ours.
        key: of its conversation, where that is known; made from the item alone where it is empty.
        post: ours, that it stands under.
        mention: it names us, in a thread of somebody else.
        held: it waits for our approval.
        fetched_at: the present, which no message is newer than by much; 0: not looked at.

    Raises:
        DataError: it has no id or no time.
    """
    if not isinstance(raw, dict):
        raise DataError("an item that is no object")
    own = checked_id(raw.get("id"))
    if not own:
        raise DataError("a post without an id")
    created = written_at(raw)
    if created is None or (fetched_at and not is_plausible(created, fetched_at)):
        raise DataError(f"post {own[:80]!r} has no time")
    author, ours = _author(raw, own, account, handle)
    above, root = parent_of(raw), root_of(raw)
    on = post.id if post is not None else root
    # The post itself is no message of ours to be answered, where it is ours.
    parent = None if not above or (above == on and not mention) else above
    thread = key or (on or own if mention else (own if parent is None else parent))
    return Message(
        id=own,
        conversation=thread,
        author=author,
        text=clean(string(raw.get("text"))),
        created_at=created,
        kind="mention" if mention else "reply" if parent else "comment" if above else "post",
        direction="out" if ours else "in",
        parent=parent,
        url=web_address(raw.get("permalink")),
        answerable=not ours and not held,
        extra={POST: on} if on and not mention else {},
        attachments=_attachments(raw),
        held=held,
        hidden=string(raw.get("hide_status")) in _HIDDEN,
        post=post or (Post(on) if on and not mention and above else None),
        can=_can(ours, held, mention, top=bool(above) and parent is None),
    )


def post_of(raw: Item) -> Post:
    """A post of ours, as messages below it name it."""
    title = one_line(clean(string(raw.get("text")), 200))
    return Post(checked_id(raw.get("id")), title, web_address(raw.get("permalink")))


def written_at(raw: Item) -> Instant | None:
    """When it was written; None where it does not say."""
    return instant(raw.get("timestamp"))


def parent_of(raw: Item) -> str:
    """What it answers; empty where it answers nothing."""
    return checked_id(dig(raw, "replied_to", "id"))


def root_of(raw: Item) -> str:
    """The post at the top of its thread; empty where it is one itself."""
    return checked_id(dig(raw, "root_post", "id"))


def _author(raw: Item, own: str, account: Account, handle: str) -> tuple[Author, bool]:
    name = one_line(clean(string(raw.get("username")), 200))
    owner = checked_id(dig(raw, "owner", "id"))
    ours = (
        raw.get("is_reply_owned_by_me") is True
        or (bool(handle) and name == handle)
        or (bool(owner) and owner == account.account_id)
    )
    if ours:
        return Author(account.account_id or f"user:{name}", name), True
    return Author(f"user:{name}" if name else f"unknown:{own}", name), False


def _can(ours: bool, held: bool, mention: bool, top: bool) -> frozenset[Verb]:
    """What can be done with it: those below the first level are hidden with the one above them alone."""
    if ours:
        return frozenset({"delete"})
    if held:
        return frozenset({"release"})
    return frozenset({"hide"}) if top and not mention else frozenset()


def _attachments(raw: Item) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    alt = one_line(clean(string(raw.get("alt_text")), 500))
    if kind := _KINDS.get(string(raw.get("media_type"))):
        address = web_address(raw.get("media_url")) or web_address(raw.get("thumbnail_url"))
        found.append(Attachment(kind, address, alt, gone=not address))
    if moving := web_address(raw.get("gif_url")):
        found.append(Attachment("picture", moving, alt or "GIF"))
    return tuple(found)
