"""Reading what Reddit calls things (comments, posts, messages): pure, and trusting nothing of what a stranger wrote."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from cminbox.errors import DataError
from cminbox.model import TIME_UNKNOWN, Attachment, Author, Instant, Kind, Message, Post, Verb
from cminbox.sources.contract import Account
from cminbox.sources.ids import checked_id, is_id
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, identifier, string, web_address
from cminbox.text import clean, one_line

Item = Mapping[str, Any]
WEB = "https://www.reddit.com"
DELETED = "[deleted]"
REMOVED = ("[removed]", "[ Removed by Reddit ]", "[ Removed by reddit ]")
FILTERS = ("AutoModerator", "reddit")
"""Who holds for review what they take away; moderators take away for good."""
MODERATING: frozenset[Verb] = frozenset({"release", "hide", "report-spam"})
_TOLD = frozenset({"approved", "removed", "spam", "banned_by"})
"""Fields that tell moderators alone what became of a thing."""
_IN_CONTEXT = re.compile(r"/comments/(\w{1,20})(?:[/?]|\Z)", re.ASCII)


def data_of(thing: object) -> Item:
    """What a thing says; empty where it is none."""
    found = dig(thing, "data")
    return found if isinstance(found, dict) else {}


def name_of(thing: object) -> str:
    """A thing's full name, such as `t1_abc`; empty where it has none."""
    return identifier(data_of(thing).get("name"))


def parent_of(item: Item) -> str:
    """The full name of what it answers; empty for none."""
    return string(item.get("parent_id"))


def post_of(item: Item) -> str:
    """The full name of the post below which a comment stands; empty where nothing tells."""
    if link := string(item.get("link_id")):
        return link
    if (above := parent_of(item)).startswith("t3_"):
        return above
    where = string(item.get("context")) or string(item.get("permalink"))
    found = _IN_CONTEXT.search(where)
    return f"t3_{found[1]}" if found else ""


def seconds(value: object) -> Instant | None:
    """A time in seconds since 1970; `edited` is False where it was not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(value * 1000) if 0 < value < 1e11 else None


def time_of(thing: object) -> Instant | None:
    """When it was written."""
    return seconds(data_of(thing).get("created_utc"))


def is_nobody(name: str) -> bool:
    """Whether a name stands for whoever has none any more."""
    return name in ("", DELETED, "[removed]")


def is_deleted(item: Item) -> bool:
    """Whether its writer deleted it, or it was taken from everybody's sight, in Reddit's own form."""
    text = item.get("body", item.get("selftext"))
    if string(item.get("author")) != DELETED:
        return False
    return text in (DELETED, "", *REMOVED) or bool(string(item.get("removed_by_category")))


def is_ours(item: Item, account: Account) -> bool:
    """Whether our account wrote it; names on Reddit never change."""
    author = string(item.get("author")).casefold()
    return bool(author) and author == account.account_id.casefold()


def taken_away(item: Item) -> bool:
    """Whether a moderator took it from everybody's sight."""
    by = item.get("banned_by")
    by_person = isinstance(by, str) and bool(by) and by not in FILTERS
    return by_person or (by is None and (item.get("removed") is True or item.get("spam") is True))


def _is_filtered(item: Item) -> bool:
    """Whether a filter took it away or holds it."""
    return item.get("banned_by") is True or item.get("banned_by") in FILTERS


def is_held(item: Item) -> bool:
    """Whether it seems to wait for a moderator: a filter holds it, or people reported it and nobody looked."""
    if taken_away(item) or item.get("approved") is True or string(item.get("approved_by")):
        return False
    if _is_filtered(item):
        return True
    reports = item.get("num_reports")
    many = isinstance(reports, int) and not isinstance(reports, bool) and reports > 0
    return many and item.get("ignore_reports") is not True


def waits(item: Item, queued: bool | None) -> bool:
    """Whether it waits for a moderator: the queue alone knows; where nobody looked there, as the item looks."""
    return is_held(item) if queued is None else queued


def state_of(thing: object, *, queued: bool | None = None) -> str:
    """What tells this state of a thing from others: its name, when it was edited, and whether it is held."""
    item = data_of(thing)
    name = name_of(thing)
    edited = seconds(item.get("edited"))
    marks = ["!" if waits(item, queued) else "", f"@{edited}" if edited else ""]
    return f"{name}{''.join(marks)}" if name else ""


