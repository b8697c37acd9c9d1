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
MOST_CHILDREN = 20
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
        text=_body(raw),
        created_at=created,
        kind="mention" if mention else "reply" if parent else "comment" if above else "post",
        direction="out" if ours else "in",
        parent=parent,
        url=web_address(raw.get("permalink")),
        answerable=not ours and not held,
        extra={POST: on} if on and not mention else {},
        attachments=_attachments(raw),
        held=held,
        hidden=string(raw.get("hide_status")) in _HIDDEN if "hide_status" in raw else None,
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


def _body(raw: Item) -> str:
    """The text, the long text that may hang on it, and what its poll asks."""
    poll = raw.get("poll_attachment")
    options = [one_line(clean(string(dig(poll, f"option_{letter}")), 200)) for letter in "abcd"]
    lines = [string(raw.get("text")), string(dig(raw, "text_attachment", "plaintext"))]
    return clean("\n".join([line for line in lines if line] + [f"- {each}" for each in options if each]))


def _attachments(raw: Item) -> tuple[Attachment, ...]:
    """Its pictures and films, one by one where there are several; a GIF; and the links that hang on it."""
    found: list[Attachment] = []
    alt = one_line(clean(string(raw.get("alt_text")), 500))
    children = dig(raw, "children", "data")
    several = [_shown(each) for each in children[:MOST_CHILDREN]] if isinstance(children, list) else []
    found += [each for each in several if each is not None] or [each for each in (_shown(raw),) if each is not None]
    if moving := web_address(raw.get("gif_url")):
        found.append(Attachment("picture", moving, alt or "GIF"))
    links = (raw.get("link_attachment_url"), dig(raw, "text_attachment", "link_attachment_url"))
    text = string(raw.get("text"))
    found += [Attachment("file", link) for each in links if (link := web_address(each)) and link not in text]
    return tuple(found)


def _shown(raw: object) -> Attachment | None:
    """The picture or film of a post, or of one of several; None where it has none that can be told."""
    kind = _KINDS.get(string(dig(raw, "media_type")))
    if kind is None:
        return None
    address = web_address(dig(raw, "media_url")) or web_address(dig(raw, "thumbnail_url"))
    return Attachment(kind, address, one_line(clean(string(dig(raw, "alt_text")), 500)), gone=not address)
