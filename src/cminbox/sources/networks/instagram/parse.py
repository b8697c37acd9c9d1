"""Understanding what Instagram gives: comments, what tags or names us, private messages, and what its webhooks say.

Objects are those of docs/instagram-platform/reference (IG Comment, IG Media); pure, and trusting nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cminbox.errors import DataError
from cminbox.model import Attachment, AttachmentKind, Author, Instant, Message, Post, Verb, is_plausible
from cminbox.sources.contract import Account
from cminbox.sources.json_values import dig, instant, string, web_address
from cminbox.sources.mentions import mentions
from cminbox.sources.meta.direct import parse_message
from cminbox.sources.meta.graph import Item, checked_id
from cminbox.text import clean, one_line

MENTION = "mention:"
"""Before the id of what stands on somebody else's account: it can be asked for in another way alone."""
MEDIA = "media"
"""In a message's `extra`: the id of the film or picture that it stands under."""
_KINDS: dict[str, AttachmentKind] = {"IMAGE": "picture", "CAROUSEL_ALBUM": "picture", "VIDEO": "film", "REELS": "film"}

Context = Literal["", "tag", "mention", "dm"]


def parse(
    raw: object,
    account: Account,
    *,
    context: Context = "",
    handle: str = "",
    post: Post | None = None,
    under: str = "",
    others: Sequence[Item] = (),
    fetched_at: Instant = 0,
) -> Message:
    """Whatever Instagram gives as a message, as one.

    Args:
        context: what list it is of, where its fields do not show it.
        handle: ours; it tells what we wrote where Instagram keeps our id back.
        post: what a comment stands under.
        under: the comment that a comment answers, where it does not say so itself.
        others: of a private message, who else takes part.
        fetched_at: the present, which no message is newer than by much; 0: not looked at.

    Raises:
        DataError: it is none.
    """
    if not isinstance(raw, dict):
        raise DataError("an item that is no object")
    if context == "dm" or "created_time" in raw or isinstance(raw.get("to"), dict):
        ours = frozenset(name for name in (account.account_id, handle) if name)
        return parse_message(raw, account, ours, others, fetched_at)
    if isinstance(pictured := raw.get("mentioned_media"), dict):
        raw = pictured
    if context == "tag" or "caption" in raw:
        return _tag(raw, handle, fetched_at)
    if isinstance(named := raw.get("mentioned_comment"), dict):
        raw, context = named, "mention"
    message = _comment(raw, account, handle, post, under, fetched_at)
    return _named(message, raw) if context == "mention" else message


def _comment(raw: Item, account: Account, handle: str, post: Post | None, under: str, fetched_at: Instant) -> Message:
    own = checked_id(raw.get("id"))
    if not own:
        raise DataError("a comment without an id")
    created = _time(raw, fetched_at, f"comment {own[:80]!r}")
    author, ours = _author(raw, own, account, handle)
    parent = checked_id(raw.get("parent_id")) or under
    media = checked_id(dig(raw, "media", "id")) or (post.id if post is not None else "")
    hidden = raw.get("hidden") is True
    can: frozenset[Verb] = frozenset({"delete"}) if ours else frozenset({"hide", "delete"})
    return Message(
        id=own,
        conversation=parent or own,
        author=author,
        text=clean(string(raw.get("text"))),
        created_at=created,
        kind="reply" if parent else "comment",
        direction="out" if ours else "in",
        parent=parent or None,
        url=post.url if post is not None else web_address(dig(raw, "media", "permalink")),
        # Instagram refuses answers to what is hidden.
        answerable=not ours and not hidden,
        extra={MEDIA: media} if media else {},
        hidden=hidden if "hidden" in raw else None,
        post=post or (Post(media) if media else None),
        can=can,
    )


def _named(message: Message, raw: Item) -> Message:
    """A comment on somebody else's picture in which we are named."""
    own = f"{MENTION}{message.id}"
    return message._replace(
        id=own,
        conversation=own,
        kind="mention",
        parent=None,
        answerable=message.direction == "in" and MEDIA in message.extra,
        extra={**message.extra, "comment": message.id},
        url=web_address(dig(raw, "media", "permalink")),
        post=None,
        can=frozenset(),
    )


def _tag(raw: Item, handle: str, fetched_at: Instant) -> Message:
    """Somebody else's picture or film in which we are tagged or named; only where named can we comment on it."""
    media = checked_id(raw.get("id"))
    if not media:
        raise DataError("a picture without an id")
    created = _time(raw, fetched_at, f"picture {media[:80]!r}")
    caption = clean(string(raw.get("caption")))
    named = mentions(caption, handle)
    writer = one_line(clean(string(raw.get("username")), 200))
    owner = checked_id(dig(raw, "owner", "id"))
    ours = bool(handle) and writer == handle
    own = f"{MENTION}{media}"
    kind = _KINDS.get(string(raw.get("media_type")), "picture")
    address = web_address(raw.get("media_url"))
    return Message(
        id=own,
        conversation=own,
        author=Author(owner or (f"user:{writer}" if writer else f"unknown:{media}"), writer, writer),
        text=caption,
        created_at=created,
        kind="mention",
        direction="out" if ours else "in",
        url=web_address(raw.get("permalink")),
        title="" if caption.strip() or not handle else "Tagged you",
        answerable=named and not ours,
        extra={MEDIA: media},
        attachments=(Attachment(kind, address, gone=not address),),
        can=frozenset(),
    )


def post_of(raw: Item) -> Post:
    """A picture or film of ours, as messages below it name it."""
    title = one_line(clean(string(raw.get("caption")), 200))
    return Post(checked_id(raw.get("id")), title, web_address(raw.get("permalink")))


def written_at(raw: Item) -> Instant | None:
    """When it was written; None where it does not say."""
    return instant(raw.get("timestamp"))


def is_nameless(raw: Item) -> bool:
    """Whether Instagram keeps back who wrote it."""
    found = (dig(raw, "from", "id"), dig(raw, "user", "id"), raw.get("username"), dig(raw, "from", "username"))
    return not any(isinstance(each, str) and each for each in found)


def _time(raw: Item, present: Instant, what: str) -> Instant:
    found = written_at(raw)
    if found is None or (present and not is_plausible(found, present)):
        raise DataError(f"{what} has no time")
    return found


def _author(raw: Item, own: str, account: Account, handle: str) -> tuple[Author, bool]:
    """Who wrote it, and whether that is us: by id, or by handle where the id is kept back."""
    found = checked_id(dig(raw, "from", "id"))
    name = one_line(clean(string(raw.get("username")) or string(dig(raw, "from", "username")), 200))
    # `user` is there only where we wrote it ourselves.
    mine = checked_id(dig(raw, "user", "id"))
    own_id = account.account_id
    ours = (bool(own_id) and own_id in (found, mine)) or (bool(handle) and name == handle)
    author_id = found or mine or (f"user:{name}" if name else f"unknown:{own}")
    return Author(author_id, name), ours