def parse(
    raw: object,
    account: Account,
    *,
    conversation: str = "",
    post: Item | None = None,
    queued: bool | None = None,
    fetched_at: Instant = 0,
) -> Message:
    """A comment, a post or a message.

    Args:
        raw: a thing.
        conversation: of its thread; made from the thing alone where it is empty.
        post: what the thing's post says, where that was asked for.
        queued: whether it stands in the moderators' queue; None where that is not known.
        fetched_at: stands for a time that cannot be read.

    Raises:
        DataError: it has no name, no text, or no time while none stands for it.
    """
    item = data_of(raw)
    own = _checked(item.get("name"))
    kind = string(dig(raw, "kind")) or own.partition("_")[0]
    text, title = _texts(item, kind, own)
    created, known = created_or_seen(seconds(item.get("created_utc")), fetched_at, repr(own))
    ours = is_ours(item, account)
    private = kind == "t4"
    above = parent_of(item)
    # A post is no message that could be held, save where it was brought itself.
    parent = _checked(above) if above and not above.startswith("t3_") else None
    held = not private and waits(item, queued)
    # AutoModerator takes away for good too, and only the queue tells that from what it holds.
    away = taken_away(item) or (queued is False and _is_filtered(item))
    return Message(
        id=own,
        conversation=conversation or _alone(item, kind, own, account),
        author=_author(item, own),
        text=text,
        created_at=created,
        kind="dm" if private else _kind(item, kind, parent),
        direction="out" if ours else "in",
        parent=parent,
        url=_url(item, own),
        edited_at=seconds(item.get("edited")),
        visibility="direct" if private else "",
        title=title,
        answerable=not ours and _open(item, post),
        attachments=_attachments(item),
        held=held,
        hidden=None if not private and not held and _TOLD.isdisjoint(item) else not private and not held and away,
        post=None if private or kind == "t3" else _post(item, post),
        can=_can(item, private=private, ours=ours),
        done=_done(item) if "likes" in item or "stickied" in item else None,
        extra=TIME_UNKNOWN if not known else {},
    )


def _texts(item: Item, kind: str, own: str) -> tuple[str, str]:
    """Its text and its title."""
    if kind == "t3":
        title = one_line(clean(string(item.get("title")), 300))
        item = _whole(item)
        written = item.get("selftext")
        leads = "" if item.get("is_self") is True else web_address(item.get("url"))
        text = clean("\n".join(filter(None, (string(written), *_poll(item))))) or leads or title
        if not text or (written is not None and not isinstance(written, str)):
            raise DataError(f"post {own!r} has no text")
        return text, title if title != text else ""
    written = item.get("body")
    if not isinstance(written, str):
        raise DataError(f"{own!r} has no text")
    subject = one_line(clean(string(item.get("subject")), 300)) if kind == "t4" else ""
    return clean(written), subject


def _whole(item: Item) -> Item:
    """A post with what it says; one that is posted on from elsewhere says it in the first."""
    listed = item.get("crosspost_parent_list")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    told = (
        "selftext",
        "media_metadata",
        "gallery_data",
        "post_hint",
        "is_video",
        "media",
        "url",
        "is_self",
        "poll_data",
    )
    shown = {name: first[name] for name in told if first.get(name) and not (name == "selftext" and item.get(name))}
    return {**item, **shown} if shown else item


def _poll(item: Item) -> list[str]:
    """What a poll lets people choose."""
    options = dig(item, "poll_data", "options")
    texts = [one_line(clean(string(dig(each, "text")), 200)) for each in options] if isinstance(options, list) else []
    return [f"- {each}" for each in texts[:20] if each]


def _alone(item: Item, kind: str, own: str, account: Account) -> str:
    if kind == "t4":
        return f"dm:{peer_of(item, own, account)}"
    above = parent_of(item)
    return above if above.startswith("t1_") else own


def peer_of(item: Item, own: str, account: Account) -> str:
    """With whom a message is exchanged; a subreddit's name has no `#` or `/r/` before it that both sides share.

    What moderators write to us comes from their subreddit, also where one of them signs it: our answer goes there. What
    came to a subreddit of ours goes back to whoever wrote it.
    """
    place = one_line(clean(string(item.get("subreddit")), 100))
    if is_ours(item, account):
        other = string(item.get("dest"))
    elif place and string(item.get("dest")).casefold() == account.account_id.casefold():
        other = f"r/{place}"
    else:
        other = _author(item, own).id
    other = one_line(clean(other, 100)).casefold()
    return re.sub(r"\A(?:#|/?r/)", "r/", other) or own


