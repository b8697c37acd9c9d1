"""Reading X's posts: pure, and trusting nothing of what they say.

A post is edited by a new one with an id of its own; all of them are one message, under the id of the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from cminbox.errors import DataError
from cminbox.model import TIME_UNKNOWN, Attachment, AttachmentKind, Author, Instant, Message, Post
from cminbox.sources import ids
from cminbox.sources.contract import Account
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, instant, string, web_address, whole_number
from cminbox.sources.networks.x.api import Item
from cminbox.text import clean, one_line

_HANDLE = re.compile(r"[A-Za-z0-9_]{1,30}")
_KINDS: Mapping[str, AttachmentKind] = {"photo": "picture", "video": "film", "animated_gif": "film", "audio": "sound"}
_NO_LANGUAGE = frozenset({"und", "art", "qam", "qct", "qht", "qme", "qst", "zxx"})
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a post does not say of itself.

    Attributes:
        users, media: what came along, by id and by key.
        handle: our own.
        key: of its conversation; as the post says unless given.
        title: the first words of the post of ours that began its thread.
        first: the oldest version of it, where that is known.
    """

    users: Mapping[str, Item] = field(default_factory=dict)
    media: Mapping[str, Item] = field(default_factory=dict)
    handle: str = ""
    key: str = ""
    title: str = ""
    first: Item = field(default_factory=dict)


def along(includes: Item) -> tuple[dict[str, Item], dict[str, Item]]:
    """The users by id and the media by key that came along."""
    users, media = includes.get("users"), includes.get("media")
    people = [each for each in users if isinstance(each, dict)] if isinstance(users, list) else []
    files = [each for each in media if isinstance(each, dict)] if isinstance(media, list) else []
    return {string(each.get("id")): each for each in people}, {string(each.get("media_key")): each for each in files}


def versions(raw: Item) -> list[str]:
    """The ids of all versions of a post, the oldest first; its own alone where it says none."""
    for name in ("edit_history_tweet_ids", "edit_history_post_ids"):
        found = raw.get(name)
        if isinstance(found, list) and found and all(isinstance(each, str) and ids.is_id(each) for each in found):
            return list(found)
    return [string(raw.get("id"))]


def message_id(raw: Item) -> str:
    """The id under which it is one message in all of its versions."""
    return versions(raw)[0]


def refers(raw: Item, kind: str) -> str:
    """The id of the post that it answers, quotes or repeats; empty where it does not."""
    for name in ("referenced_tweets", "referenced_posts"):
        found = raw.get(name)
        for each in found if isinstance(found, list) else ():
            if dig(each, "type") == kind:
                return string(dig(each, "id"))
    return ""


def thread_of(raw: Item) -> str:
    """The id of the post that began its thread."""
    return string(raw.get("conversation_id"))


def below_ours(raw: Item, account: Account) -> bool:
    """Whether it answers a post of ours that began a thread."""
    parent = refers(raw, "replied_to")
    return bool(parent) and parent == thread_of(raw) and string(raw.get("in_reply_to_user_id")) == account.account_id


def time_of(raw: Item) -> Instant | None:
    """When it was written."""
    return instant(raw.get("created_at"))


def is_ours(raw: Item, account: Account) -> bool:
    """Whether we wrote it."""
    return bool(account.account_id) and raw.get("author_id") == account.account_id


def text_of(raw: Item) -> str:
    """What it says, whole, with its links as they lead."""
    note = next((each for name in ("note_tweet", "note_post") if isinstance(each := raw.get(name), dict)), {})
    long = isinstance(note.get("text"), str)
    text = string(note.get("text")) if long else string(raw.get("text"))
    for letters, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(letters, sign)
    return clean(_with_links(text, dig(note if long else raw, "entities", "urls")))


def _with_links(text: str, urls: object) -> str:
    for each in urls if isinstance(urls, list) else ():
        short = string(dig(each, "url"))
        there = web_address(dig(each, "unwound_url")) or web_address(dig(each, "expanded_url"))
        if not short.startswith("https://t.co/") or not there:
            continue
        shown = "" if string(dig(each, "media_key")) and re.search(r"/(?:photo|video)/\d+\Z", there) else there
        text = re.sub(rf"{re.escape(short)}(?![A-Za-z0-9])", shown.replace("\\", r"\\"), text)
    return text.strip() or text


def parse(raw: object, account: Account, place: Place | None = None, *, fetched_at: Instant = 0) -> Message:
    """A post as a message.

    Args:
        raw: a post of the API, or an answer with one post and what came along.
        fetched_at: stands for a time that no post can have, or that cannot be read.

    Raises:
        DataError: it has no id, no text, or no time while none stands for it.
    """
    if not isinstance(raw, dict):
        raise DataError("a post that is no object")
    place = place or Place()
    if isinstance(raw.get("data"), dict):
        includes = raw.get("includes")
        users, media = along(includes if isinstance(includes, dict) else {})
        place = Place(users, media, place.handle, place.key, place.title, place.first)
        return _message(raw["data"], account, place, fetched_at)
    return _message(raw, account, place, fetched_at)


