"""Reading Bluesky's posts: pure, and trusting nothing of what a server or a stranger wrote.

A post comes as a `postView`, or as a notification, which has the same fields without what its links and pictures are
(lexicons app.bsky.feed.defs, app.bsky.feed.post, app.bsky.embed, app.bsky.richtext.facet).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from cminbox import links
from cminbox.errors import DataError
from cminbox.model import LABELLED, TIME_UNKNOWN, Attachment, Author, Instant, Kind, Message, Post, Verb
from cminbox.sources import ids
from cminbox.sources.contract import Account
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, instant, string, web_address, whole_number
from cminbox.sources.networks.bluesky.api import POST, owner, split
from cminbox.text import clean, one_line

MOST_FACETS = 100
MOST_EMBEDS = 20
HIDE = "!hide"
"""A labeler's word for what nobody is to see."""
IGNORED = ("!no-unauthenticated", "!no-promote")
MOST_LABELS, LONGEST_LABEL = 8, 60
LONGEST_ADDRESS = 1000
_CDN = "https://cdn.bsky.app/img/feed_fullsize/plain"
_BLOB = re.compile(r"[a-z0-9]{10,100}")

View = Mapping[str, Any]


class Place(NamedTuple):
    """Where a post stands: the addresses of the post that it answers and of its thread's first one; empty for none."""

    parent: str = ""
    root: str = ""


def place(view: View) -> Place:
    """Where a post stands, as its author says; a half of it is none."""
    reply = dig(view, "record", "reply")
    parent, root = (string(dig(reply, part, "uri")) for part in ("parent", "root"))
    parent, root = parent or root, root or parent
    if not parent:
        return Place()
    return Place(checked_id(parent), checked_id(root))


def author_of(view: View) -> str:
    """The author's identity; empty where it says none."""
    return string(dig(view, "author", "did"))


def uri_of(view: View) -> str:
    """The post's address; empty where it has none."""
    return string(view.get("uri"))


def time_of(view: View) -> Instant | None:
    """When the network sorts a post in: when it was written, or first seen where that is earlier."""
    times = [when for each in (dig(view, "record", "createdAt"), view.get("indexedAt")) if (when := instant(each))]
    return min(times, default=None)


def parse(
    raw: object, account: Account, *, conversation: str = "", fetched_at: Instant = 0, hidden: bool = False
) -> Message:
    """A post as a message.

    Args:
        raw: a `postView`, or a notification; `reason` tells why we were notified.
        account: ours; `account_id` tells what we wrote ourselves.
        conversation: its conversation's key; made from the post alone where it is empty.
        fetched_at: stands for a time that no post can have, or that cannot be read.
        hidden: whether its thread's first author hides it.

    Raises:
        DataError: it has no address, no author, no text, or no time while none stands for it.
    """
    if not isinstance(raw, dict):
        raise DataError("a post that is no object")
    own = checked_id(raw.get("uri"))
    written = raw.get("record")
    if not isinstance(written, dict):
        raise DataError(f"post {own!r} has no record")
    text = written.get("text")
    if not isinstance(text, str):
        raise DataError(f"post {own!r} has no text")
    created, known = created_or_seen(time_of(raw), fetched_at, f"post {own!r}")
    author = _author(raw.get("author"))
    ours = bool(account.account_id) and author.id == account.account_id
    parent, root = place(raw)
    cid = _word(raw.get("cid"))
    root_cid = _word(dig(written, "reply", "root", "cid"))
    replies_off = dig(raw, "viewer", "replyDisabled") is True
    labels = _labels(raw, author.id, fetched_at)
    return Message(
        id=own,
        conversation=conversation or root or own,
        author=author,
        text=told_text(text, written.get("facets")),
        created_at=created,
        kind=_kind(own, parent, root, raw.get("reason"), ours, conversation, account),
        direction="out" if ours else "in",
        parent=parent or None,
        url=permalink(own),
        lang=_lang(written.get("langs")),
        visibility="public",
        answerable=not ours and not replies_off,
        hidden=hidden or HIDE in labels,
        attachments=embedded(raw.get("embed") or written.get("embed"), author.id),
        post=Post(root, url=permalink(root)) if root and not _is_of(root, account) else None,
        can=_can(ours, bool(root) and _is_of(root, account) and own != root),
        done=None if raw.get("viewer") is None else _done(raw),
        extra={
            **({"cid": cid} if cid else {}),
            **({"root": root, "root_cid": root_cid} if root and root_cid else {}),
            **({LABELLED: ", ".join(labels)} if labels else {}),
            **({} if known else TIME_UNKNOWN),
        },
    )


