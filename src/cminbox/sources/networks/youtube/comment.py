"""Reading YouTube's comments: pure, and trusting nothing of what they say."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, replace
from urllib.parse import quote

from cminbox.errors import DataError
from cminbox.model import TIME_UNKNOWN, Attachment, Author, Instant, Message, Post, Verb
from cminbox.sources import ids
from cminbox.sources.contract import Account
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, instant, string, web_address, whole_number
from cminbox.sources.networks.youtube.api import Item
from cminbox.text import clean, one_line
from cminbox.text_html import html_to_text

HELD = ("heldForReview", "likelySpam")
"""The moderation statuses of what nobody sees before it is released."""
_STATUSES = frozenset({*HELD, "published", "rejected"})
_HTML = re.compile(r"<br ?/?>|<a href=\"|&(?:amp|lt|gt|quot|#39);")
_CAN_HELD: frozenset[Verb] = frozenset({"release", "delete", "block"})
_CAN: frozenset[Verb] = frozenset({"hide", "delete", "block"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands, as far as it does not say so itself.

    Attributes:
        top: the comment that it is below; empty for one below nothing, or where it says so.
        post: the video, with its title.
        open: whether it takes answers.
        status: of moderation, by the list that it came with.
    """

    top: str = ""
    post: Post | None = None
    open: bool = True
    status: str = ""


def top_of(thread: Item) -> Item:
    """A thread's own comment; empty where it has none."""
    found = dig(thread, "snippet", "topLevelComment")
    return found if isinstance(found, dict) else {}


def id_of(thread: Item) -> str:
    """What tells a thread from others: its id, else all that it says."""
    own = string(thread.get("id")) or string(top_of(thread).get("id"))
    return own or "no id " + json.dumps(thread, sort_keys=True, default=str)[:200]


def video_of(thread: Item) -> str:
    """The video's id; empty where it is below none."""
    return string(dig(thread, "snippet", "videoId")) or string(dig(top_of(thread), "snippet", "videoId"))


def time_of(comment: Item) -> Instant | None:
    """When it was written."""
    return instant(dig(comment, "snippet", "publishedAt"))


def thread_time(thread: Item) -> Instant | None:
    """When a thread was begun."""
    return time_of(top_of(thread))


def some_replies(thread: Item) -> list[Item]:
    """The replies that came along; more may be there."""
    found = dig(thread, "replies", "comments")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def count_of(thread: Item) -> int:
    """How many replies there are."""
    return whole_number(dig(thread, "snippet", "totalReplyCount")) or 0


def status_of(comment: Item) -> str:
    """The moderation status, where the comment says it."""
    found = string(dig(comment, "snippet", "moderationStatus"))
    return found if found in _STATUSES else ""


def top_status(thread: Item, status: str) -> str:
    """The moderation status of a thread's own comment: as it says, else that of the list that it came with, which may
    show it for a reply's sake."""
    if found := status_of(top_of(thread)):
        return found
    return "" if any(status_of(each) in HELD for each in some_replies(thread)) else status


def author_of(comment: Item) -> str:
    """The channel that wrote it; empty where it is not told."""
    return string(dig(comment, "snippet", "authorChannelId", "value"))


def mark_of(thread: Item) -> str:
    """Changes when something was said, changed or taken away in a thread, as far as the list of threads shows it."""
    shown = sorted(
        [string(each.get("id")), string(dig(each, "snippet", "updatedAt")), status_of(each)]
        for each in (top_of(thread), *some_replies(thread))
    )
    return short(json.dumps([count_of(thread), shown]))


def short(text: str) -> str:
    """A few letters that stand for a text."""
    made = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).digest()
    return base64.urlsafe_b64encode(made).decode()


def post_of(video: str, title: str = "") -> Post | None:
    """A video as messages name it."""
    if not ids.is_id(video):
        return None
    return Post(video, title, f"https://www.youtube.com/watch?v={quote(video, safe='')}")


def link(post: Post | None, own: str) -> str:
    """Where a comment can be seen; empty where it is below no video."""
    return f"{post.url}&lc={quote(own, safe='')}" if post is not None and post.url else ""


def text_of(comment: Item) -> str:
    """What it says: as it was typed, else as it is shown."""
    typed, shown = dig(comment, "snippet", "textOriginal"), string(dig(comment, "snippet", "textDisplay"))
    if isinstance(typed, str):
        return clean(typed)
    return html_to_text(shown) if _HTML.search(shown) else clean(shown)


def parse(raw: object, account: Account, place: Place | None = None, *, fetched_at: Instant = 0) -> Message:
    """A comment, or a thread's own one, as a message.

    Args:
        raw: a comment or a thread of the API.
        fetched_at: stands for a time that no comment can have, or that cannot be read.

    Raises:
        DataError: it has no id, no text, or no time while none stands for it.
    """
    if not isinstance(raw, dict):
        raise DataError("a comment that is no object")
    place = place or Place()
    if top_of(raw):
        post = place.post or post_of(video_of(raw))
        place = replace(place, post=post, open=place.open and dig(raw, "snippet", "canReply") is not False)
        raw = top_of(raw)
    own = checked_id(raw.get("id"))
    snippet = raw.get("snippet")
    if not isinstance(snippet, dict):
        raise DataError(f"comment {own!r} says nothing")
    if not any(isinstance(snippet.get(name), str) for name in ("textOriginal", "textDisplay")):
        raise DataError(f"comment {own!r} has no text")
    created, known = created_or_seen(time_of(raw), fetched_at, f"comment {own!r}")
    changed = instant(snippet.get("updatedAt"))
    parent = checked_id(place.top or snippet.get("parentId")) if place.top or snippet.get("parentId") else ""
    writer = author_of(raw)
    ours = bool(account.account_id) and writer == account.account_id
    status = status_of(raw) or place.status
    post = place.post or post_of(string(snippet.get("videoId")))
    picture = web_address(snippet.get("imageUrl"))
    return Message(
        id=own,
        conversation=parent or own,
        author=_author(snippet, writer, own),
        text=text_of(raw),
        created_at=created,
        kind="reply" if parent else "comment",
        direction="out" if ours else "in",
        parent=parent or None,
        url=link(post, own),
        edited_at=changed if known and changed is not None and changed > created else None,
        visibility=status,
        answerable=not ours and place.open and status != "rejected",
        held=status in HELD,
        hidden=status == "rejected",
        post=post,
        can=_can(account, ours, status),
        extra={} if known else TIME_UNKNOWN,
        attachments=(Attachment("picture", picture),) if picture else (),
    )


def checked_id(value: object) -> str:
    """An id that can be one.

    Raises:
        DataError: it cannot.
    """
    return ids.checked_id(string(value), "a comment")


def _can(account: Account, ours: bool, status: str) -> frozenset[Verb]:
    if ours:
        return frozenset({"delete"})
    if not account.owned or status == "rejected":
        return frozenset()
    return _CAN_HELD if status in HELD else _CAN


def _author(snippet: Item, writer: str, own: str) -> Author:
    """Whoever wrote it; one whose channel is not told is nobody else."""
    shown = one_line(clean(string(snippet.get("authorDisplayName")), 200))
    handle = shown.removeprefix("@") if shown.startswith("@") and " " not in shown else ""
    who = writer if ids.is_id(writer) else f"unknown:{own}"
    return Author(who, handle, handle or shown, url=web_address(snippet.get("authorChannelUrl")))
