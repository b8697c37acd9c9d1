"""Reading LinkedIn's comments and notifications: pure, and trusting nothing of what stands there.

Whoever wrote a comment is known by a URN of which most apps may not ask the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cminbox.errors import DataError
from cminbox.model import TIME_UNKNOWN, Attachment, Author, Instant, Message, Post, is_plausible
from cminbox.sources.contract import Account
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, identifier, string, web_address
from cminbox.sources.networks.linkedin.api import CommentName, escaped, is_urn, named, spelled
from cminbox.sources.times import read_time
from cminbox.text import clean, one_line

Item = Mapping[str, Any]
OBJECT = "object"
"""In a message's `extra`: the post as comments name it."""
SITE = "https://www.linkedin.com"
_TEMPLATE = re.compile(r"@\[([^\]]*)\]\(urn:li:[^)]*\)|\{hashtag\|\\?#\|([^}]*)\}")
_ESCAPED = re.compile(r"\\([|{}@\[\]()<>#\\*_~])")


def urn_of(item: Item) -> str:
    """A comment's URN as its own words make it; empty where they do not."""
    found = string(item.get("$URN")) or string(item.get("commentUrn"))
    if found:
        return spelled(found)
    post, own = string(item.get("object")), identifier(item.get("id"))
    return CommentName(post, own).urn if post and own else ""


def top_of(item: Item) -> str:
    """The URN of the comment that it answers, empty for a comment of the post."""
    return spelled(string(item.get("parentComment")))


def written(item: Item) -> Instant | None:
    """When it was written."""
    return _time(dig(item, "created", "time"))


def changed(item: Item) -> Instant | None:
    """When it was last changed; None where it never was."""
    when, first = _time(dig(item, "lastModified", "time")), written(item)
    return when if when is not None and first is not None and when > first else None


def parse(
    raw: object, account: Account, *, post: Post | None = None, ours: bool = False, fetched_at: Instant = 0
) -> Message:
    """A comment as a message.

    Args:
        raw: a comment of the API.
        post: what it stands below, as far as known.
        ours: LinkedIn says that an administrator of the page wrote it.
        fetched_at: stands for a time that no comment can have, or that cannot be read.

    Raises:
        DataError: it has no name, no text, or no time while none stands for it.
    """
    if not isinstance(raw, dict):
        raise DataError("a comment that is no object")
    own = _checked(urn_of(raw))
    text, parent = dig(raw, "message", "text"), top_of(raw)
    attachments = _attachments(raw.get("content"))
    if not isinstance(text, str) and not attachments:
        raise DataError(f"comment {own!r} has no text")
    created, known = created_or_seen(written(raw), fetched_at, f"comment {own!r}")
    actor = string(raw.get("actor")) or string(dig(raw, "created", "actor"))
    object_urn = string(raw.get("object"))
    name = named(own)
    if not is_urn(object_urn):
        object_urn = name.post if name is not None else ""
    top = parent or own
    return Message(
        id=own,
        conversation=one_line(clean(top, 300)) if parent else own,
        author=_author(actor, own, raw.get("actor~")),
        text=clean(string(text)),
        created_at=created,
        kind="reply" if parent else "comment",
        direction="out" if ours or (actor and actor == account.account_id) else "in",
        parent=one_line(clean(parent, 300)) or None,
        url=_permalink(own, parent),
        edited_at=changed(raw),
        extra={**({OBJECT: object_urn} if object_urn else {}), **({} if known else TIME_UNKNOWN)},
        attachments=attachments,
        done=None,
        post=post or (Post(object_urn, "", f"{SITE}/feed/update/{object_urn}") if object_urn else None),
    )