def _labels(view: View, author: str, present: Instant) -> list[str]:
    """What labelers, and the author, say of a post, and labelers of its author: words like `spam`, `!hide`."""
    found: list[str] = []
    for listed, of in ((view.get("labels"), ""), (dig(view, "author", "labels"), "author: ")):
        for each in listed if isinstance(listed, list) else ():
            word = one_line(clean(string(dig(each, "val")), LONGEST_LABEL)).strip()
            ends = instant(dig(each, "exp"))
            over = dig(each, "neg") is True or (ends is not None and bool(present) and ends <= present)
            # An author cannot have their own words hidden, and a wish to be seen by members alone is no judgement.
            own = dig(each, "src") == author and word.startswith("!")
            if word and not over and not own and word not in IGNORED and f"{of}{word}" not in found:
                found.append(f"{of}{word}")
    return found[:MOST_LABELS]


def checked_id(value: object) -> str:
    """An address or identity that the store can hold.

    Raises:
        DataError: it is missing, too long, or holds what none has.
    """
    return ids.checked_id(string(value), "a post or account", LONGEST_ADDRESS)


_PAGES: Mapping[str, str] = {
    POST: "profile/{who}/post/{key}",
    "app.bsky.feed.generator": "profile/{who}/feed/{key}",
    "app.bsky.graph.list": "profile/{who}/lists/{key}",
    "app.bsky.graph.starterpack": "starter-pack/{who}/{key}",
}


def permalink(uri: str) -> str:
    """Where a browser shows a post, a feed, a list or a starter pack."""
    parts = split(uri)
    if parts is None or parts[1] not in _PAGES:
        return ""
    who, key = quote(parts[0], safe=":"), quote(parts[2], safe="")
    return f"https://bsky.app/{_PAGES[parts[1]].format(who=who, key=key)}"


def hidden_replies(view: View) -> frozenset[str]:
    """What the author of a thread's first post hides below it."""
    found = dig(view, "threadgate", "record", "hiddenReplies")
    return frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()


def handle_of(raw: object) -> str:
    """The name of an account; empty where what it calls itself is not its own, or it is gone."""
    handle = one_line(clean(string(dig(raw, "handle")), 260)).lstrip("@")
    return "" if handle in ("handle.invalid", "missing.invalid") else handle


def _author(raw: object) -> Author:
    own = checked_id(dig(raw, "did"))
    return Author(
        id=own,
        handle=handle_of(raw),
        name=one_line(clean(string(dig(raw, "displayName")), 200)),
        followers=whole_number(dig(raw, "followersCount")),
        url=f"https://bsky.app/profile/{quote(own, safe=':')}" if own.startswith("did:") else "",
    )


def _kind(own: str, parent: str, root: str, reason: object, ours: bool, conversation: str, account: Account) -> Kind:
    if not parent:
        return "post" if ours else "mention"
    if not ours and reason == "mention" and not _is_of(root, account):
        return "mention"
    # The first below a post of ours starts a conversation of its own.
    return "comment" if conversation == own and not ours else "reply"


def _is_of(uri: str, account: Account) -> bool:
    return bool(account.account_id) and owner(uri) == account.account_id


_OTHERS: frozenset[Verb] = frozenset({"like", "boost", "block", "mute", "report-spam"})


def _can(ours: bool, below_ours: bool) -> frozenset[Verb]:
    if ours:
        return frozenset({"like", "boost", "delete", "pin"})
    return _OTHERS | {"hide"} if below_ours else _OTHERS


def _done(view: View) -> frozenset[Verb]:
    viewer, person = view.get("viewer"), dig(view, "author", "viewer")
    done: dict[Verb, bool] = {
        "like": bool(string(dig(viewer, "like"))),
        "boost": bool(string(dig(viewer, "repost"))),
        "pin": dig(viewer, "pinned") is True,
        "block": bool(string(dig(person, "blocking"))),
        "mute": dig(person, "muted") is True,
    }
    return frozenset(verb for verb, stands in done.items() if stands)


