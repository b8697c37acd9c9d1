"""Reading TikTok's comments, mentions and private messages: pure, and trusting nothing of what stands there.

Ids are numbers that only some readers keep exactly: here they are text from the first moment on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cminbox.errors import DataError
from cminbox.model import TIME_UNKNOWN, Attachment, AttachmentKind, Author, Instant, Message, Post, Verb
from cminbox.sources.contract import Account
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, identifier, string, web_address, whole_number
from cminbox.sources.times import read_time
from cminbox.text import clean, one_line

Item = Mapping[str, Any]
VIDEO = "video"
"""In a message's `extra`: the film that it is below."""
_OURS: frozenset[Verb] = frozenset({"like", "pin", "delete"})
_THEIRS: frozenset[Verb] = frozenset({"like", "pin", "hide"})


@dataclass(frozen=True, slots=True)
class Talk:
    """A private conversation.

    Attributes:
        people: who takes part, by their ids.
        business: our own id.
    """

    conversation: str
    people: Mapping[str, Item]
    business: str


def id_of(item: Item) -> str:
    """A comment's id as text, empty where it has none."""
    return identifier(item.get("comment_id"))


def parent_of(item: Item) -> str:
    """The comment that it answers, empty for a comment of the film."""
    found = identifier(item.get("parent_comment_id"))
    return "" if found in ("0", id_of(item)) else found


def written(item: Item, name: str = "create_time") -> Instant | None:
    """When it was written; TikTok counts seconds or milliseconds, as text or as a number."""
    value = item.get(name)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else string(value)
    return read_time(int(text)) if text.isdecimal() and len(text) < 20 else read_time(text) if text else None


def version_of(item: Item) -> str:
    """Changes when it is hidden, liked or pinned."""
    words = (string(item.get("status")), *(name for name in ("liked", "pinned") if item.get(name) is True))
    return " ".join(words)


def parse(
    raw: object,
    account: Account,
    *,
    post: Post | None = None,
    ad: bool = False,
    above: str = "",
    talk: Talk | None = None,
    fetched_at: Instant = 0,
) -> Message:
    """A comment or a private message.

    Args:
        talk: the private conversation; None where it is a comment.
        post: the film that it is below, as far as known.
        ad: that film is shown as an advertisement.
        above: the comment that it answers, where the list says it and not the comment.
        fetched_at: stands for a time that no comment can have, or that cannot be read.

    Raises:
        DataError: it has no id, no text, or no time while none stands for it.
    """
    if talk is not None:
        return _direct(raw, talk, fetched_at)
    if not isinstance(raw, dict):
        raise DataError("a comment that is no object")
    own = _checked(id_of(raw), "comment")
    text = raw.get("text")
    attachments = _pictures(raw)
    if not isinstance(text, str) and not attachments:
        raise DataError(f"comment {own!r} has no text")
    created, more = _created(written(raw), fetched_at, own)
    parent = one_line(clean(parent_of(raw) or above, 300))
    ours = raw.get("owner") is True
    video = identifier(raw.get("video_id")) or (post.id if post is not None else "")
    done: list[Verb] = []
    done += ["like"] if raw.get("liked") is True else []
    done += ["pin"] if raw.get("pinned") is True else []
    return Message(
        id=own,
        conversation=parent or own,
        author=_author(raw, own),
        text=clean(string(text)),
        created_at=created,
        kind="reply" if parent else "comment",
        direction="out" if ours else "in",
        parent=parent or None,
        url=post.url if post is not None else "",
        extra={**({VIDEO: one_line(clean(video, 100))} if video else {}), **more},
        attachments=attachments,
        hidden=raw.get("status") == "HIDDEN" if "status" in raw else None,
        ad=ad or raw.get("is_ad") is True,
        post=post or (Post(one_line(clean(video, 100))) if video else None),
        can=_OURS if ours else _THEIRS,
        done=frozenset(done) if "liked" in raw or "pinned" in raw else None,
    )


def named(item: Item) -> str:
    """The id of a comment or of a film that names us; empty where it has none: a comment without one is no film."""
    video = identifier(item.get("item_id"))
    film = video and not any(name in item for name in ("comment_id", "comment_text", "comment_create_time"))
    return id_of(item) or (f"video {video}" if film else "")