def parse_notification(raw: Item, account: Account, fetched_at: Instant) -> Message:
    """A notification as a message: a post of somebody else that names us, or a comment of which no more is to be had.

    Raises:
        DataError: it has no name or no text.
    """
    when = _time(raw.get("lastModifiedAt"))
    known = when is not None and is_plausible(when, fetched_at)
    ours = raw.get("action") == "ADMIN_COMMENT"
    comment = dig(raw, "decoratedGeneratedActivity", "comment")
    extra = {} if known else dict(TIME_UNKNOWN)
    created = when if known and when is not None else fetched_at
    if raw.get("action") != "SHARE_MENTION":
        own, text = _checked(spelled(string(raw.get("generatedActivity")))), dig(comment, "text")
        if not isinstance(text, str):
            raise DataError(f"comment {own!r} has no text")
        owner, post = string(dig(comment, "owner")), post_of(raw)
        return Message(
            id=own,
            conversation=own,
            author=_author(owner, own),
            text=clean(text),
            created_at=created,
            kind="comment",
            direction="out" if ours or (owner and owner == account.account_id) else "in",
            url=_permalink(own, ""),
            extra={**extra, **({OBJECT: post.id} if post is not None else {})},
            post=post,
        )
    share = dig(raw, "decoratedGeneratedActivity", "share")
    named_by = string(raw.get("generatedActivity")) or string(raw.get("sourcePost"))
    own = _checked(named_by or string(dig(share, "entity")))
    text = dig(share, "text")
    if not isinstance(text, str):
        text = dig(raw, "decoratedSourcePost", "text")
    if not isinstance(text, str):
        raise DataError(f"post {own!r} has no text")
    owner = string(dig(share, "owner")) or string(dig(raw, "decoratedSourcePost", "owner"))
    return Message(
        id=own,
        conversation=own,
        author=_author(owner, own),
        text=clean(plain(text)),
        created_at=created,
        kind="mention",
        direction="out" if owner and owner == account.account_id else "in",
        url=f"{SITE}/feed/update/{own}" if is_urn(own) else "",
        extra={**extra, OBJECT: own},
        can=frozenset({"like"}),
    )


def post_of(raw: Item) -> Post | None:
    """The post that a notification is about."""
    own = string(raw.get("sourcePost")) or string(dig(raw, "decoratedSourcePost", "entity"))
    if not is_urn(own):
        return None
    return Post(own, title_of(dig(raw, "decoratedSourcePost", "text")), f"{SITE}/feed/update/{own}")


def title_of(text: object) -> str:
    """The beginning of a post's text."""
    return one_line(clean(plain(string(text)), 120))


def plain(text: str) -> str:
    """A post's text without LinkedIn's marks: mentions and hashtags by their words."""
    return _ESCAPED.sub(r"\1", _TEMPLATE.sub(lambda found: found[1] or f"#{found[2] or ''}", text))


def _author(actor: str, own: str, known: object = None) -> Author:
    """Whoever wrote it, apart from everybody else: a name is there only where LinkedIn gave one along."""
    if not actor:
        return Author(f"unknown:{own}")
    names = [string(dig(known, key)) for key in ("localizedFirstName", "localizedLastName")]
    name = string(dig(known, "localizedName")) or " ".join(each for each in names if each)
    handle = one_line(clean(string(dig(known, "vanityName")), 100))
    return Author(one_line(clean(actor, 300)) or f"unknown:{own}", handle, one_line(clean(name, 200)))


def _attachments(content: object) -> tuple[Attachment, ...]:
    """Pictures of a comment."""
    found = []
    for each in content if isinstance(content, list) else []:
        if isinstance(each, dict):
            kind = string(each.get("type"))
            address = web_address(each.get("url"))
            found.append(Attachment("film" if kind == "VIDEO" else "picture" if kind == "IMAGE" else "file", address))
    return tuple(found[:20])


def _permalink(own: str, top: str) -> str:
    """A comment's page; empty where its name does not say which."""
    name, above = named(own), named(top) if top else None
    if name is None:
        return ""
    short = f"{name.post.removeprefix('urn:li:')}"
    first = f"urn:li:comment:({short},{(above or name).id})"
    url = f"{SITE}/feed/update/{name.post}?commentUrn={escaped(first)}"
    return f"{url}&replyUrn={escaped(f'urn:li:comment:({short},{name.id})')}" if above is not None else url


def _time(value: object) -> Instant | None:
    return read_time(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _checked(own: str) -> str:
    if not own or len(own) > 400 or any(char.isspace() or not char.isprintable() for char in own):
        raise DataError("an item without an id that can be kept")
    return own