def _kind(item: Item, kind: str, parent: str | None) -> Kind:
    if kind == "t3" or string(item.get("type")) == "username_mention":
        return "mention"
    return "comment" if parent is None else "reply"


def _author(item: Item, own: str) -> Author:
    """Whoever wrote it, by their name, which never changes; whoever deleted their account is nobody else."""
    name = one_line(clean(string(item.get("author")), 100))
    if is_nobody(name):
        # Messages of a subreddit's moderators are signed by the subreddit alone.
        place = one_line(clean(string(item.get("subreddit")), 100))
        if place and own.startswith("t4_"):
            return Author(f"r/{place.casefold()}", name=f"r/{place}")
        return Author(f"unknown:{own}")
    return Author(name.casefold(), name, url=web_address(f"{WEB}/user/{name}"))


def _url(item: Item, own: str) -> str:
    path = string(item.get("permalink")) or string(item.get("context")).partition("?")[0]
    if path.startswith("/"):
        return web_address(f"{WEB}{path}")
    return web_address(f"{WEB}/message/messages/{own[3:]}") if own.startswith("t4_") else ""


def _open(item: Item, post: Item | None) -> bool:
    """Whether one may answer it: archived for nobody, locked for moderators alone."""
    both = (item, post or {})
    if any(each.get("archived") is True for each in both):
        return False
    return item.get("can_mod_post") is True or not any(each.get("locked") is True for each in both)


def _can(item: Item, *, private: bool, ours: bool) -> frozenset[Verb]:
    if private:
        return frozenset() if ours else frozenset({"block"})
    found: set[Verb] = set() if item.get("archived") is True else {"like"}
    found.add("delete" if ours else "block")
    moderates = item.get("can_mod_post")
    if moderates is not False:
        found |= MODERATING
        if ours:
            found.add("pin")
    return frozenset(found)


def _done(item: Item) -> frozenset[Verb]:
    found: set[Verb] = set()
    if item.get("likes") is True:
        found.add("like")
    if item.get("stickied") is True:
        found.add("pin")
    return frozenset(found)


def _post(item: Item, post: Item | None) -> Post | None:
    own = post_of(item)
    if not is_id(own):
        return None
    title = string((post or {}).get("title")) or string(item.get("link_title"))
    path = string((post or {}).get("permalink"))
    url = f"{WEB}{path}" if path.startswith("/") else string(item.get("link_permalink"))
    return Post(own, one_line(clean(title, 300)), web_address(url) or web_address(f"{WEB}/comments/{own[3:]}/"))


def _attachments(item: Item) -> tuple[Attachment, ...]:
    """Pictures and films that stand in it, in the order of a gallery; a link that leads elsewhere is its text."""
    found: list[Attachment] = []
    item = _whole(item)
    media = item.get("media_metadata")
    media = {name: each for name, each in media.items() if isinstance(each, dict)} if isinstance(media, dict) else {}
    listed = dig(item, "gallery_data", "items")
    said = {string(dig(each, "media_id")): dig(each, "caption") for each in listed} if isinstance(listed, list) else {}
    ordered = [name for name in said if name in media]
    for name in [*ordered, *(each for each in media if each not in said)][:20]:
        each = media[name]
        shown = dig(each, "s")
        address = web_address(dig(shown, "u")) or web_address(dig(shown, "gif")) or web_address(dig(shown, "mp4"))
        kind = string(dig(each, "e"))
        alt = one_line(clean(string(said.get(name)), 500))
        gone = not address and string(dig(each, "status")) not in ("", "valid", "unprocessed")
        found.append(Attachment("film" if kind in ("RedditVideo", "Video") else "picture", address, alt, gone))
    hint, url = string(item.get("post_hint")), web_address(item.get("url"))
    if hint == "image" and url:
        found.append(Attachment("picture", url))
    elif item.get("is_video") is True:
        found.append(Attachment("film", web_address(dig(item, "media", "reddit_video", "fallback_url")) or url))
    return tuple(found)


def _checked(value: object) -> str:
    return checked_id(identifier(value), "a thing")
