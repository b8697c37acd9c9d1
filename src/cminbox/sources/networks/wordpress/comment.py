"""Reading WordPress's comments: pure, and trusting nothing of what a site or a visitor wrote.

E-mail addresses and IP addresses come along for moderators; nothing here reads them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from cminbox.errors import DataError
from cminbox.model import TIME_UNKNOWN, Author, Instant, Message, Post, Verb
from cminbox.sources.contract import Account
from cminbox.sources.ids import checked_id
from cminbox.sources.items import created_or_seen
from cminbox.sources.json_values import dig, identifier, instant, string, web_address
from cminbox.text import clean, one_line
from cminbox.text_html import html_to_text

Item = Mapping[str, Any]
_FACE = re.compile(r"/avatar/([0-9a-f]{32}|[0-9a-f]{64})\b")
_NO_FACE = frozenset(
    {
        "d41d8cd98f00b204e9800998ecf8427e",  # of no e-mail address, in MD5 and in SHA-256
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
)
_CAN: Mapping[str, frozenset[Verb]] = {
    "hold": frozenset({"release", "report-spam", "delete"}),
    "approved": frozenset({"hide", "report-spam", "delete"}),
    "spam": frozenset({"report-spam", "delete"}),
}


AWAY = frozenset({"spam", "trash", "post-trashed"})
"""The statuses of what nobody sees any more; the last one goes with its post."""


def id_of(item: Item) -> str:
    """The comment's id as text, empty where it has none."""
    return identifier(item.get("id"))


def parent_of(item: Item) -> str:
    """The id of the comment that it answers, empty where it answers the post."""
    found = identifier(item.get("parent"))
    return "" if found == "0" else found


def status_of(item: Item) -> str:
    """`approved`, `hold`, `spam` or `trash`."""
    found = string(item.get("status"))
    return {"approve": "approved", "1": "approved", "unapproved": "hold", "0": "hold"}.get(found, found)


def is_comment(item: Item) -> bool:
    """Whether somebody said something; pingbacks, trackbacks and editors' notes are comments to WordPress too."""
    return string(item.get("type")) in ("", "comment")


def time_of(item: Item) -> Instant | None:
    """When it was written."""
    text = string(item.get("date_gmt"))
    return instant(text if text.endswith("Z") else f"{text}Z")


def is_ours(item: Item, account: Account) -> bool:
    """Whether our user wrote it, or another user who answers for us."""
    user = identifier(item.get("author"))
    team = account.options.get("team")
    named = {str(each).strip() for each in team} if isinstance(team, list | tuple) else set()
    return user not in ("", "0") and user in {account.account_id, *named}


def parse(raw: object, account: Account, *, conversation: str = "", fetched_at: Instant = 0) -> Message:
    """A comment as a message.

    Args:
        raw: a comment of the API, for moderators or for everybody.
        conversation: the first comment of its thread; made from the comment alone where it is empty.
        fetched_at: stands for a time that no comment can have, or that cannot be read.

    Raises:
        DataError: it has no id, no text, or no time while none stands for it.
    """
    if not isinstance(raw, dict):
        raise DataError("a comment that is no object")
    own = _checked(raw.get("id"))
    rendered, typed = dig(raw, "content", "rendered"), dig(raw, "content", "raw")
    if not isinstance(rendered, str) and not isinstance(typed, str):
        raise DataError(f"comment {own!r} has no text")
    created, known = created_or_seen(time_of(raw), fetched_at, f"comment {own!r}")
    found = parent_of(raw)
    parent = _checked(found) if found else None
    ours = is_ours(raw, account)
    status = status_of(raw)
    # What is shown has other quotation marks, and pictures for smileys: as it was typed it is the writer's own.
    html = typed.replace("\n", "<br>\n") if isinstance(typed, str) else string(rendered)
    return Message(
        id=own,
        conversation=conversation or parent or own,
        author=_author(raw, own, account),
        text=html_to_text(html, base=account.base_url),
        created_at=created,
        kind="comment" if parent is None else "reply",
        direction="out" if ours else "in",
        parent=parent,
        url=web_address(raw.get("link")),
        visibility=status if status in _CAN or status == "trash" else "",
        answerable=not ours and status in ("approved", "hold", ""),
        held=status == "hold",
        hidden=status in AWAY,
        post=_post(raw),
        can=_CAN.get(status, frozenset[Verb]()),
        extra={} if known else TIME_UNKNOWN,
    )


def typed_text(item: Item) -> str:
    """A comment's text as it was typed; from what is shown where only that is told."""
    raw = dig(item, "content", "raw")
    text = unescape(raw) if isinstance(raw, str) else html_to_text(string(dig(item, "content", "rendered")))
    return " ".join(clean(text).split())


def _author(raw: Item, own: str, account: Account) -> Author:
    """Whoever wrote it: a user by their number; a visitor by name and portrait, which hangs on their e-mail address;
    one who left neither is nobody else."""
    name = one_line(clean(unescape(string(raw.get("author_name"))), 200))
    user = identifier(raw.get("author"))
    url = web_address(raw.get("author_url"))
    if user not in ("", "0"):
        return Author(_checked(user), name=name, url=url)
    face = _face(raw.get("author_avatar_urls"))
    if not name or not face:
        return Author(f"unknown:{own}", name=name, url=url)
    made = hashlib.sha256(f"{account.base_url}\n{name.casefold()}\n{face}".encode("utf-8", "replace")).hexdigest()
    return Author(f"visitor:{made[:20]}", name=name, url=url)


def _face(portraits: object) -> str:
    for each in portraits.values() if isinstance(portraits, dict) else ():
        found = _FACE.search(string(each))
        if found and found[1] not in _NO_FACE:
            return found[1]
    return ""


def _post(raw: Item) -> Post | None:
    own = identifier(raw.get("post"))
    if own in ("", "0"):
        return None
    up = dig(raw, "_embedded", "up")
    shown = next((each for each in up if identifier(dig(each, "id")) == own), None) if isinstance(up, list) else None
    title = one_line(html_to_text(string(dig(shown, "title", "rendered")), 300))
    link = web_address(raw.get("link")).partition("#")[0]
    return Post(_checked(own), title, web_address(dig(shown, "link")) or link)


def _checked(value: object) -> str:
    return checked_id(identifier(value), "a comment")