def parse_mention(raw: object, account: Account, fetched_at: Instant) -> Message:
    """A comment or a film of somebody else that names us.

    Raises:
        DataError: it has no id or no text.
    """
    if not isinstance(raw, dict):
        raise DataError("a mention that is no object")
    video, url = identifier(raw.get("item_id")), web_address(raw.get("video_link"))
    comment = id_of(raw)
    own = _checked(named(raw), "mention", spaces=True)
    text = raw.get("comment_text" if comment else "caption")
    if not isinstance(text, str):
        raise DataError(f"mention {own!r} has no text")
    created, more = _created(written(raw, "comment_create_time" if comment else "create_time"), fetched_at, own)
    name = one_line(clean(string(raw.get("commenter_display_name")), 200))
    handle = one_line(clean(string(raw.get("creator_handle_name")).lstrip("@"), 100)) if not comment else ""
    return Message(
        id=own,
        conversation=own,
        author=Author(f"@{handle}" if handle else f"unknown:{own}", handle, name),
        text=clean(text),
        created_at=created,
        kind="mention",
        url=url,
        answerable=bool(comment and video),
        extra={**({VIDEO: one_line(clean(video, 100))} if video else {}), **more},
        post=Post(video, one_line(clean(string(raw.get("caption")), 120)), url) if comment and video else None,
        can=frozenset(),
    )


def _direct(raw: object, talk: Talk, present: Instant) -> Message:
    """A private message.

    Raises:
        DataError: it has no id.
    """
    if not isinstance(raw, dict):
        raise DataError("a private message that is no object")
    own = _checked(identifier(raw.get("message_id")), "message")
    created, more = _created(written(raw, "timestamp"), present, own)
    sender = identifier(dig(raw, "from_user", "id")) or identifier(raw.get("sender"))
    ours = dig(raw, "from_user", "role") == "BUSINESS_ACCOUNT" or bool(sender and sender == talk.business)
    person = talk.people.get(sender, {})
    name = one_line(clean(string(person.get("display_name")), 200))
    attachments = _of_message(raw)
    text = clean(string(dig(raw, "text", "body")) or string(dig(raw, "template", "title")))
    if not text and not attachments:
        kind = one_line(clean(string(raw.get("message_type")), 40)).lower()
        text = f"({kind or 'a message'} that is shown in TikTok alone)"
    return Message(
        id=own,
        conversation=talk.conversation,
        author=Author(one_line(clean(sender, 300)) or f"unknown:{own}", "", name),
        text=text,
        created_at=created,
        kind="dm",
        direction="out" if ours else "in",
        visibility="direct",
        extra=more,
        attachments=attachments,
        can=frozenset(),
    )


def post_of(item: Item) -> Post | None:
    """A film of the list of ours."""
    own = identifier(item.get("item_id"))
    if not own or any(char.isspace() for char in own) or len(own) > 100:
        return None
    return Post(own, one_line(clean(string(item.get("caption")), 120)), web_address(item.get("share_url")))


def _author(raw: Item, own: str) -> Author:
    identity = identifier(raw.get("unique_identifier")) or identifier(raw.get("user_id"))
    handle = one_line(clean(string(raw.get("username")), 100))
    name = one_line(clean(string(raw.get("display_name")), 200))
    url = f"https://www.tiktok.com/@{handle}" if handle and handle.replace("_", "").replace(".", "").isalnum() else ""
    return Author(one_line(clean(identity, 300)) or f"unknown:{own}", handle, name, url=url)


def _pictures(raw: Item) -> tuple[Attachment, ...]:
    found = [web_address(raw.get(name)) for name in ("image_url", "image_uri")]
    return tuple(Attachment("picture", address) for address in found if address)[:1]


def _of_message(raw: Item) -> tuple[Attachment, ...]:
    kinds: Mapping[str, AttachmentKind] = {
        "IMAGE": "picture",
        "STICKER": "picture",
        "EMOJI": "picture",
        "VIDEO": "film",
        "SHARE_POST": "film",
    }
    kind = string(raw.get("message_type"))
    if kind not in kinds:
        return ()
    part = raw.get(kind.lower())
    address = web_address(dig(part, "url")) or web_address(dig(part, "embed_url"))
    return (Attachment(kinds[kind], address),)


def _created(when: Instant | None, present: Instant, own: str) -> tuple[Instant, Mapping[str, str]]:
    created, known = created_or_seen(when, present, repr(own))
    return created, {} if known else TIME_UNKNOWN


def _checked(own: str, what: str, *, spaces: bool = False) -> str:
    if not own or len(own) > 300 or not own.isprintable() or (not spaces and any(char.isspace() for char in own)):
        raise DataError(f"a {what} without an id that can be kept")
    return own


def answers_of(item: Item) -> int:
    """How many answers a comment has; TikTok writes it as a number."""
    return whole_number(item.get("replies")) or 0