def _message(raw: Item, account: Account, place: Place, fetched_at: Instant) -> Message:
    shown = checked_id(raw.get("id"))
    own = checked_id(message_id(raw))
    if not isinstance(raw.get("text"), str):
        raise DataError(f"post {own!r} has no text")
    changed = time_of(raw) if shown != own else None
    created, known = created_or_seen(time_of(place.first) or time_of(raw), fetched_at, f"post {own!r}")
    thread = checked_id(raw["conversation_id"]) if raw.get("conversation_id") else own
    parent = checked_id(found) if (found := refers(raw, "replied_to")) else ""
    top = below_ours(raw, account)
    ours = is_ours(raw, account)
    author = _author(raw, place, own)
    key = place.key or (own if top else thread)
    under = account.owned and (top or key != thread)
    return Message(
        id=own,
        conversation=key,
        author=author,
        text=text_of(raw),
        created_at=created,
        kind="comment" if top else "reply" if parent else "mention",
        direction="out" if ours else "in",
        parent=None if top or not parent else parent,
        url=link(author.handle, shown),
        lang=_language(raw.get("lang")),
        edited_at=changed if known else None,
        visibility="public",
        answerable=not ours and _summons(raw, account, place.handle),
        attachments=_attachments(raw, place),
        hidden=None,
        post=Post(thread, place.title, link(place.handle, thread)) if under else None,
        can=frozenset({"delete"} if ours else {"hide"} if under else ()),
        extra={
            **({} if known else TIME_UNKNOWN),
            **({"post": shown} if shown != own else {}),
            **({"thread": thread} if thread != key else {}),
        },
    )


def checked_id(value: object) -> str:
    """An id that can be one.

    Raises:
        DataError: it cannot.
    """
    return ids.checked_id(string(value), "a post")


def link(handle: str, own: str) -> str:
    """Where a post can be seen."""
    who = handle if _HANDLE.fullmatch(handle) else "i/web"
    return f"https://x.com/{who}/status/{quote(own, safe='')}"


def _summons(raw: Item, account: Account, handle: str) -> bool:
    """Whether its author named or quoted our account: elsewhere X lets no program answer."""
    entities = dig(raw, "note_tweet", "entities") or dig(raw, "note_post", "entities") or raw.get("entities")
    mentions, urls = dig(entities, "mentions"), dig(entities, "urls")
    us = handle.lower()
    if isinstance(mentions, list):
        named = [(string(dig(each, "id")), string(dig(each, "username")).lower()) for each in mentions]
        if any((own and own == account.account_id) or (us and name == us) for own, name in named):
            return True
    elif us and re.search(rf"(?<![\w@])@{re.escape(us)}(?!\w)", string(raw.get("text")), re.IGNORECASE):
        return True
    return bool(us) and bool(refers(raw, "quoted")) and any(_is_post_of(us, each) for each in urls or ())


def _is_post_of(handle: str, entity: object) -> bool:
    address = web_address(dig(entity, "expanded_url"))
    parts = urlsplit(address)
    return (parts.hostname or "").removeprefix("www.") in ("x.com", "twitter.com") and parts.path.lower().startswith(
        f"/{handle}/status/"
    )


def _author(raw: Item, place: Place, own: str) -> Author:
    writer = string(raw.get("author_id"))
    if not ids.is_id(writer):
        return Author(f"unknown:{own}")
    return person(place.users.get(writer, {}), writer)


def person(user: Mapping[str, Any], own: str) -> Author:
    """Somebody who came along; of others only the id is known."""
    handle = one_line(clean(string(user.get("username")), 100)).lstrip("@")
    return Author(
        own,
        handle,
        one_line(clean(string(user.get("name")), 200)),
        whole_number(dig(user, "public_metrics", "followers_count")),
        f"https://x.com/{handle}" if _HANDLE.fullmatch(handle) else "",
    )


def _attachments(raw: Item, place: Place) -> tuple[Attachment, ...]:
    keys = dig(raw, "attachments", "media_keys")
    found = [each for each in keys if isinstance(each, str)] if isinstance(keys, list) else []
    return tuple(attachment(place.media.get(key, {}), key) for key in found[:20])


def attachment(media: Mapping[str, Any], key: str = "") -> Attachment:
    """A picture or film; of one that did not come along only the kind, as its key begins."""
    kind = _KINDS.get(string(media.get("type"))) or ("picture" if key.startswith("3_") else "film" if key else "file")
    addresses = [web_address(media.get("url"))]
    variants = media.get("variants")
    films = [each for each in variants if isinstance(each, dict)] if isinstance(variants, list) else []
    films.sort(key=lambda each: whole_number(each.get("bit_rate")) or 0, reverse=True)
    addresses += [web_address(each.get("url")) for each in films if each.get("content_type") == "video/mp4"]
    addresses.append(web_address(media.get("preview_image_url")))
    return Attachment(kind, next(filter(None, addresses), ""), clean(string(media.get("alt_text")), 2000))


def _language(value: object) -> str | None:
    code = string(value).lower()
    code = _OLD_CODES.get(code, code)
    return code if re.fullmatch(r"[a-z]{2,3}(?:-[a-z]{2,4})?", code) and code not in _NO_LANGUAGE else None