def _lang(value: object) -> str | None:
    first = value[0] if isinstance(value, list) and value else None
    return _word(first) or None


def told_text(text: str, facets: object) -> str:
    """The text, cleaned, and beside each link where it leads, unless it says so itself.

    A facet's place is in bytes of UTF-8; one that lies in no text, or within a letter, is passed over.
    """
    body = text.encode("utf-8", "surrogatepass")
    found: list[tuple[int, str, str]] = []
    for facet in facets[:MOST_FACETS] if isinstance(facets, list) else ():
        start, end = (whole_number(dig(facet, "index", side)) for side in ("byteStart", "byteEnd"))
        if start is None or end is None or not start < end <= len(body):
            continue
        features = dig(facet, "features")
        for each in features if isinstance(features, list) else ():
            if string(dig(each, "$type")).endswith("#link") and (href := string(dig(each, "uri"))):
                try:
                    found.append((end, body[start:end].decode("utf-8", "surrogatepass"), href))
                except UnicodeDecodeError:
                    continue
    for end, label, href in sorted(found, reverse=True):
        if beside := links.beside(label, href):
            body = body[:end] + f" ({beside})".encode("utf-8", "surrogatepass") + body[end:]
    return links.with_destinations(clean(body.decode("utf-8", "replace") if found else text))


def embedded(embed: object, writer: str) -> tuple[Attachment, ...]:
    """Pictures, films, links and quoted posts, as the network shows them or as their author wrote them.

    Args:
        writer: the author, under whom the network keeps the pictures.
    """
    found: list[Attachment] = []
    _embed(embed, writer, found)
    return tuple(found[:MOST_EMBEDS])


def _embed(embed: object, writer: str, found: list[Attachment]) -> None:
    kind = string(dig(embed, "$type")).partition("#")[0]
    if kind == "app.bsky.embed.recordWithMedia":
        _embed(dig(embed, "media"), writer, found)
        _quoted(dig(embed, "record", "record"), found)
    elif kind == "app.bsky.embed.record":
        _quoted(dig(embed, "record"), found)
    elif kind in ("app.bsky.embed.images", "app.bsky.embed.gallery"):
        images = dig(embed, "images") or dig(embed, "items")
        for each in images[:MOST_EMBEDS] if isinstance(images, list) else ():
            where = web_address(dig(each, "fullsize")) or web_address(dig(each, "thumb")) or _blob(each, writer)
            found.append(Attachment("picture", where, _said(dig(each, "alt"))))
    elif kind == "app.bsky.embed.video":
        where = web_address(dig(embed, "playlist")) or web_address(dig(embed, "thumbnail"))
        found.append(Attachment("film", where, _said(dig(embed, "alt"))))
    elif kind == "app.bsky.embed.external":
        where, title = web_address(dig(embed, "external", "uri")), _said(dig(embed, "external", "title"))
        if where or title:
            found.append(Attachment("file", where, title))


def _quoted(quoted: object, found: list[Attachment]) -> None:
    uri = string(dig(quoted, "uri"))
    kind = string(dig(quoted, "$type")).partition("#")[2]
    if not uri:
        return
    gone = kind in ("viewNotFound", "viewBlocked", "viewDetached")
    handle = handle_of(dig(quoted, "author")) or handle_of(dig(quoted, "creator"))
    places = (("value", "text"), ("displayName",), ("name",), ("record", "name"))
    text = next(filter(None, (_said(dig(quoted, *place)) for place in places)), "")
    said = f"@{handle}: {text}" if handle and text else text or (f"@{handle}" if handle else "")
    found.append(Attachment("file", permalink(uri), said or "a quoted post", gone))


def _blob(image: object, writer: str) -> str:
    """Where Bluesky shows a picture that is named by its content alone, as in a notification."""
    name = string(dig(image, "image", "ref", "$link"))
    if not _BLOB.fullmatch(name) or not writer.startswith("did:"):
        return ""
    return web_address(f"{_CDN}/{quote(writer, safe=':')}/{name}@jpeg")


def _said(value: object) -> str:
    return one_line(clean(string(value), 500))


def _word(value: object) -> str:
    return one_line(clean(string(value), 200))
